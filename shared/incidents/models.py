"""Tables: incidents, the children in them, the timed duties to tell people, and the attempts to reach them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from shared.kernel.database import TenantRow, within_tenant
from shared.kernel.timers import astray

from .clock import INCIDENT_STEPS


class Incident(TenantRow):
    """Something happened.  The clocks run from `known_at`; `occurred_at` is kept beside it and moves nothing."""

    __tablename__ = "incident"

    category: Mapped[str]
    account: Mapped[str]
    place: Mapped[str | None]
    known_at: Mapped[datetime]
    occurred_at: Mapped[datetime | None]
    reporter_id: Mapped[UUID | None]
    protective: Mapped[bool] = mapped_column(server_default=text("false"))
    state: Mapped[str] = mapped_column(server_default="open")
    closed_at: Mapped[datetime | None]
    closing_note: Mapped[str | None]
    ladder: Mapped[list[Any]] = mapped_column(JSONB)
    version: Mapped[int] = mapped_column(server_default="1")
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        within_tenant("reporter_id", "membership"),
        CheckConstraint("state IN ('open', 'closed')", name="state"),
        Index(None, "tenant_id", "state", "known_at"),
    )


class IncidentChild(TenantRow):
    """A child concerned by an incident."""

    __tablename__ = "incident_child"

    incident_id: Mapped[UUID]
    child_id: Mapped[UUID]

    __table_args__ = (
        within_tenant("incident_id", "incident"),
        within_tenant("child_id", "child"),
        UniqueConstraint("tenant_id", "incident_id", "child_id"),
        Index(None, "tenant_id", "child_id"),
    )


class IncidentStep(TenantRow):
    """One recipient of one duty of the ladder, with its own clock and its own confirmation.

    `state`: open, done, done_late, excluded.  `stage` breached is set by the sweeper; the step stays open.
    """

    __tablename__ = "incident_step"

    incident_id: Mapped[UUID]
    number: Mapped[int]
    tell: Mapped[str]
    child_id: Mapped[UUID | None]
    superior_id: Mapped[UUID | None]
    copy_id: Mapped[UUID | None]
    owner_id: Mapped[UUID | None]
    owner_role: Mapped[str]
    due_at: Mapped[datetime]
    breach_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(server_default="open")
    person_reached: Mapped[str | None]
    channel: Mapped[str | None]
    told_at: Mapped[datetime | None]
    told_by: Mapped[UUID | None]
    confirmed_by_recipient_at: Mapped[datetime | None]
    late_reason: Mapped[str | None]
    stage: Mapped[str | None]
    alert_at: Mapped[datetime | None]
    skipped: Mapped[list[str] | None] = mapped_column(ARRAY(TEXT))

    __table_args__ = (
        within_tenant("incident_id", "incident"),
        within_tenant("child_id", "child"),
        within_tenant("owner_id", "membership"),
        UniqueConstraint("tenant_id", "incident_id", "number", "tell", "child_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("state IN ('open', 'done', 'done_late', 'excluded')", name="state"),
        Index(None, "tenant_id", "owner_id", "state"),
        Index("ix_incident_step_alert_at", "alert_at", postgresql_where=text("alert_at IS NOT NULL")),
        Index("ix_incident_step_astray", "tenant_id", postgresql_where=text(astray(INCIDENT_STEPS))),
    )


class ContactAttempt(TenantRow):
    """Somebody was called and not reached; the step stays open."""

    __tablename__ = "contact_attempt"

    step_id: Mapped[UUID]
    whom: Mapped[str]
    channel: Mapped[str]
    at: Mapped[datetime]
    by_id: Mapped[UUID | None]

    __table_args__ = (
        within_tenant("step_id", "incident_step"),
        within_tenant("by_id", "membership"),
        Index(None, "tenant_id", "step_id"),
    )
