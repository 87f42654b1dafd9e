"""Tables: plans and their items, who is paired with whom, occurrences, records, and escalations of a miss."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from shared.kernel.database import TenantRow, within_tenant
from shared.kernel.timers import astray

from .escalations.clock import ESCALATIONS
from .timed import MISDATED, OCCURRENCES, PLAN_ITEMS

ALERT = "alert_at IS NOT NULL"


class Plan(TenantRow):
    """A work plan as handed in (`text`) and its life: draft, active, off."""

    __tablename__ = "plan"

    title: Mapped[str]
    file_name: Mapped[str | None]
    text: Mapped[str]
    leader: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default="draft")
    activated_at: Mapped[datetime | None]
    activated_by: Mapped[UUID | None]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default="1")

    __table_args__ = (CheckConstraint("state IN ('draft', 'active', 'off')", name="state"),)


class PlanItem(TenantRow):
    """One promise of a plan.  `top_up_at` is when its next occurrences are made (eight weeks ahead are kept).

    `dates` as the plan reader writes them: "06-01", "month:10", "lunar:09-09".
    """

    __tablename__ = "plan_item"

    plan_id: Mapped[UUID]
    position: Mapped[int]
    title: Mapped[str]
    quote: Mapped[str | None]
    quote_start: Mapped[int | None]
    subject: Mapped[str]
    child_filter: Mapped[str] = mapped_column(server_default="all")
    kind: Mapped[str]
    period: Mapped[str]
    period_source: Mapped[str] = mapped_column(server_default="given")
    times: Mapped[int] = mapped_column(server_default="1")
    min_quantity: Mapped[int | None]
    within_minutes: Mapped[int | None]
    dates: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'"))
    doer_words: Mapped[str | None]
    doer_role: Mapped[str | None]
    must: Mapped[bool] = mapped_column(server_default=text("false"))
    chosen: Mapped[bool] = mapped_column(server_default=text("true"))
    grace_days: Mapped[int]
    holiday: Mapped[str] = mapped_column(server_default="pause")
    state: Mapped[str] = mapped_column(server_default="draft")
    active_from: Mapped[datetime | None]
    made_until: Mapped[date | None]
    top_up_at: Mapped[datetime | None]
    stage: Mapped[str | None]
    alert_at: Mapped[datetime | None]
    skipped: Mapped[list[str] | None] = mapped_column(ARRAY(TEXT))

    __table_args__ = (
        within_tenant("plan_id", "plan"),
        CheckConstraint("state IN ('draft', 'active', 'off')", name="state"),
        CheckConstraint("times > 0", name="times"),
        CheckConstraint("holiday IN ('pause', 'keep')", name="holiday"),
        Index("ix_plan_item_alert_at", "alert_at", postgresql_where=text(ALERT)),
        Index("ix_plan_item_astray", "tenant_id", postgresql_where=text(astray(PLAN_ITEMS))),
        Index(None, "tenant_id", "plan_id", "position"),
    )


class Assignment(TenantRow):
    """A carer paired with a child, in a role, from a day until a day (null: still)."""

    __tablename__ = "assignment"

    child_id: Mapped[UUID]
    membership_id: Mapped[UUID]
    role: Mapped[str]
    from_on: Mapped[date]
    until_on: Mapped[date | None]

    __table_args__ = (
        within_tenant("child_id", "child"),
        within_tenant("membership_id", "membership"),
        Index(
            "uq_assignment_current",
            "tenant_id",
            "child_id",
            "role",
            unique=True,
            postgresql_where=text("until_on IS NULL"),
        ),
        Index(None, "tenant_id", "child_id"),
        Index(None, "tenant_id", "membership_id"),
    )


class Occurrence(TenantRow):
    """One promise to one child, class or to the whole organisation in one window.

    `subject_id` is the child's, the unit's or the organisation's id; `child_id` and `unit_id` repeat it for the
    keys.  `state`: open, done, late, missed, excused, void.  `stage`: how far the clock has come.  Windows are days
    of Asia/Shanghai, `due_at` the first instant after the window, `grace_until` when open becomes missed.
    """

    __tablename__ = "occurrence"

    item_id: Mapped[UUID]
    kind: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID]
    child_id: Mapped[UUID | None]
    unit_id: Mapped[UUID | None]
    doer_id: Mapped[UUID | None]
    window_start: Mapped[date]
    window_end: Mapped[date]
    due_soon_at: Mapped[datetime]
    due_at: Mapped[datetime]
    grace_until: Mapped[datetime]
    times: Mapped[int] = mapped_column(server_default="1")
    done_times: Mapped[int] = mapped_column(server_default="0")
    state: Mapped[str] = mapped_column(server_default="open")
    stage: Mapped[str | None]
    alert_at: Mapped[datetime | None]
    skipped: Mapped[list[str] | None] = mapped_column(ARRAY(TEXT))
    ended_at: Mapped[datetime | None]
    excuse: Mapped[str | None]
    excused_by: Mapped[UUID | None]

    __table_args__ = (
        within_tenant("item_id", "plan_item"),
        within_tenant("child_id", "child"),
        within_tenant("unit_id", "unit"),
        within_tenant("doer_id", "membership"),
        UniqueConstraint("tenant_id", "item_id", "subject_id", "window_start"),
        CheckConstraint("state IN ('open', 'done', 'late', 'missed', 'excused', 'void')", name="state"),
        CheckConstraint("subject_kind IN ('child', 'class', 'tenant')", name="subject_kind"),
        Index("ix_occurrence_alert_at", "alert_at", postgresql_where=text(ALERT)),
        Index("ix_occurrence_astray", "tenant_id", postgresql_where=text(astray(OCCURRENCES))),
        Index("ix_occurrence_misdated", "tenant_id", postgresql_where=text(MISDATED)),
        Index(None, "tenant_id", "doer_id", "state", "due_at"),
        Index(None, "tenant_id", "child_id", "window_start"),
        Index(None, "tenant_id", "state", "due_at"),
        Index(None, "tenant_id", "kind", "grace_until"),
    )


class CareRecord(TenantRow):
    """A visit, talk or call that took place.  Calls, videos and letters hold no text (decision 8 of the model)."""

    __tablename__ = "care_record"

    kind: Mapped[str]
    subject_kind: Mapped[str]
    child_id: Mapped[UUID | None]
    unit_id: Mapped[UUID | None]
    doer_id: Mapped[UUID]
    on_day: Mapped[date]
    method: Mapped[str | None]
    reached: Mapped[bool | None]
    minutes: Mapped[int | None]
    note: Mapped[str | None]
    problem_found: Mapped[bool] = mapped_column(server_default=text("false"))
    follow_up_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(server_default="valid")
    void_reason: Mapped[str | None]
    voided_by: Mapped[UUID | None]
    version: Mapped[int] = mapped_column(server_default="1")
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        within_tenant("child_id", "child"),
        within_tenant("unit_id", "unit"),
        within_tenant("doer_id", "membership"),
        CheckConstraint("state IN ('valid', 'void')", name="state"),
        CheckConstraint("kind NOT IN ('call', 'video', 'letter') OR note IS NULL", name="no_text"),
        Index(None, "tenant_id", "child_id", "on_day"),
        Index(None, "tenant_id", "doer_id", "on_day"),
    )


class OccurrenceRecord(TenantRow):
    """Which record counted for which occurrence."""

    __tablename__ = "occurrence_record"

    occurrence_id: Mapped[UUID]
    record_id: Mapped[UUID]

    __table_args__ = (
        within_tenant("occurrence_id", "occurrence"),
        within_tenant("record_id", "care_record"),
        UniqueConstraint("tenant_id", "occurrence_id", "record_id"),
        Index(None, "tenant_id", "record_id"),
    )


class Escalation(TenantRow):
    """A step after a miss: E1 the unit head, E2 the head, E3 a superior organisation.

    Waits for an answer until `answer_by`; `superior_id` and `copy_id` are set for E3.  `answer` is seen or acted,
    `note` what was done.
    """

    __tablename__ = "escalation"

    occurrence_id: Mapped[UUID]
    level: Mapped[str]
    recipient_id: Mapped[UUID | None]
    superior_id: Mapped[UUID | None]
    copy_id: Mapped[UUID | None]
    why: Mapped[str]
    send_at: Mapped[datetime | None]
    answer_by: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(server_default="open")
    answer: Mapped[str | None]
    note: Mapped[str | None]
    answered_by: Mapped[UUID | None]
    answered_by_name: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    stage: Mapped[str | None]
    alert_at: Mapped[datetime | None]
    skipped: Mapped[list[str] | None] = mapped_column(ARRAY(TEXT))
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))

    __table_args__ = (
        within_tenant("occurrence_id", "occurrence"),
        within_tenant("recipient_id", "membership"),
        UniqueConstraint("tenant_id", "occurrence_id", "level", "superior_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("level IN ('E1', 'E2', 'E3')", name="level"),
        CheckConstraint("answer IN ('seen', 'acted')", name="answer"),
        Index(None, "tenant_id", "recipient_id", "state"),
        CheckConstraint("state IN ('waiting', 'open', 'answered', 'lapsed')", name="state"),
        Index("ix_escalation_alert_at", "alert_at", postgresql_where=text(ALERT)),
        Index("ix_escalation_astray", "tenant_id", postgresql_where=text(astray(ESCALATIONS))),
    )
