"""What happens in this room: plans, promises, records, pairings and escalations of a miss."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from shared.kernel.event_types import Event, event


@event("plan.activated", subject="plan_id")
class PlanActivated(Event):
    """These items went into force; their occurrences are made from the next window on."""

    plan_id: UUID
    item_ids: tuple[UUID, ...]


@event("plan.switched_off", subject="plan_id")
class PlanSwitchedOff(Event):
    """These items of a plan ended; what was still open of them is void."""

    plan_id: UUID
    item_ids: tuple[UUID, ...]


@event("plan_item.period_missing", subject="plan_id")
class PlanItemPeriodMissing(Event):
    """Somebody tried to put a plan into force although these chosen items have no period yet."""

    plan_id: UUID
    item_ids: tuple[UUID, ...]


@event("plan_item.top_up_due", subject="item_id")
class PlanItemTopUpDue(Event):
    """The occurrences of an item reach less than nine weeks ahead; the next ones are to be made."""

    item_id: UUID
    plan_id: UUID
    skipped: tuple[str, ...] | None = None


@event("pairing.changed", subject="membership_id")
class PairingChanged(Event):
    """A member was paired with these children, or is no longer; `role` is the carer role."""

    membership_id: UUID
    role: str
    child_ids: tuple[UUID, ...]


@event("record.written", subject="record_id")
class RecordWritten(Event):
    """A deed was recorded.  `occurrence_ids`: those it counted for; `kind` as in kinds.py."""

    record_id: UUID
    kind: str
    child_id: UUID | None
    occurrence_ids: tuple[UUID, ...]


@event("record.corrected", subject="record_id")
class RecordCorrected(Event):
    """A record was corrected; `occurrence_ids` are all it counted for before or counts for now."""

    record_id: UUID
    kind: str
    child_id: UUID | None
    occurrence_ids: tuple[UUID, ...]


@event("record.voided", subject="record_id")
class RecordVoided(Event):
    """A record was declared void; `occurrence_ids` are those it had counted for."""

    record_id: UUID
    kind: str
    child_id: UUID | None
    occurrence_ids: tuple[UUID, ...]


@event("occurrence.excused", subject="occurrence_id")
class OccurrenceExcused(Event):
    """A second person excused a promise, with a reason that stays on its row."""

    occurrence_id: UUID
    child_id: UUID | None


@event("occurrence.excuse_withdrawn", subject="occurrence_id")
class ExcuseWithdrawn(Event):
    """The excuse was taken back in time; the promise is open again."""

    occurrence_id: UUID
    child_id: UUID | None


@event("occurrence.due_soon", subject="occurrence_id")
class OccurrenceDueSoon(Event):
    """A promise comes due in two days, a weekly one in one; `skipped`: stages an outage jumped over."""

    occurrence_id: UUID
    item_id: UUID
    kind: str
    subject_kind: str
    child_id: UUID | None
    unit_id: UUID | None
    doer_id: UUID | None
    window_start: date
    skipped: tuple[str, ...] | None = None


@event("occurrence.overdue", subject="occurrence_id")
class OccurrenceOverdue(Event):
    """The window is over and the promise is not kept; it can still be done, late."""

    occurrence_id: UUID
    item_id: UUID
    kind: str
    subject_kind: str
    child_id: UUID | None
    unit_id: UUID | None
    doer_id: UUID | None
    window_start: date
    skipped: tuple[str, ...] | None = None


@event("occurrence.missed", subject="occurrence_id")
class OccurrenceMissed(Event):
    """The grace has run out: a fact that is raised once and stays."""

    occurrence_id: UUID
    item_id: UUID
    kind: str
    subject_kind: str
    child_id: UUID | None
    unit_id: UUID | None
    doer_id: UUID | None
    window_start: date
    skipped: tuple[str, ...] | None = None
