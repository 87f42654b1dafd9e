"""Messages to telephones: to whom, in what state, and sending a failed one again."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.web import notice_words
from services.web.edge.access import access
from services.web.edge.forms import after_change
from services.web.edge.idempotency import once
from services.web.edge.login import current_actor
from services.web.edge.paging import paged
from services.web.edge.spoken import gettext as _
from services.web.edge.tenant import transaction
from shared.kernel.clock import app_now
from shared.notifications import queries, usecases
from shared.people.rules import Right

bp = Blueprint("deliveries", __name__, url_prefix="/o/<org>/deliveries")


@bp.get("/")
@access(Right.DELIVERY_READ)
def index(org: str) -> ResponseReturnValue:
    """The newest first."""
    state = request.args.get("state")
    with transaction() as session:
        page = paged(queries.deliveries(current_actor(), state=state), session)
        views = replace(page, items=queries.delivery_views(session, page.items))
    return render_template("deliveries/index.html", page=views, words=notice_words, filtered=bool(state))


@bp.post("/<uuid:delivery_id>/resend")
@access(Right.DELIVERY_READ)
@once
def resend(org: str, delivery_id: UUID) -> ResponseReturnValue:
    """Send a failed one again."""
    with transaction() as session:
        usecases.resend(session, delivery_id, by=current_actor(), now=app_now(session))
    return after_change(url_for(".index", org=org), saved=_("已重新排队，几秒后会再发一次。"))
