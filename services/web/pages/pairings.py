"""Pages of pairing: who cares for whom, who still has nobody, one child or a whole class at once."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from services.web import care_words
from services.web.edge.access import access
from services.web.edge.forms import Form, after_change
from services.web.edge.idempotency import once
from services.web.edge.login import current_actor
from services.web.edge.paging import Page, asked
from services.web.edge.spoken import gettext as _
from services.web.edge.tenant import transaction
from shared.care import pairing_queries as queries
from shared.care import pairing_rules as rules
from shared.care import pairing_usecases as usecases
from shared.care.record_schemas import MOST_AT_ONCE, BulkPairingSchema, CarerSchema
from shared.kernel.clock import app_now
from shared.people.rules import Right

bp = Blueprint("pairings", __name__, url_prefix="/o/<org>/pairings")
FIRST_ON_TOP = 12


@bp.get("/")
@access(Right.PAIRING_READ)
def index(org: str) -> ResponseReturnValue:
    """Children without a carer on top, then who is paired with whom."""
    actor = current_actor()
    page, size = asked()
    role = request.args.get("role") if request.args.get("role") in dict(_roles()) else None
    with transaction() as session:
        alone, alone_total = queries.children_without_carer(session, actor, limit=FIRST_ON_TOP)
        found, total = queries.pairings(session, actor, role=role, limit=size, offset=(page - 1) * size)
    return render_template(
        "pairings/index.html",
        page=Page(found, total, page, size),
        alone=alone,
        alone_total=alone_total,
        roles=_roles(),
        may_write=actor.may(Right.PAIRING_WRITE),
    )


def _form_page(form: Form) -> str:
    """The children of the chosen class who have nobody in the chosen role, and everybody who could care."""
    actor, role, unit = current_actor(), _role(), _unit()
    with transaction() as session:
        children = queries.children_without(session, actor, role=role, unit_id=unit, limit=MOST_AT_ONCE)
        return render_template(
            "pairings/form.html",
            form=form,
            children=children,
            members=_members(session),
            units=queries.units_to_pair(session, actor),
            unit=unit,
            role=role,
            roles=_roles(),
        )


@bp.get("/new")
@access(Right.PAIRING_WRITE)
def new(org: str) -> ResponseReturnValue:
    """The form for one child or for a whole class."""
    return _form_page(Form(BulkPairingSchema(), data={"child_ids": request.args.getlist("child")}))


@bp.post("/new")
@access(Right.PAIRING_WRITE)
@once
def create(org: str) -> ResponseReturnValue:
    """Pair them; a quota that is exceeded is said, not refused."""
    form = Form(BulkPairingSchema(), again=_form_page)
    values = form.load()
    with transaction() as session:
        paired = usecases.pair_many(session, **values, by=current_actor(), now=app_now(session))
    said = care_words.paired_words(len(paired.assignments), paired.warnings)
    return after_change(url_for(".index", org=org), saved=said)


@bp.post("/<uuid:assignment_id>/end")
@access(Right.PAIRING_WRITE)
@once
def end(org: str, assignment_id: UUID) -> ResponseReturnValue:
    """End it today."""
    with transaction() as session:
        usecases.end_pairing(session, assignment_id, by=current_actor(), now=app_now(session))
    return after_change(url_for(".index", org=org), saved=_("已结束结对。这个孩子的待办会转给接手的人。"))


def _change_page(form: Form) -> str:
    assignment_id: UUID = (request.view_args or {})["assignment_id"]
    with transaction() as session:
        row = queries.pairing_line(session, current_actor(), assignment_id)
        return render_template("pairings/change.html", form=form, row=row, members=_members(session))


@bp.get("/<uuid:assignment_id>")
@access(Right.PAIRING_WRITE)
def change(org: str, assignment_id: UUID) -> ResponseReturnValue:
    """Another carer, or nobody any more."""
    return _change_page(Form(CarerSchema()))


@bp.post("/<uuid:assignment_id>")
@access(Right.PAIRING_WRITE)
@once
def hand_over(org: str, assignment_id: UUID) -> ResponseReturnValue:
    """Give the child's place to another member."""
    form = Form(CarerSchema(), again=_change_page)
    values = form.load()
    with transaction() as session:
        paired = usecases.change_carer(session, assignment_id, **values, by=current_actor(), now=app_now(session))
    said = care_words.paired_words(1, paired.warnings)
    return after_change(url_for(".index", org=org), saved=said)


def _members(session: Session) -> list[tuple[UUID, str, str]]:
    members = queries.members_to_pair(session, now=app_now(session))
    return [(one.id, one.name, _("现有 %(num)s 个孩子", num=one.children)) for one in members]


def _roles() -> list[tuple[str, str]]:
    return [(role, _(title)) for role, title in rules.choices(g.organisation.kind)]


def _role() -> str:
    """The role of the address; without one the first of this kind of organisation."""
    known = [role for role, _title in _roles()]
    wanted = request.args.get("role") or request.form.get("role", "")
    return wanted if wanted in known else (known or [""])[0]


def _unit() -> UUID | None:
    try:
        return UUID(request.args.get("unit", ""))
    except ValueError:
        return None
