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
from shared.organisations.rules import Kind
from shared.people.rules import Right
from shared.rollups import queries
from shared.rollups.metrics import METRIC_OF, METRICS, shown

bp = Blueprint("board", __name__)
WORDS = {"titles": titles, "metric": METRIC_OF, "shown": shown}


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
    """Sums of the area, by place and by kind."""
    with transaction() as session:
        today = local_day(app_now(session))
        board = queries.board(session, g.area.id, by=current_actor(), today=today)
        above = session.get(Area, g.area.parent_id) if g.area.id != g.organisation.area_id else None
    return render_template("board/show.html", board=board, above=above, metrics=METRICS, **WORDS)


@bp.get("/c/<area>/orgs/")
@access(Right.BOARD_READ)
def organisations(area: str) -> ResponseReturnValue:
    """The same organisations one by one; `?kind=` and `?show=silent` narrow the list."""
    asked, silent = request.args.get("kind"), request.args.get("show") == "silent"
    kind = asked if asked in set(Kind) else None
    with transaction() as session:
        today = local_day(app_now(session))
        wanted = queries.organisation_lines(g.area.id, by=current_actor(), today=today, kind=kind, silent=silent)
        lines = paged(wanted, session, scalars=False)
    page = replace(lines, items=[queries.line_of(row) for row in lines.items])
    kinds = titles.kind_choices()
    return render_template("board/organisations.html", page=page, kind=kind, silent=silent, kinds=kinds, **WORDS)
