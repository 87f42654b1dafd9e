"""A promise that was not kept: who was called, who has read it, and the answers."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.web import care_words, notice_words
from services.web.edge.access import access
from services.web.edge.forms import Form, after_change
from services.web.edge.idempotency import once
from services.web.edge.login import current_actor
from services.web.edge.spoken import gettext as _
from services.web.edge.tenant import transaction
from shared.care.escalations import queries, usecases
from shared.care.escalations.schemas import AnswerSchema
from shared.kernel.clock import app_now
from shared.notifications import queries as notices
from shared.notifications.usecases import read_about
from shared.people.rules import Right

bp = Blueprint("escalations", __name__, url_prefix="/o/<org>/misses")


def _case_page(form: Form) -> str:
    occurrence_id: UUID = (request.view_args or {})["occurrence_id"]
    with transaction() as session:
        case = queries.case(session, occurrence_id, by=current_actor())
        readers = notices.readers(session, f"misses/{occurrence_id}")
    return render_template(
        "escalations/case.html", form=form, case=case, readers=readers, words=notice_words, care=care_words
    )


@bp.get("/<uuid:occurrence_id>")
@access(Right.INBOX)
def case(org: str, occurrence_id: UUID) -> ResponseReturnValue:
    """The case; to open it is to have read of it."""
    with transaction() as session:
        queries.case(session, occurrence_id, by=current_actor())
        read_about(session, f"misses/{occurrence_id}", by=current_actor(), now=app_now(session))
    return _case_page(Form(AnswerSchema()))


@bp.post("/<uuid:occurrence_id>/<uuid:escalation_id>")
@access(Right.INBOX)
@once
def answer(org: str, occurrence_id: UUID, escalation_id: UUID) -> ResponseReturnValue:
    """Say what was done."""
    form = Form(AnswerSchema(), again=_case_page)
    with transaction() as session:
        queries.case(session, occurrence_id, by=current_actor())
        usecases.answer(session, escalation_id, **form.load(), by=current_actor(), now=app_now(session))
    return after_change(url_for(".case", org=org, occurrence_id=occurrence_id), saved=_("已答复，相关同事会收到。"))
