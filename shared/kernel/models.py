"""Tables of the kernel: events, reactions, audit, one-time keys, the offset of the clock, and signs of life."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Interval, LargeBinary, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from .database import Base, TenantRow, within_tenant


class EventRow(TenantRow):
    """What happened; never changed."""

    __tablename__ = "event"

    name: Mapped[str]
    version: Mapped[int]
    subject_id: Mapped[UUID]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())
    actor_id: Mapped[UUID | None]
    request_id: Mapped[str | None]

    __table_args__ = (Index(None, "tenant_id", "subject_id", "name"),)


class ReactionRow(TenantRow):
    """One reactor's duty towards one event; open until its effect is committed."""

    __tablename__ = "reaction"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)  # its event's; looking the organisation up again costs
    event_id: Mapped[UUID]
    reactor: Mapped[str]
    queue: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="open")
    attempts: Mapped[int] = mapped_column(server_default="0")
    rings: Mapped[int] = mapped_column(server_default="0")
    next_attempt_at: Mapped[datetime] = mapped_column(server_default=func.now())
    lease_until: Mapped[datetime] = mapped_column(server_default=text("'-infinity'"))
    last_error: Mapped[str | None]
    done_at: Mapped[datetime | None]

    __table_args__ = (
        within_tenant("event_id", "event"),
        UniqueConstraint("tenant_id", "event_id", "reactor"),
        CheckConstraint("state IN ('open', 'done', 'parked')", name="state"),
        Index(
            "ix_reaction_open",
            "queue",
            text("GREATEST(next_attempt_at, lease_until)"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(
            "ix_reaction_open_tenant",
            "queue",
            "tenant_id",
            text("GREATEST(next_attempt_at, lease_until)"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_reaction_parked", "tenant_id", "created_at", postgresql_where=text("state = 'parked'")),
    )


class AuditEntry(TenantRow):
    """Who did what to which row; the application may only add."""

    __tablename__ = "audit_entry"

    at: Mapped[datetime] = mapped_column(server_default=func.now())
    person_id: Mapped[UUID | None]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID | None]
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    request_id: Mapped[str | None]

    __table_args__ = (Index(None, "tenant_id", "subject_id", "action", "at", "id"), Index(None, "tenant_id", "at"))


class IdempotencyKey(TenantRow):
    """The answer once given to a request, so that the same request again changes nothing."""

    __tablename__ = "idempotency_key"

    scope: Mapped[str]
    key: Mapped[str]
    body_hash: Mapped[str]
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)

    __table_args__ = (UniqueConstraint("tenant_id", "scope", "key"), Index(None, "created_at"))


class ClockOffset(Base):
    """One row: how far `app_now()` is ahead of the database; set only by tests, simulator and `demo --check`."""

    __tablename__ = "clock_offset"

    one: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    ahead: Mapped[timedelta] = mapped_column(Interval, server_default=text("'0'"))

    __table_args__ = (CheckConstraint("one", name="one_row"),)


class Beat(Base):
    """When a part of the machinery last showed that it works; its names stand in pulse.py."""

    __tablename__ = "beat"

    part: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now())


class ApiKey(TenantRow):
    """A script's key: only its hash is kept; `prefix` is what a person recognises it by."""

    __tablename__ = "api_key"

    name: Mapped[str]
    prefix: Mapped[str]
    key_hash: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(JSONB)
    created_by: Mapped[UUID | None]
    last_used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("tenant_id", "key_hash"),)
