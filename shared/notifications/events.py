"""What happens to messages that leave through a gateway."""

from __future__ import annotations

from uuid import UUID

from shared.kernel.event_types import Event, event


@event("delivery.queued", subject="delivery_id")
class DeliveryQueued(Event):
    """A message waits for its gateway; `alarm` ones go by the workers of the alarms."""

    delivery_id: UUID
    alarm: bool


@event("delivery.failed", subject="delivery_id")
class DeliveryGivenUp(Event):
    """The gateway said no for good, or too often."""

    delivery_id: UUID
    reason: str


@event("copied_message.answered", subject="message_id")
class CopiedMessageAnswered(Event):
    """This organisation answered what a supervised one sent up."""

    message_id: UUID
    kind: str
