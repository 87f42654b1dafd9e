"""Reading records and promises for lists, a child's page and the print of a week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session, aliased

from shared.children.models import Child
from shared.kernel.clock import local_day
from shared.kernel.together import Read, Steps
from shared.organisations.models import Unit
from shared.people.kept import Kept, number_of
from shared.people.models import Membership
from shared.people.rules import Actor

from . import scope
from .kinds import KIND_TITLES, Fields
from .models import CareRecord, Occurrence, OccurrenceRecord, PlanItem

TIMELINE = 30
ChildUnit = aliased(Unit)


@dataclass(frozen=True)
class RecordLine:
    """A record as people read it.  `occurrence_ids`: what it counts for."""

    id: UUID
    kind: str
    subject_kind: str
    child_id: UUID | None
    child_name: str | None
    unit_id: UUID | None
    unit_name: str | None
    doer_id: UUID
    doer_name: str
    on_day: date
    method: str | None
    reached: bool | None
    minutes: int | None
    note: str | None
    problem_found: bool
    follow_up_on: date | None
    state: str
    void_reason: str | None
    version: int
    created_at: datetime
    occurrence_ids: Sequence[UUID]

    @property
    def fields(self) -> Fields:
        """Its title and which fields it has."""
        return Fields(self.kind)

    @property
    def entered_late(self) -> bool:
        """Written on a later day than it took place (补记)."""
        return local_day(self.created_at) > self.on_day


@dataclass(frozen=True)
class DueLine:
    """A promise as people read it."""

    id: UUID
    item_id: UUID
    kind: str
    title: str
    subject_kind: str
    child_id: UUID | None
    child_name: str | None
    unit_name: str | None
    doer_id: UUID | None
    doer_name: str | None
    window_start: date
    window_end: date
    due_soon_at: datetime
    due_at: datetime
    grace_until: datetime
    times: int
    done_times: int
    state: str
    stage: str | None
    excuse: str | None

    @property
    def kind_title(self) -> str:
        """What the kind is called, not yet translated."""
        return KIND_TITLES.get(self.kind, self.title)


RECORD_COLUMNS = (
    CareRecord.id,
    CareRecord.kind,
    CareRecord.subject_kind,
    CareRecord.child_id,
    Child.name.label("child_name"),
    CareRecord.unit_id,
    func.coalesce(Unit.name, ChildUnit.name).label("unit_name"),
    CareRecord.doer_id,
    Membership.name.label("doer_name"),
    CareRecord.on_day,
    CareRecord.method,
    CareRecord.reached,
    CareRecord.minutes,
    CareRecord.note,
    CareRecord.problem_found,
    CareRecord.follow_up_on,
    CareRecord.state,
    CareRecord.void_reason,
    CareRecord.version,
    CareRecord.created_at,
)
PROMISE_COLUMNS = (
    Occurrence.id,
    Occurrence.item_id,
    Occurrence.kind,
    PlanItem.title,
    Occurrence.subject_kind,
    Occurrence.child_id,
    Child.name.label("child_name"),
    func.coalesce(Unit.name, ChildUnit.name).label("unit_name"),
    Occurrence.doer_id,
    Membership.name.label("doer_name"),
    Occurrence.window_start,
    Occurrence.window_end,
    Occurrence.due_soon_at,
    Occurrence.due_at,
    Occurrence.grace_until,
    Occurrence.times,
    Occurrence.done_times,
    Occurrence.state,
    Occurrence.stage,
    Occurrence.excuse,
)


def record_select(actor: Actor) -> Select[Any]:
    """Records the actor may read, in the columns of `RecordLine`."""
    counted = (
        select(OccurrenceRecord.occurrence_id)
        .where(OccurrenceRecord.record_id == CareRecord.id)
        .order_by(OccurrenceRecord.occurrence_id)
        .correlate(CareRecord)
    )
    return (
        select(*RECORD_COLUMNS, func.array(counted.scalar_subquery()).label("occurrence_ids"))
        .join(Membership, Membership.id == CareRecord.doer_id)
        .outerjoin(Child, Child.id == CareRecord.child_id)
        .outerjoin(Unit, Unit.id == CareRecord.unit_id)
        .outerjoin(ChildUnit, ChildUnit.id == Child.unit_id)
        .where(scope.visible_records(actor))
    )


def records(
    session: Session,
    actor: Actor,
    *,
    child_id: UUID | None = None,
    kind: str | None = None,
    doer_id: UUID | None = None,
    limit: int,
    offset: int = 0,
) -> tuple[list[RecordLine], int]:
    """One page of the records the actor may read, the latest day first, and how many there are."""
    given: dict[str, Any] = {"actor": actor, "child_id": child_id, "kind": kind, "doer_id": doer_id}
    rows = _latest(session, **given, limit=limit, offset=offset)
    return [RecordLine(*row) for row in rows], _number(session, **given).scalar_one()


@Kept
def _latest(*, limit: int, offset: int, **given: Any) -> Select[Any]:
    return _narrowed(**given).order_by(CareRecord.on_day.desc(), CareRecord.id.desc()).limit(limit).offset(offset)


def _narrowed(*, actor: Actor, child_id: UUID | None, kind: str | None, doer_id: UUID | None) -> Select[Any]:
    wanted = record_select(actor)
    for column, value in ((CareRecord.child_id, child_id), (CareRecord.kind, kind), (CareRecord.doer_id, doer_id)):
        if value is not None:
            wanted = wanted.where(column == value)
    return wanted


_number = number_of(_narrowed)


def record_line(session: Session, actor: Actor, record_id: UUID) -> RecordLine:
    """One record.  Raises NotFound."""
    scope.record_in_scope(session, actor, record_id)
    wanted = record_select(actor).where(CareRecord.id == record_id)
    return RecordLine(*session.execute(wanted).one())


@Read
def timeline(_session: Session, actor: Actor, child_id: UUID) -> Steps[list[RecordLine]]:
    """The latest records of a child that the actor may read, for the child's page."""
    given: dict[str, Any] = {"actor": actor, "child_id": child_id, "kind": None, "doer_id": None}
    [rows] = yield [_latest.asked(**given, limit=TIMELINE, offset=0)]
    return [RecordLine(*row) for row in rows]


def due_select() -> Select[Any]:
    """Promises in the columns of `DueLine`; the caller says whose."""
    return (
        select(*PROMISE_COLUMNS)
        .join(PlanItem, PlanItem.id == Occurrence.item_id)
        .outerjoin(Membership, Membership.id == Occurrence.doer_id)
        .outerjoin(Child, Child.id == Occurrence.child_id)
        .outerjoin(Unit, Unit.id == Occurrence.unit_id)
        .outerjoin(ChildUnit, ChildUnit.id == Child.unit_id)
    )


def lines(session: Session, wanted: Select[Any]) -> list[DueLine]:
    """The rows of a `due_select`."""
    return [DueLine(*row) for row in session.execute(wanted)]


def due_line(session: Session, actor: Actor, occurrence_id: UUID) -> DueLine:
    """One promise the actor may see.  Raises NotFound."""
    scope.occurrence_in_scope(session, actor, occurrence_id)
    return lines(session, due_select().where(Occurrence.id == occurrence_id))[0]


@Read
def child_occurrences(_session: Session, actor: Actor, child_id: UUID, *, now: datetime) -> Steps[list[DueLine]]:
    """What was and is promised to a child: the open, most pressing first; then the ended, latest first."""
    [rows] = yield [_promised.asked(actor=actor, child_id=child_id, today=local_day(now))]
    return [DueLine(*row) for row in rows]


@Kept
def _promised(*, actor: Actor, child_id: UUID, today: date) -> Select[Any]:
    wanted = due_select().where(
        Occurrence.child_id == child_id,
        Occurrence.window_start <= today,
        Occurrence.state != "void",
        scope.visible_occurrences(actor),
    )
    pressing = case((Occurrence.state == "open", Occurrence.due_at))  # NULL, and so last, for what has ended
    return wanted.order_by(pressing, Occurrence.window_end.desc(), PlanItem.position).limit(TIMELINE)
