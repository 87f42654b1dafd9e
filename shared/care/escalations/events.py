"""What happens around escalations; two of them cross to another organisation, without the child's file."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from shared.kernel.event_types import Event, event


@event("escalation.due", subject="escalation_id")
class EscalationDue(Event):
    """It is somebody's turn: at once, or because `send_at` has come."""

    escalation_id: UUID
    occurrence_id: UUID
    level: str
    skipped: tuple[str, ...] | None = None


@event("escalation.lapsed", subject="escalation_id")
class EscalationLapsed(Event):
    """`answer_by` has passed without an answer."""

    escalation_id: UUID
    occurrence_id: UUID
    level: str
    skipped: tuple[str, ...] | None = None


@event("escalation.answered", subject="escalation_id")
class EscalationAnswered(Event):
    """Somebody said what was done; `along_with`: the call to the same person that this answer was written for."""

    escalation_id: UUID
    occurrence_id: UUID
    level: str
    along_with: UUID | None = None


@event("miss.reported", subject="escalation_id", crosses=True)
class MissReported(Event):
    """For a superior organisation: codes and counts of a miss; nothing that leads to the child."""

    escalation_id: UUID
    from_tenant: UUID
    kind: str
    subject_kind: str
    running: int
    risk_level: str | None
    why: str
    window_start: date
    window_end: date


@event("miss.report_answered", subject="escalation_id", crosses=True)
class MissReportAnswered(Event):
    """The superior organisation's answer on its way back: a code, and what it did itself."""

    escalation_id: UUID
    by_tenant: UUID
    answer: str
    note: str | None
