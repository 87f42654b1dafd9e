"""Writing, correcting and voiding records; each changes the promises it counts for in the same transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.children.models import Child
from shared.children.queries import child_in_scope
from shared.kernel.audit import audit
from shared.kernel.clock import local_day
from shared.kernel.database import load
from shared.kernel.errors import N_, Conflict, Invalid, NotFound
from shared.kernel.events import record as happened
from shared.organisations.models import Unit
from shared.people.models import Membership
from shared.people.rules import Actor, Right, require

from . import closing, scope
from . import record_rules as rules
from .closing import Counted
from .events import RecordCorrected, RecordVoided, RecordWritten
from .models import CareRecord, Occurrence


@dataclass(frozen=True)
class Deed:
    """What took place, apart from to whom: the fields a person may correct later.

    `reached` False: nobody was met or answered, so nothing is done by it.  `minutes` is a call's length.
    """

    on_day: date | None = None
    method: str | None = None
    reached: bool | None = None
    minutes: int | None = None
    note: str | None = None
    problem_found: bool = False
    follow_up_on: date | None = None


@dataclass(frozen=True)
class Subject:
    """To whom: a child, a class, or (neither) the whole organisation."""

    child_id: UUID | None = None
    unit_id: UUID | None = None

    @property
    def kind(self) -> str:
        """As `subject_kind` says it."""
        return "child" if self.child_id else "class" if self.unit_id else "tenant"


@dataclass(frozen=True)
class Written:
    """A record and the promises as they are after it: those it counts for, and those it no longer does."""

    record: CareRecord
    counted: Sequence[Counted]
    reopened: Sequence[Counted] = ()


def write_record(
    session: Session,
    *,
    kind: str,
    deed: Deed,
    subject: Subject | None = None,
    occurrence_id: UUID | None = None,
    doer_id: UUID | None = None,
    by: Actor,
    now: datetime,
) -> Written:
    """Record a deed and count it for the oldest open promise of each plan item that it fits.

    With `occurrence_id` the subject is that promise's, and it counts for its item whoever did it.  `doer_id`
    (a membership) is the writer, unless the unit head or a keeper writes for somebody.  Raises NotFound,
    NotAllowed, Invalid.
    """
    require(by, Right.RECORD_WRITE)
    tapped = scope.occurrence_in_scope(session, by, occurrence_id) if occurrence_id else None
    subject = _subject(tapped, subject or Subject(), kind)
    heads = _heads(session, by, _unit_in_scope(session, by, subject, tapped))
    row = CareRecord(kind=kind, subject_kind=subject.kind, child_id=subject.child_id, unit_id=subject.unit_id)
    row.doer_id = _doer(session, doer_id or by.membership_id, by=by, heads=heads)
    _begin(session, row, deed, now=now)
    counted = _count(session, row, item_id=tapped.item_id if tapped else None, now=now)
    _tell(session, RecordWritten, row, {one.id for one in counted}, by=by, now=now, kind=kind)
    return Written(row, counted)


def correct_record(
    session: Session, record_id: UUID, *, version: int, changes: dict[str, Any], by: Actor, now: datetime
) -> Written:
    """Change fields of a deed (names of `Deed`).  A new day, or whether anybody was reached, counts it anew.

    Raises NotFound, NotAllowed, Invalid; Conflict where the record is void or somebody changed it meanwhile.
    """
    row = _to_change(session, record_id, by=by)
    if row.version != version:
        said = N_("这条记录刚刚被别人改过。请看过新的内容再改。")
        raise Conflict("record.changed", said)
    before = (row.on_day, row.reached)
    _fill(row, _corrected(_deed_of(row), changes), now=now)
    row.version += 1
    row.updated_at = now
    moved = (row.on_day, row.reached) != before
    written = _count_again(session, row, now=now) if moved else Written(row, ())
    touched = {one.id for one in (*written.counted, *written.reopened)}
    _tell(session, RecordCorrected, row, touched, by=by, now=now, fields=sorted(changes), version=row.version)
    return written


def void_record(session: Session, record_id: UUID, *, reason: str, by: Actor, now: datetime) -> Written:
    """Declare a record void; what it counted for opens again, unless another record of the window stands in.

    A promise whose grace has run out meanwhile is missed by the next sweep, once.  Raises NotFound, NotAllowed,
    Conflict where it is void already.
    """
    row = _to_change(session, record_id, by=by)
    row.state, row.void_reason, row.voided_by = "void", reason, by.membership_id
    row.version += 1
    row.updated_at = now
    session.flush()
    freed = closing.release(session, row.id)
    reopened = _stand_in(session, row, closing.recount(session, freed, now=now), now=now)
    _tell(session, RecordVoided, row, freed, by=by, now=now, kind=row.kind)
    return Written(row, (), reopened)


def _subject(tapped: Occurrence | None, given: Subject, kind: str) -> Subject:
    if tapped is None:
        rules.check_subject(kind, given.child_id)
        return given
    if tapped.kind != kind:
        raise Invalid("record.kind", errors={"kind": [N_("和这件事的类别不一样。")]})
    return Subject(child_id=tapped.child_id, unit_id=tapped.unit_id)


def _unit_in_scope(session: Session, by: Actor, subject: Subject, tapped: Occurrence | None) -> UUID | None:
    """The unit of the subject, if it has one; raises NotFound where the actor may not see the subject."""
    if subject.child_id and tapped:  # whose promise it is keeps it, for a child that is not in their care too
        return load(session, Child, subject.child_id).unit_id
    if subject.child_id:
        return child_in_scope(session, by, subject.child_id).unit_id
    if subject.unit_id:
        unit = load(session, Unit, subject.unit_id)
        if tapped is None and unit.id not in by.unit_ids and not by.may(Right.RECORD_KEEP):
            raise NotFound("unit.not_found")
        return unit.id
    return None


def _heads(session: Session, by: Actor, unit_id: UUID | None) -> bool:
    return unit_id is not None and unit_id in scope.headed_units(session, by)


def _doer(session: Session, doer_id: UUID | None, *, by: Actor, heads: bool) -> UUID:
    if doer_id is None:
        raise Invalid("record.doer", errors={"doer_id": [N_("请写明由谁完成。")]})
    rules.require_hand(by, doer_id, heads_unit=heads)
    return load(session, Membership, doer_id).id


def _begin(session: Session, row: CareRecord, deed: Deed, *, now: datetime) -> None:
    row.state, row.version, row.created_at = "valid", 1, now
    _fill(row, deed, now=now)
    session.add(row)
    session.flush()


def _fill(row: CareRecord, deed: Deed, *, now: datetime) -> None:
    today = local_day(now)
    day = deed.on_day or today
    if day != row.on_day:
        rules.check_day(day, today=today)
    rules.check_text(row.kind, deed.note)
    rules.check_follow_up(deed.follow_up_on, on_day=day)
    row.on_day, row.method, row.reached, row.minutes = day, deed.method, deed.reached, deed.minutes
    row.note, row.problem_found = deed.note or None, deed.problem_found
    row.follow_up_on = rules.follow_up(deed.follow_up_on, problem_found=deed.problem_found, on_day=day)


def _deed_of(row: CareRecord) -> Deed:
    return Deed(row.on_day, row.method, row.reached, row.minutes, row.note, row.problem_found, row.follow_up_on)


def _corrected(deed: Deed, changes: dict[str, Any]) -> Deed:
    """The deed with its changes; without a day it keeps its own, without a problem there is nothing to follow up."""
    kept = {"on_day": deed.on_day} if changes.get("on_day", deed.on_day) is None else {}
    gone = {"follow_up_on": None} if changes.get("problem_found") is False else {}
    return replace(deed, **(gone | changes | kept))


def _to_change(session: Session, record_id: UUID, *, by: Actor) -> CareRecord:
    require(by, Right.RECORD_WRITE)
    row = scope.record_in_scope(session, by, record_id, lock=True)
    if row.state == "void":
        raise Conflict("record.void", N_("这条记录已经作废，不能再改。"))
    # Who may read the record may not see the child any more: its own writer mends it all the same.
    unit_id = load(session, Child, row.child_id).unit_id if row.child_id else row.unit_id
    rules.require_hand(by, row.doer_id, heads_unit=_heads(session, by, unit_id))
    return row


def _count(session: Session, row: CareRecord, *, item_id: UUID | None, now: datetime) -> Sequence[Counted]:
    return closing.recount(session, closing.count_for(session, row.id, item_id=item_id), now=now)


def _count_again(session: Session, row: CareRecord, *, now: datetime) -> Written:
    """Off everything it counted for, then on what it fits now; the tapped item stays the one that fits anyhow."""
    session.flush()
    freed = closing.release(session, row.id)
    released = closing.recount(session, freed, now=now)
    counted = _count(session, row, item_id=released[0].item_id if released else None, now=now)
    again = {one.id for one in counted}
    left = [one for one in released if one.id not in again]
    return Written(row, counted, _stand_in(session, row, left, now=now))


def _stand_in(session: Session, row: CareRecord, opened: Sequence[Counted], *, now: datetime) -> Sequence[Counted]:
    """Let other valid records of the same deeds count for what was opened: a slip entered twice and mended once."""
    still_open = {one.id: one for one in opened if one.state == "open"}
    for spare in _spares(session, row, list(still_open.values())):
        for counted in _count(session, spare, item_id=None, now=now):
            still_open[counted.id] = counted
    return [one for one in still_open.values() if one.state == "open"]


def _spares(session: Session, row: CareRecord, opened: Sequence[Counted]) -> Sequence[CareRecord]:
    if not opened:
        return []
    wanted = select(CareRecord).where(
        CareRecord.state == "valid",
        CareRecord.id != row.id,
        CareRecord.kind == row.kind,
        CareRecord.subject_kind == row.subject_kind,
        CareRecord.child_id.is_not_distinct_from(row.child_id),
        CareRecord.unit_id.is_not_distinct_from(row.unit_id),
        CareRecord.on_day >= min(one.window_start for one in opened),
    )
    return session.scalars(wanted.order_by(CareRecord.on_day, CareRecord.id).limit(20)).all()


def _tell(
    session: Session,
    what: type[RecordWritten] | type[RecordCorrected] | type[RecordVoided],
    row: CareRecord,
    occurrence_ids: Collection[UUID],
    *,
    by: Actor,
    now: datetime,
    **detail: Any,
) -> None:
    """The audit entry and the event of a change; `detail` holds codes and numbers alone."""
    audit(session, what.name, by=by.person_id, subject_kind="care_record", subject_id=row.id, **detail)
    ids = tuple(sorted(occurrence_ids, key=str))
    about: dict[str, Any] = {"record_id": row.id, "kind": row.kind, "child_id": row.child_id, "occurrence_ids": ids}
    happened(session, what(at=now, actor_id=by.person_id, **about))
