"""Reads: the list of incidents, and one incident with its clocks, attempts and telephone numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from shared.care.escalations.queries import member_names, organisation_names
from shared.children.models import Child, ChildContact
from shared.organisations.models import Unit
from shared.people.rules import Actor

from . import scope
from .models import ContactAttempt, Incident, IncidentChild, IncidentStep
from .rules import StepState

MOST_NAMESAKES = 30


@dataclass(frozen=True)
class IncidentRow:
    """One line of the list; `next_due_at` is the next open clock."""

    id: UUID
    category: str
    protective: bool
    known_at: datetime
    state: str
    children: tuple[str, ...]
    steps: int
    done: int
    breached: int
    next_due_at: datetime | None


@dataclass(frozen=True)
class Phone:
    """A number to call, as the family gave it."""

    kind: str
    name: str | None
    number: str


@dataclass(frozen=True)
class ChildConcerned:
    """A child in the incident and whom to call."""

    id: UUID
    name: str
    unit: str | None
    phones: tuple[Phone, ...]


@dataclass(frozen=True)
class Attempt:
    """Somebody was tried in vain."""

    whom: str
    channel: str
    at: datetime
    by: str | None


@dataclass(frozen=True)
class Duty:
    """One recipient: its clock, and who told whom when."""

    id: UUID
    number: int
    tell: str
    child: str | None
    superior: str | None
    owner: str | None
    due_at: datetime
    state: str
    breached: bool
    person_reached: str | None
    channel: str | None
    told_at: datetime | None
    told_by: str | None
    confirmed_by_recipient_at: datetime | None
    late_reason: str | None
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True)
class IncidentDetail:
    """An incident as its page shows it."""

    id: UUID
    category: str
    protective: bool
    account: str
    place: str | None
    known_at: datetime
    occurred_at: datetime | None
    reporter: str | None
    state: str
    closed_at: datetime | None
    closing_note: str | None
    children: tuple[ChildConcerned, ...]
    duties: tuple[Duty, ...]

    @property
    def open_duties(self) -> int:
        """How many still wait."""
        return sum(duty.state == StepState.OPEN for duty in self.duties)


def visible_incidents(actor: Actor, *, state: str | None = None) -> Select[tuple[Incident]]:
    """Incidents the actor may see, open ones first, then the newest."""
    wanted = select(Incident).where(scope.visible(actor))
    if state in ("open", "closed"):
        wanted = wanted.where(Incident.state == state)
    return wanted.order_by(Incident.state.desc(), Incident.known_at.desc(), Incident.id.desc())


def rows(session: Session, incidents: Sequence[Incident]) -> list[IncidentRow]:
    """The lines of these incidents, in two reads."""
    ids = [one.id for one in incidents]
    names: dict[UUID, list[str]] = {}
    for incident_id, name in session.execute(
        select(IncidentChild.incident_id, Child.name)
        .join(Child, Child.id == IncidentChild.child_id)
        .where(IncidentChild.incident_id.in_(ids))
        .order_by(Child.pinyin, Child.id)
    ):
        names.setdefault(incident_id, []).append(name)
    counts = {row.incident_id: row for row in session.execute(_counts(ids))}
    return [_row(one, tuple(names.get(one.id, ())), counts.get(one.id)) for one in incidents]


def _counts(ids: Sequence[UUID]) -> Select[Any]:
    is_open = IncidentStep.state == StepState.OPEN
    counted = IncidentStep.state != StepState.EXCLUDED
    return (
        select(
            IncidentStep.incident_id,
            func.count().filter(counted).label("steps"),
            func.count().filter(counted, ~is_open).label("done"),
            func.count().filter(is_open, IncidentStep.stage == "breached").label("breached"),
            func.min(IncidentStep.due_at).filter(is_open).label("next_due_at"),
        )
        .where(IncidentStep.incident_id.in_(ids))
        .group_by(IncidentStep.incident_id)
    )


def _row(one: Incident, children: tuple[str, ...], counts: object) -> IncidentRow:
    return IncidentRow(
        id=one.id,
        category=one.category,
        protective=one.protective,
        known_at=one.known_at,
        state=one.state,
        children=children,
        steps=getattr(counts, "steps", 0),
        done=getattr(counts, "done", 0),
        breached=getattr(counts, "breached", 0),
        next_due_at=getattr(counts, "next_due_at", None),
    )


def detail(session: Session, incident_id: UUID, *, by: Actor) -> IncidentDetail:
    """One incident.  Raises NotFound where the actor does not see it."""
    return detail_of(session, scope.incident(session, incident_id, by))


def detail_of(session: Session, found: Incident) -> IncidentDetail:
    """The page of an incident in hand."""
    return IncidentDetail(
        id=found.id,
        category=found.category,
        protective=found.protective,
        account=found.account,
        place=found.place,
        known_at=found.known_at,
        occurred_at=found.occurred_at,
        reporter=member_names(session, [found.reporter_id]).get(found.reporter_id) if found.reporter_id else None,
        state=found.state,
        closed_at=found.closed_at,
        closing_note=found.closing_note,
        children=_children(session, found),
        duties=_duties(session, found),
    )


def _children(session: Session, found: Incident) -> tuple[ChildConcerned, ...]:
    """Numbers are left out of a protective matter: the suspect may be the one who answers."""
    rows = session.execute(
        select(Child.id, Child.name, Unit.name.label("unit"))
        .join(IncidentChild, IncidentChild.child_id == Child.id)
        .outerjoin(Unit, Unit.id == Child.unit_id)
        .where(IncidentChild.incident_id == found.id)
        .order_by(Child.pinyin, Child.id)
    ).all()
    numbers: dict[UUID, list[Phone]] = {}
    if not found.protective:
        for contact in session.scalars(
            select(ChildContact).where(ChildContact.child_id.in_([row.id for row in rows])).order_by(ChildContact.kind)
        ):
            given = [one for one in (contact.phone, contact.phone_more) if one]
            numbers.setdefault(contact.child_id, []).extend(Phone(contact.kind, contact.name, one) for one in given)
    return tuple(ChildConcerned(row.id, row.name, row.unit, tuple(numbers.get(row.id, ()))) for row in rows)


def _duties(session: Session, found: Incident) -> tuple[Duty, ...]:
    steps = session.execute(
        select(IncidentStep, Child.name)
        .outerjoin(Child, Child.id == IncidentStep.child_id)
        .where(IncidentStep.incident_id == found.id)
        .order_by(IncidentStep.number, IncidentStep.tell, Child.pinyin, IncidentStep.id)
    ).all()
    tried = session.scalars(
        select(ContactAttempt)
        .where(ContactAttempt.step_id.in_([step.id for step, _ in steps]))
        .order_by(ContactAttempt.at, ContactAttempt.id)
    ).all()
    people = member_names(
        session, [*(one for step, _ in steps for one in (step.owner_id, step.told_by)), *(one.by_id for one in tried)]
    )
    above = organisation_names(session, [step.superior_id for step, _ in steps])
    attempts: dict[UUID, list[Attempt]] = {}
    for one in tried:
        by = people.get(one.by_id) if one.by_id else None
        attempts.setdefault(one.step_id, []).append(Attempt(one.whom, one.channel, one.at, by))
    return tuple(_duty(step, child, people | above, tuple(attempts.get(step.id, ()))) for step, child in steps)


def _duty(step: IncidentStep, child: str | None, names: dict[UUID, str], attempts: tuple[Attempt, ...]) -> Duty:
    def name(id: UUID | None) -> str | None:
        return names.get(id) if id else None

    return Duty(
        id=step.id,
        number=step.number,
        tell=step.tell,
        child=child,
        superior=name(step.superior_id),
        owner=name(step.owner_id),
        due_at=step.due_at,
        state=step.state,
        breached=step.stage == "breached",
        person_reached=step.person_reached,
        channel=step.channel,
        told_at=step.told_at,
        told_by=name(step.told_by),
        confirmed_by_recipient_at=step.confirmed_by_recipient_at,
        late_reason=step.late_reason,
        attempts=attempts,
    )


@dataclass(frozen=True)
class Namesake:
    """A child that a typed name may mean."""

    id: UUID
    name: str
    unit: str | None


def called(session: Session, names: Sequence[str], ids: Sequence[UUID] = ()) -> list[Namesake]:
    """Active children of these names or ids, to tick which one is meant."""
    rows = session.execute(
        select(Child.id, Child.name, Unit.name.label("unit"))
        .outerjoin(Unit, Unit.id == Child.unit_id)
        .where(Child.status == "active", Child.name.in_(names) | Child.id.in_(ids))
        .order_by(Child.pinyin, Unit.position, Child.id)
        .limit(MOST_NAMESAKES)
    )
    return [Namesake(row.id, row.name, row.unit) for row in rows]
