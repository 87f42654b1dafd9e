"""What happens to an incident; two of the events cross to another organisation, without the child's file."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from shared.kernel.event_types import Event, event


@event("incident.opened", subject="incident_id")
class IncidentOpened(Event):
    """Somebody reported it; the clocks run from `known_at`."""

    incident_id: UUID
    category: str
    protective: bool
    known_at: datetime


@event("incident.step_done", subject="incident_id")
class IncidentStepDone(Event):
    """A named person was told, or the recipient confirmed; other duties run on."""

    incident_id: UUID
    step_id: UUID
    number: int
    tell: str
    late: bool


@event("incident.step_breached", subject="step_id")
class IncidentStepBreached(Event):
    """The clock of one duty has run out; it stays open."""

    step_id: UUID
    incident_id: UUID
    number: int
    tell: str
    skipped: tuple[str, ...] | None = None


@event("incident.closed", subject="incident_id")
class IncidentClosed(Event):
    """Everybody was told and the matter is closed."""

    incident_id: UUID
    category: str
    protective: bool


@event("incident.reported", subject="step_id", crosses=True)
class IncidentReported(Event):
    """For a superior organisation: what kind of thing, when known, until when to be told; nothing about the child."""

    step_id: UUID
    from_tenant: UUID
    category: str
    children: int
    known_at: datetime
    due_at: datetime


@event("incident.received", subject="step_id", crosses=True)
class IncidentReceived(Event):
    """The superior organisation confirms that it heard of it."""

    step_id: UUID
    by_tenant: UUID
