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
    """Something in a child's file changed that others may depend on."""

    child_id: UUID


@event("child.exited", subject="child_id")
class ChildExited(Event):
    """A child left the roll."""

    child_id: UUID


@event("roster.confirmed", subject="import_id")
class RosterConfirmed(Event):
    """A whole roster was taken in; one event for all its children."""

    import_id: UUID
