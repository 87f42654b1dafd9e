"""The inbox: notices, what waits for an answer, and letters from supervised organisations."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.web import notice_words
from services.web.edge.access import access
from services.web.edge.forms import Form, after_change
from services.web.edge.idempotency import once
from services.web.edge.login import current_actor
from services.web.edge.paging import paged
from services.web.edge.spoken import gettext as _
from services.web.edge.spoken import ngettext
from services.web.edge.tenant import transaction
from shared.care.escalations.queries import waiting_for
from shared.care.escalations.schemas import AnswerSchema
from shared.kernel.clock import app_now
from shared.notifications import queries, usecases
from shared.people.rules import Right

bp = Blueprint("inbox", __name__, url_prefix="/o/<org>/inbox")


@bp.get("/")
@access(Right.INBOX)
def index(org: str) -> ResponseReturnValue:
    """What waits for an answer, then the notices, unread ones first."""
    actor = current_actor()
    group, unread = request.args.get("group"), request.args.get("unread") == "1"
    with transaction() as session:
        page = paged(queries.inbox(actor, group=group, unread=unread), session)
        views = replace(page, items=queries.views(session, page.items))
        calls = waiting_for(session, actor.membership_id)
        waiting = session.scalars(queries.letters().limit(50)).all() if actor.may(Right.COPY_ANSWER) else []
        letters = queries.letter_views(session, waiting)
        count = queries.unread_count(session, actor)
    shown = {"page": views, "calls": calls, "letters": letters, "unread": count, "filtered": bool(group or unread)}
    return render_template("inbox/index.html", **shown, words=notice_words, rights=Right)


@bp.post("/read")
@access(Right.INBOX)
@once
def read_all(org: str) -> ResponseReturnValue:
    """Mark everything read."""
    with transaction() as session:
        count = usecases.read_all(session, by=current_actor(), now=app_now(session))
    saved = ngettext("已把 %(num)s 条标为已读。", "已把 %(num)s 条标为已读。", count)
    return after_change(url_for(".index", org=org), saved=saved)


@bp.post("/notices/<uuid:notice_id>/read")
@access(Right.INBOX)
@once
def read(org: str, notice_id: UUID) -> ResponseReturnValue:
    """Mark one read."""
    with transaction() as session:
        usecases.read(session, notice_id, by=current_actor(), now=app_now(session))
    undo = url_for(".unread", org=org, notice_id=notice_id)
    return after_change(url_for(".index", org=org), saved=_("已标为已读。"), undo=undo)


@bp.post("/notices/<uuid:notice_id>/unread")
@access(Right.INBOX)
@once
def unread(org: str, notice_id: UUID) -> ResponseReturnValue:
    """Put one back among the unread."""
    with transaction() as session:
        usecases.unread(session, notice_id, by=current_actor())
    return after_change(url_for(".index", org=org), saved=_("已放回未读。"))


@bp.get("/messages/")
@access(Right.COPY_ANSWER)
def letters(org: str) -> ResponseReturnValue:
    """All letters from below, open ones first."""
    state = request.args.get("state")
    with transaction() as session:
        page = paged(queries.letters(state=state if state in ("open", "answered") else None), session)
        views = replace(page, items=queries.letter_views(session, page.items))
    return render_template("inbox/letters.html", page=views, words=notice_words, filtered=bool(state))


def _letter_page(form: Form) -> str:
    letter_id: UUID = (request.view_args or {})["message_id"]
    with transaction() as session:
        letter = queries.letter(session, letter_id)
    return render_template("inbox/letter.html", form=form, letter=letter, words=notice_words)


@bp.get("/messages/<uuid:message_id>")
@access(Right.COPY_ANSWER)
def letter(org: str, message_id: UUID) -> ResponseReturnValue:
    """One letter and its answer."""
    with transaction() as session:
        usecases.read_about(session, f"inbox/messages/{message_id}", by=current_actor(), now=app_now(session))
    return _letter_page(Form(AnswerSchema()))


@bp.post("/messages/<uuid:message_id>")
@access(Right.COPY_ANSWER)
@once
def answer(org: str, message_id: UUID) -> ResponseReturnValue:
    """Send the answer back."""
    form = Form(AnswerSchema(), again=_letter_page)
    with transaction() as session:
        usecases.answer_message(session, message_id, **form.load(), by=current_actor(), now=app_now(session))
    return after_change(url_for(".index", org=org), saved=_("已答复，对方单位马上会看到。"))
