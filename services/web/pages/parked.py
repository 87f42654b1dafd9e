"""What the system could not finish after five tries, and doing it again."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from services.web.edge.access import access
from services.web.edge.forms import after_change
from services.web.edge.idempotency import once
from services.web.edge.login import current_actor
from services.web.edge.paging import paged
from services.web.edge.spoken import gettext as _
from services.web.edge.tenant import transaction
from shared.notifications import parked
from shared.people.rules import Right

bp = Blueprint("parked", __name__, url_prefix="/o/<org>/parked")


@bp.get("/")
@access(Right.PARKED_READ)
def index(org: str) -> ResponseReturnValue:
    """The oldest first."""
    with transaction() as session:
        page = paged(parked.parked(), session, scalars=False)
        views = replace(page, items=[parked.view(*row) for row in page.items])
    return render_template("parked/index.html", page=views)


@bp.post("/<uuid:reaction_id>/replay")
@access(Right.PARKED_READ)
@once
def replay(org: str, reaction_id: UUID) -> ResponseReturnValue:
    """Try once more."""
    with transaction() as session:
        parked.replay(session, reaction_id, by=current_actor())
    return after_change(url_for(".index", org=org), saved=_("已重新开始处理，过一会儿刷新看看。"))
