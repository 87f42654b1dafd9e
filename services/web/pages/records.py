"""Pages of records: written in a few taps from a due promise, read, corrected, declared void."""

from __future__ import annotations

from dataclasses import asdict
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
from shared.care import record_queries as queries
from shared.care import record_usecases as usecases
from shared.care import record_writing as writing
from shared.care.kinds import CHILD_KINDS, KIND_TITLES
from shared.care.record_schemas import MISTAKE, CorrectionSchema, RecordSchema, VoidSchema
from shared.kernel.clock import app_now
from shared.people.rules import Right

bp = Blueprint("records", __name__, url_prefix="/o/<org>/records")


@bp.get("/")
@access(Right.RECORD_WRITE)
def index(org: str) -> ResponseReturnValue:
    """What was recorded, the latest first."""
    page, size = asked()
    kind = request.args.get("kind") if request.args.get("kind") in KIND_TITLES else None
    actor = current_actor()
    mine = actor.membership_id if request.args.get("who") == "me" else None
    with transaction() as session:
        found, total = queries.records(session, actor, kind=kind, doer_id=mine, limit=size, offset=(page - 1) * size)
    return render_template("care/records.html", page=Page(found, total, page, size), kinds=_kinds(), words=care_words)


@bp.get("/new")
@access(Right.RECORD_WRITE)
def new(org: str) -> ResponseReturnValue:
    """The form, filled in as far as the tapped promise or child says."""
    with transaction() as session:
        start = writing.start_of_record(session, request.args, by=current_actor(), now=app_now(session))
    if start is None:
        common = [(kind, title) for kind, title in _kinds() if kind not in CHILD_KINDS]
        return render_template("care/record_start.html", kinds=common)
    return _form_page(Form(RecordSchema(), data=start.values()))


def _form_page(form: Form) -> str:
    with transaction() as session:
        start = writing.start_of_record(session, request.args, by=current_actor(), now=app_now(session))
        return render_template("care/record_form.html", form=form, start=start, words=care_words)


@bp.post("/new")
@access(Right.RECORD_WRITE)
@once
def create(org: str) -> ResponseReturnValue:
    """Record the deed and say what it did."""
    form = Form(RecordSchema(), again=_form_page)
    values = form.load()
    with transaction() as session:
        given = writing.split(values)
        written = usecases.write_record(session, **given, by=current_actor(), now=app_now(session))
    undo = url_for(".undo", org=org, record_id=written.record.id)
    return after_change(url_for("today.index", org=org), saved=care_words.saved_words(written), undo=undo)


@bp.get("/<uuid:record_id>")
@access(Right.RECORD_WRITE)
def show(org: str, record_id: UUID) -> ResponseReturnValue:
    """One record."""
    with transaction() as session:
        row = queries.record_line(session, current_actor(), record_id)
        may = writing.may_change(session, row, by=current_actor())
    return render_template("care/record.html", row=row, may_change=may, words=care_words)


def _correction_page(form: Form) -> str:
    with transaction() as session:
        row = queries.record_line(session, current_actor(), _record_id())
        return render_template("care/record_correct.html", form=form, row=row, words=care_words)


@bp.get("/<uuid:record_id>/correct")
@access(Right.RECORD_WRITE)
def correction(org: str, record_id: UUID) -> ResponseReturnValue:
    """The form with what stands there now."""
    with transaction() as session:
        row = asdict(queries.record_line(session, current_actor(), record_id))
    reached = None if row["reached"] is None else str(row["reached"]).lower()
    return _correction_page(Form(CorrectionSchema(), data=row | {"reached": reached}))


@bp.post("/<uuid:record_id>/correct")
@access(Right.RECORD_WRITE)
@once
def correct(org: str, record_id: UUID) -> ResponseReturnValue:
    """Keep the correction, unless somebody else was quicker."""
    form = Form(CorrectionSchema(), again=_correction_page)
    changes = form.load()
    with transaction() as session:
        version = changes.pop("version")
        usecases.correct_record(
            session, record_id, version=version, changes=changes, by=current_actor(), now=app_now(session)
        )
    return after_change(url_for(".show", org=org, record_id=record_id), saved=_("已更正。"))


def _void_page(form: Form) -> str:
    with transaction() as session:
        row = queries.record_line(session, current_actor(), _record_id())
        return render_template("care/record_void.html", form=form, row=row, words=care_words)


@bp.get("/<uuid:record_id>/void")
@access(Right.RECORD_WRITE)
def voiding(org: str, record_id: UUID) -> ResponseReturnValue:
    """Ask for the reason."""
    return _void_page(Form(VoidSchema()))


@bp.post("/<uuid:record_id>/void")
@access(Right.RECORD_WRITE)
@once
def void(org: str, record_id: UUID) -> ResponseReturnValue:
    """Declare it void; what it counted for is open again."""
    form = Form(VoidSchema(), again=_void_page)
    return _voided(org, record_id, reason=form.load()["reason"])


@bp.post("/<uuid:record_id>/undo")
@access(Right.RECORD_WRITE)
@once
def undo(org: str, record_id: UUID) -> ResponseReturnValue:
    """The 撤销 beside a saved record: void as entered by mistake."""
    return _voided(org, record_id, reason=MISTAKE)


def _voided(org: str, record_id: UUID, *, reason: str) -> ResponseReturnValue:
    with transaction() as session:
        written = usecases.void_record(session, record_id, reason=reason, by=current_actor(), now=app_now(session))
    return after_change(url_for("today.index", org=org), saved=care_words.voided_words(written))


def _record_id() -> UUID:
    found: UUID = (request.view_args or {})["record_id"]
    return found


def _kinds() -> list[tuple[str, str]]:
    return [(kind, _(title)) for kind, title in KIND_TITLES.items()]
