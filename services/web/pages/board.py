"""The board of an area: sums of the organisations an office supervises, and no child's name."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.web import titles
from services.web.edge.access import access
from services.web.edge.login import current_actor
from services.web.edge.paging import paged
from services.web.edge.tenant import transaction
from shared.kernel.clock import app_now, local_day
from shared.organisations.models import Area
from shared.people.rules import Right
from shared.rollups import queries
from shared.rollups.metrics import METRIC_OF, METRICS, shown

bp = Blueprint("board", __name__)


@bp.get("/o/<org>/board/")
@access(Right.BOARD_READ)
def index(org: str) -> ResponseReturnValue:
    """The way from the menu to the office's own area."""
    with transaction() as session:
        area = session.get_one(Area, g.organisation.area_id)
    return redirect(url_for(".show", area=area.slug), 303)


@bp.get("/c/<area>/")
@access(Right.BOARD_READ)
def show(area: str) -> ResponseReturnValue:
    """Sums of the area by place and kind, and the organisations one by one."""
    kind, silent = request.args.get("kind"), request.args.get("show") == "silent"
    with transaction() as session:
        today, by = local_day(app_now(session)), current_actor()
        board = queries.board(session, g.area.id, by=by, today=today)
        wanted = queries.organisation_lines(g.area.id, by=by, today=today, kind=kind, silent=silent)
        lines = paged(wanted, session, scalars=False)
        page = replace(lines, items=[queries.line_of(row) for row in lines.items])
        above = session.get(Area, g.area.parent_id) if g.area.parent_id else None
    goes_up = above if above and g.organisation.area_id != g.area.id else None
    words = {"titles": titles, "metrics": METRICS, "metric": METRIC_OF, "shown": shown}
    return render_template("board/show.html", board=board, page=page, narrowed=kind or silent, above=goes_up, **words)
