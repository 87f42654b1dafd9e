"""What happens to the roll, in the past tense."""

from __future__ import annotations

from uuid import UUID

from shared.kernel.event_types import Event, event


@event("child.registered", subject="child_id")
class ChildRegistered(Event):
    """A child came onto the roll, by hand or over the API."""

    child_id: UUID


@event("child.changed", subject="child_id")
class ChildChanged(Event):
    """Something in a child's file changed; `fields` names what (facts.py), `status` when it came back."""

    child_id: UUID
    fields: tuple[str, ...] = ()


@event("child.exited", subject="child_id")
class ChildExited(Event):
    """A child left the roll; `reason` is a code of facts.py."""

    child_id: UUID
    reason: str | None = None


@event("roster.confirmed", subject="import_id")
class RosterConfirmed(Event):
    """A whole roster was taken in; one event for all its children."""

    import_id: UUID


@event("roster.expired", subject="import_id")
class RosterExpired(Event):
    """The 24 hours of a roster in hand are over; its staged rows go."""

    import_id: UUID
