"""Tables: notices in the inbox, messages from supervised organisations, and deliveries through gateways."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from shared.kernel.database import TenantRow, within_tenant


class Notice(TenantRow):
    """A line in a member's inbox.  `kind` picks the sentence, `params` fills its places; once per event and member.

    `link` is the place in the organisation's pages ("children/<id>"), never a full address.
    """

    __tablename__ = "notice"

    event_id: Mapped[UUID]
    recipient_id: Mapped[UUID]
    kind: Mapped[str]
    params: Mapped[dict[str, Any]] = mapped_column(JSONB)
    link: Mapped[str | None]
    urgent: Mapped[bool] = mapped_column(server_default=text("false"))
    escalation_id: Mapped[UUID | None]
    read_at: Mapped[datetime | None]

    __table_args__ = (
        within_tenant("event_id", "event"),
        within_tenant("recipient_id", "membership"),
        within_tenant("escalation_id", "escalation"),
        UniqueConstraint("tenant_id", "event_id", "recipient_id", "kind"),
        Index(None, "tenant_id", "recipient_id", "created_at"),
    )


class Delivery(TenantRow):
    """One message through one gateway: queued → sending → sent → delivered → read, or failed, or unknown.

    It goes to a member or to a webhook.  `id` is the idempotency id the gateway is given.  The text names no child
    (ux 25).
    """

    __tablename__ = "delivery"

    event_id: Mapped[UUID]
    recipient_id: Mapped[UUID | None]
    webhook_id: Mapped[UUID | None]
    channel: Mapped[str]
    kind: Mapped[str]
    params: Mapped[dict[str, Any]] = mapped_column(JSONB)
    urgent: Mapped[bool] = mapped_column(server_default=text("false"))
    state: Mapped[str] = mapped_column(server_default="queued")
    attempts: Mapped[int] = mapped_column(server_default="0")
    gateway_id: Mapped[str | None]
    error: Mapped[str | None]
    state_at: Mapped[datetime]

    __table_args__ = (
        within_tenant("event_id", "event"),
        within_tenant("recipient_id", "membership"),
        within_tenant("webhook_id", "webhook"),
        UniqueConstraint(
            *("tenant_id", "event_id", "recipient_id", "webhook_id", "channel", "kind"),
            name="uq_delivery_once",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("num_nonnulls(recipient_id, webhook_id) = 1", name="one_addressee"),
        CheckConstraint(
            "state IN ('queued', 'sending', 'sent', 'delivered', 'read', 'failed', 'unknown')", name="state"
        ),
        Index(None, "tenant_id", "state", "created_at"),
        Index("ix_delivery_webhook", "tenant_id", "webhook_id", "id", postgresql_where=text("webhook_id IS NOT NULL")),
    )


class Webhook(TenantRow):
    """An address of another system that hears of chosen events; `secret` is encrypted and signs what is posted.

    `failures`: rounds in a row in which it took nothing; until `retry_at` it is left in peace, and from `paused_at`
    until somebody resumes it.  `error` is a code.
    """

    __tablename__ = "webhook"

    url: Mapped[str]
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    events: Mapped[list[str]] = mapped_column(JSONB)
    created_by: Mapped[UUID | None]
    failures: Mapped[int] = mapped_column(server_default="0")
    error: Mapped[str | None]
    retry_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class CopiedMessage(TenantRow):
    """What a supervised organisation sent up, without the child's file; its answer goes back as a copy.

    `id` is the copied event's id, `source_id` the escalation or step it is about.  `params`: codes, counts and times
    only.  `answer` is seen or acted, `note` what this organisation did.
    """

    __tablename__ = "copied_message"

    from_tenant: Mapped[UUID]
    source_id: Mapped[UUID]
    kind: Mapped[str]
    params: Mapped[dict[str, Any]] = mapped_column(JSONB)
    sent_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(server_default="open")
    answer: Mapped[str | None]
    note: Mapped[str | None]
    answered_by: Mapped[UUID | None]
    answered_at: Mapped[datetime | None]

    __table_args__ = (
        within_tenant("answered_by", "membership"),
        CheckConstraint("state IN ('open', 'answered')", name="state"),
        CheckConstraint("kind IN ('miss', 'incident')", name="kind"),
        CheckConstraint("answer IN ('seen', 'acted')", name="answer"),
        Index(None, "tenant_id", "state", "sent_at"),
    )
