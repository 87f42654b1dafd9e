"""Reads behind escalations: the run of misses, those who stand above, and one case with its answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select, tuple_
from sqlalchemy.orm import Session, aliased

from shared.care.models import Escalation, Occurrence
from shared.children.models import Child
from shared.kernel.database import load, tenant_of
from shared.kernel.errors import DomainError
from shared.kernel.together import Read, Steps
from shared.organisations.models import Organisation, Supervision, Unit
from shared.people.holders import heads_above, units_of
from shared.people.kept import Kept
from shared.people.models import Membership
from shared.people.rules import Actor

from . import rules

LOOK_BACK = 12  # windows; a run is counted to the third


def running_misses(session: Session, missed: Occurrence) -> int:
    """Misses in a row up to and with this one, of the same item and subject."""
    states = session.scalars(
        select(Occurrence.state)
        .where(
            Occurrence.item_id == missed.item_id,
            Occurrence.subject_id == missed.subject_id,
            Occurrence.window_start < missed.window_start,
        )
        .order_by(Occurrence.window_start.desc())
        .limit(LOOK_BACK)
    )
    return 1 + rules.running_misses(states)


def missed_since(session: Session, missed: Sequence[Occurrence]) -> Sequence[Occurrence]:
    """What was missed after one of these, of the same item and subject, with none kept between: its run has grown."""
    earlier, between, ids = aliased(Occurrence), aliased(Occurrence), [one.id for one in missed]
    kept = select(between.id).where(
        _same_promise(between),
        between.window_start.between(earlier.window_start, Occurrence.window_start),
        between.state.in_(("done", "late")),
    )
    before = and_(_same_promise(earlier), earlier.window_start < Occurrence.window_start)
    later = select(Occurrence).join(earlier, before).where(earlier.id.in_(ids), Occurrence.id.not_in(ids))
    return session.scalars(later.where(Occurrence.state == "missed", ~kept.exists()).distinct()).all()


def _same_promise(other: type[Occurrence]) -> ColumnElement[bool]:
    """Of the same item, to the same subject."""
    own = Occurrence.tenant_id, Occurrence.item_id, Occurrence.subject_id
    return tuple_(other.tenant_id, other.item_id, other.subject_id) == tuple_(*own)


def unit_about(session: Session, missed: Occurrence) -> UUID | None:
    """The unit a promise was about: the child's, or itself."""
    return load(session, Child, missed.child_id).unit_id if missed.child_id else missed.unit_id


def heads_over(session: Session, doer_id: UUID | None, about: UUID | None, *, now: datetime) -> list[UUID]:
    """Heads above the doer, the nearest first: by the doer's own units, else by the unit it was about."""
    own = units_of(session, doer_id) if doer_id else []
    found = heads_above(session, own, now=now) if own else []
    return [*found, *(heads_above(session, [about], now=now) if about else ())]


def superior_lines(session: Session) -> tuple[str, list[tuple[str, UUID]]]:
    """The bound organisation's kind, and (matter, superior) of those above it, active ones alone."""
    own = tenant_of(session)
    kind = session.scalars(select(Organisation.kind).where(Organisation.id == own)).one()
    rows = session.execute(
        select(Supervision.line, Supervision.superior_id)
        .join(Organisation, Organisation.id == Supervision.superior_id)
        .where(Supervision.subordinate_id == own, Organisation.status == "active")
        .order_by(Supervision.line, Organisation.slug)
    )
    return kind, [(row.line, row.superior_id) for row in rows]


@dataclass(frozen=True)
class Step:
    """One escalation as people see it; `to` is a member or an organisation."""

    id: UUID
    level: str
    why: str
    to: str | None
    state: str
    send_at: datetime | None
    answer_by: datetime | None
    answer: str | None
    note: str | None
    answered_by: str | None
    answered_at: datetime | None
    mine: bool
    may_answer: bool


@dataclass(frozen=True)
class Case:
    """A missed promise with everything that followed from it."""

    occurrence_id: UUID
    kind: str
    child_id: UUID | None
    subject: str | None
    doer: str | None
    window_start: date
    window_end: date
    due_at: datetime
    steps: Sequence[Step]

    @property
    def to_answer(self) -> Step | None:
        """The call to answer: one's own before one that a leader may answer in somebody's place."""
        open_ones = [step for step in self.steps if step.may_answer]
        return next((step for step in open_ones if step.mine), next(iter(open_ones), None))


def recipients(session: Session, occurrence_id: UUID) -> list[UUID]:
    """Members who were called because of this miss and whose turn has come."""
    wanted = select(Escalation.recipient_id).where(
        Escalation.occurrence_id == occurrence_id,
        Escalation.recipient_id.is_not(None),
        Escalation.state != "waiting",
    )
    return [one for one in session.scalars(wanted.order_by(Escalation.level)) if one]


def subject_name(session: Session, about: Occurrence) -> str | None:
    """The child's or the class's name; None where the promise is the whole organisation's."""
    if about.child_id:
        return session.scalar(select(Child.name).where(Child.id == about.child_id))
    return session.scalar(select(Unit.name).where(Unit.id == about.unit_id)) if about.unit_id else None


def member_names(session: Session, ids: Sequence[UUID | None]) -> dict[UUID, str]:
    """Names of members."""
    wanted = [one for one in ids if one]
    rows = session.execute(select(Membership.id, Membership.name).where(Membership.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def organisation_names(session: Session, ids: Sequence[UUID | None]) -> dict[UUID, str]:
    """Names of organisations."""
    wanted = [one for one in ids if one]
    rows = session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def case(session: Session, occurrence_id: UUID, *, by: Actor) -> Case:
    """A missed promise and its escalations.  Raises NotFound where the actor is not concerned."""
    about = load(session, Occurrence, occurrence_id)
    rows = session.scalars(
        select(Escalation)
        .where(Escalation.occurrence_id == occurrence_id)
        .order_by(Escalation.level, Escalation.created_at, Escalation.id)
    ).all()
    rules.may_see(by, [about.doer_id, *(row.recipient_id for row in rows)])
    names = member_names(session, [about.doer_id, *(row.recipient_id for row in rows)])
    above = organisation_names(session, [row.superior_id for row in rows])
    return Case(
        occurrence_id=about.id,
        kind=about.kind,
        child_id=about.child_id,
        subject=subject_name(session, about),
        doer=names.get(about.doer_id) if about.doer_id else None,
        window_start=about.window_start,
        window_end=about.window_end,
        due_at=about.due_at,
        steps=[_step(row, names | above, by) for row in rows],
    )


def _step(row: Escalation, names: dict[UUID, str], by: Actor) -> Step:
    to = row.recipient_id or row.superior_id
    return Step(
        id=row.id,
        level=row.level,
        why=row.why,
        to=names.get(to) if to else None,
        state=row.state,
        send_at=row.send_at,
        answer_by=row.answer_by,
        answer=row.answer,
        note=row.note,
        answered_by=row.answered_by_name,
        answered_at=row.answered_at,
        mine=row.recipient_id is not None and row.recipient_id == by.membership_id,
        may_answer=row.state in ("open", "lapsed") and _may_answer(row, by),
    )


def _may_answer(row: Escalation, by: Actor) -> bool:
    try:
        rules.may_answer(by, recipient_id=row.recipient_id, superior_id=row.superior_id)
    except DomainError:
        return False
    return True


@dataclass(frozen=True)
class Waiting:
    """A call that waits for this member's answer."""

    id: UUID
    occurrence_id: UUID
    level: str
    kind: str
    subject: str | None
    why: str
    answer_by: datetime | None
    lapsed: bool
    created_at: datetime


@Read
def waiting_for(_session: Session, membership_id: UUID | None) -> Steps[list[Waiting]]:
    """Open and lapsed calls to a member, the oldest first."""
    [rows] = yield [_calls.asked(membership_id=membership_id)]
    return [
        Waiting(
            id=row.id,
            occurrence_id=row.occurrence_id,
            level=row.level,
            kind=row.kind,
            subject=row.subject,
            why=row.why,
            answer_by=row.answer_by,
            lapsed=row.state == "lapsed",
            created_at=row.created_at,
        )
        for row in rows
    ]


@Kept
def _calls(*, membership_id: UUID | None) -> Select[Any]:
    of_the_call = (Escalation.id, Escalation.occurrence_id, Escalation.level, Escalation.why, Escalation.answer_by)
    return (
        select(
            *of_the_call,
            Escalation.state,
            Escalation.created_at,
            Occurrence.kind,
            func.coalesce(Child.name, Unit.name).label("subject"),
        )
        .join(Occurrence, Occurrence.id == Escalation.occurrence_id)
        .outerjoin(Child, Child.id == Occurrence.child_id)
        .outerjoin(Unit, Unit.id == Occurrence.unit_id)
        .where(Escalation.recipient_id == membership_id, Escalation.state.in_(("open", "lapsed")))
        .order_by(Escalation.created_at, Escalation.id)
        .limit(50)
    )
