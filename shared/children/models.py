"""Tables: children, their contacts, the search index, the identity across organisations, and rosters in hand."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from shared.kernel.database import TenantRow, within_tenant
from shared.kernel.timers import astray

from .timed import ROSTER_IMPORTS


class Child(TenantRow):
    """A child on this organisation's roll.

    `id_no` is sealed (AES-GCM); `id_no_hash` finds it again within the organisation, `person_key` is the same for
    the same number everywhere (`keyed_hash(number, purpose="person")`, identity_rows.py).  Codes follow the model:
    sex male/female, boarding yes/no, away_reason both_away/one_away_other_unable/both_unable; null = not collected.
    """

    __tablename__ = "child"

    name: Mapped[str]
    pinyin: Mapped[str]
    sex: Mapped[str | None]
    birth_date: Mapped[date | None]
    ethnic_group: Mapped[str | None]
    id_no: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_no_hash: Mapped[str | None]
    person_key: Mapped[str | None]
    id_no_tail: Mapped[str | None]
    student_no: Mapped[str | None]
    unit_id: Mapped[UUID | None]
    school_grade: Mapped[str | None]
    boarding: Mapped[str | None]
    hukou_kind: Mapped[str | None]
    home_address: Mapped[str | None]
    family_phone: Mapped[str | None]
    left_behind: Mapped[bool] = mapped_column(server_default=text("false"))
    away_reason: Mapped[str | None]
    carer_kind: Mapped[str | None]
    no_guardian: Mapped[bool] = mapped_column(server_default=text("false"))
    guardianship_grade: Mapped[str | None]
    study_level: Mapped[str | None]
    hobbies: Mapped[str | None]
    family_situation: Mapped[str | None]
    remark: Mapped[str | None]
    is_key: Mapped[bool] = mapped_column(server_default=text("false"))
    key_reason: Mapped[str | None]
    risk_level: Mapped[str | None]
    dossier_complete: Mapped[bool] = mapped_column(server_default=text("false"))
    status: Mapped[str] = mapped_column(server_default="active")
    entered_on: Mapped[date] = mapped_column(server_default=func.current_date())
    exit_on: Mapped[date | None]
    exit_reason: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default="1")
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        within_tenant("unit_id", "unit"),
        CheckConstraint("status IN ('active', 'exited')", name="status"),
        CheckConstraint("risk_level IN ('red', 'yellow', 'blue', 'green')", name="risk_level"),
        Index("uq_child_id_no_hash", "tenant_id", "id_no_hash", unique=True),
        Index(None, "tenant_id", "status", "left_behind", text('pinyin COLLATE "C"'), "id"),
        Index(None, "tenant_id", "unit_id"),
    )


class ChildContact(TenantRow):
    """Father, mother, guardian (entrusted or acting) or another parent named without saying which."""

    __tablename__ = "child_contact"

    child_id: Mapped[UUID]
    kind: Mapped[str]
    name: Mapped[str | None]
    relation: Mapped[str | None]
    phone: Mapped[str | None]
    phone_more: Mapped[str | None]
    age: Mapped[int | None]
    occupation: Mapped[str | None]
    health: Mapped[str | None]
    address: Mapped[str | None]
    work_place: Mapped[str | None]
    employer: Mapped[str | None]
    employer_address: Mapped[str | None]
    employer_phone: Mapped[str | None]

    __table_args__ = (
        within_tenant("child_id", "child"),
        CheckConstraint("kind IN ('father', 'mother', 'parent', 'guardian')", name="kind"),
        UniqueConstraint("tenant_id", "child_id", "kind"),
    )


class ChildGram(TenantRow):
    """A piece of a child's name or pinyin, for search by plain equality under the policies."""

    __tablename__ = "child_gram"

    gram: Mapped[str]
    child_id: Mapped[UUID]

    __table_args__ = (
        within_tenant("child_id", "child"),
        UniqueConstraint("tenant_id", "gram", "child_id"),
        Index(None, "tenant_id", "child_id"),
    )


class ChildIdentity(TenantRow):
    """The child without a name: by `person_key` two rolls are known to hold the same child.

    `id` is the child's id.  Exactly one active holder of a key has `counts_here`; a child without an ID number counts
    where it is.  `settled` turns false with every change; `settled_key` is the key it was last settled under.
    """

    __tablename__ = "child_identity"

    person_key: Mapped[str | None]
    holder_rank: Mapped[int]
    active: Mapped[bool]
    left_behind: Mapped[bool]
    counts_here: Mapped[bool] = mapped_column(server_default=text("true"))
    settled: Mapped[bool] = mapped_column(server_default=text("false"))
    settled_key: Mapped[str | None]

    __table_args__ = (
        within_tenant("id", "child"),
        Index(None, "person_key", "tenant_id"),
        Index("ix_child_identity_unsettled", "tenant_id", postgresql_where=text("NOT settled")),
    )


class RosterImport(TenantRow):
    """A roster in hand: nothing is written before it is confirmed; its rows are kept for 24 hours (`expires_at`).

    `counts`: rows by action, and warnings, repairs, no_guardian, children, left_behind.  `new_units`: names in the
    file that would be made.  `columns`: the fields of each sheet in order.  `by_id` and `confirmed_by` are people.
    """

    __tablename__ = "roster_import"

    file_name: Mapped[str]
    file_hash: Mapped[str]
    roster_kind: Mapped[str]
    as_of: Mapped[date]
    by_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(server_default="open")
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    file_notes: Mapped[list[Any]] = mapped_column(JSONB)
    new_units: Mapped[list[str]] = mapped_column(JSONB)
    columns: Mapped[dict[str, list[str]]] = mapped_column(JSONB)
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[UUID | None]
    expires_at: Mapped[datetime]
    stage: Mapped[str | None]
    alert_at: Mapped[datetime | None]
    skipped: Mapped[list[str] | None] = mapped_column(ARRAY(TEXT))

    __table_args__ = (
        CheckConstraint("state IN ('open', 'confirmed', 'withdrawn', 'expired')", name="state"),
        Index("ix_roster_import_alert_at", "alert_at", postgresql_where=text("alert_at IS NOT NULL")),
        Index("ix_roster_import_astray", "tenant_id", postgresql_where=text(astray(ROSTER_IMPORTS))),
        Index(None, "tenant_id", "created_at"),
    )


class RosterRow(TenantRow):
    """A staged row: what it would do, and its findings; `sealed` holds its values, encrypted (import_rows.py).

    action: new, updated, unchanged, wrong, absent (on our list but not in this file).  `findings` say where and how
    to mend, `changes` name the fields; what stood in the cells is in `sealed` alone.
    """

    __tablename__ = "roster_row"

    import_id: Mapped[UUID]
    sheet: Mapped[str]
    row_no: Mapped[int]
    action: Mapped[str]
    child_id: Mapped[UUID | None]
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    findings: Mapped[list[Any]] = mapped_column(JSONB)
    changes: Mapped[list[Any]] = mapped_column(JSONB)

    __table_args__ = (
        within_tenant("import_id", "roster_import", ondelete="CASCADE"),
        CheckConstraint("action IN ('new', 'updated', 'unchanged', 'wrong', 'absent')", name="action"),
        Index(None, "tenant_id", "import_id", "action", "row_no"),
    )
