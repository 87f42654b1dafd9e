"""Pages of excuses: a second person looks at what is overdue, gives a reason, and can take it back."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.web import care_words
from services.web.edge.access import access
from services.web.edge.forms import Form, after_change
from services.web.edge.idempotency import once
from services.web.edge.login import current_actor
from services.web.edge.paging import Page, asked
from services.web.edge.spoken import gettext as _
from services.web.edge.tenant import transaction
from shared.care import excuse_usecases as usecases
from shared.care import record_queries, scope
from shared.care import today_queries as queries
from shared.care.record_schemas import ExcuseSchema
from shared.kernel.clock import app_now
from shared.people.rules import Right

bp = Blueprint("excuses", __name__, url_prefix="/o/<org>/excuses")


@bp.get("/")
@access(Right.EXCUSE)
def index(org: str) -> ResponseReturnValue:
    """Open promises of others in the own units, the oldest due first, and what was missed lately."""
    page, size = asked()
    actor = current_actor()
    with transaction() as session:
        now = app_now(session)
        headed = scope.headed_units(session, actor)
        found, total = queries.due_page(
            session, queries.excusable(actor, headed), limit=size, offset=(page - 1) * size, now=now
        )
        missed = queries.missed_lately(session, actor, headed, now=now)
    shown = Page(found, total, page, size)
    return render_template("care/excuses.html", page=shown, missed=missed, now=now, words=care_words)


def _form_page(form: Form) -> str:
    occurrence_id: UUID = (request.view_args or {})["occurrence_id"]
    with transaction() as session:
        line = record_queries.due_line(session, current_actor(), occurrence_id)
        return render_template("care/excuse_form.html", form=form, line=line, words=care_words)


@bp.get("/<uuid:occurrence_id>")
@access(Right.EXCUSE)
def new(org: str, occurrence_id: UUID) -> ResponseReturnValue:
    """Ask for the reason."""
    return _form_page(Form(ExcuseSchema()))


@bp.post("/<uuid:occurrence_id>")
@access(Right.EXCUSE)
@once
def create(org: str, occurrence_id: UUID) -> ResponseReturnValue:
    """Excuse it."""
    form = Form(ExcuseSchema(), again=_form_page)
    reason = form.load()["reason"]
    with transaction() as session:
        usecases.excuse(session, occurrence_id, reason=reason, by=current_actor(), now=app_now(session))
    undo = url_for(".undo", org=org, occurrence_id=occurrence_id)
    return after_change(url_for(".index", org=org), saved=_("已免除，这件事不再提醒。"), undo=undo)


@bp.post("/<uuid:occurrence_id>/undo")
@access(Right.EXCUSE)
@once
def undo(org: str, occurrence_id: UUID) -> ResponseReturnValue:
    """Take the excuse back."""
    with transaction() as session:
        usecases.withdraw_excuse(session, occurrence_id, by=current_actor(), now=app_now(session))
    return after_change(url_for(".index", org=org), saved=_("已撤销免除，这件事又回到待办里。"))
