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


@event("webhook.queued", subject="webhook_id")
class WebhookQueued(Event):
    """These deliveries wait for their address: to be tried again, resumed, sent again, or as a trial."""

    webhook_id: UUID
    delivery_ids: tuple[UUID, ...]


@event("webhook.paused", subject="webhook_id")
class WebhookPaused(Event):
    """The address took nothing for too long; what is for it waits until somebody resumes it."""

    webhook_id: UUID
    error: str


@event("webhook.tried", subject="webhook_id")
class WebhookTried(Event):
    """An administrator sends a trial letter."""

    webhook_id: UUID
