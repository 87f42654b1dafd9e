"""Tables: areas, organisations, who supervises whom, terms, units, and applications to join."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.kernel.database import Base, TenantRow, within_tenant
from shared.kernel.ids import new_id


class Area(Base):
    """A node of the tree county → township → village or community."""

    __tablename__ = "area"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("area.id"))
    kind: Mapped[str]
    name: Mapped[str]
    slug: Mapped[str] = mapped_column(unique=True)

    __table_args__ = (
        CheckConstraint("kind IN ('county', 'township', 'village', 'community')", name="kind"),
        UniqueConstraint("parent_id", "name"),
    )


class Organisation(Base):
    """A tenant.  `slug` stands in its address; the county office has kind `county`."""

    __tablename__ = "organisation"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    bureau_kind: Mapped[str | None]
    name: Mapped[str]
    area_id: Mapped[UUID] = mapped_column(ForeignKey("area.id"))
    status: Mapped[str] = mapped_column(server_default="active")
    is_demo: Mapped[bool] = mapped_column(server_default=text("false"))
    pupils_total: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        CheckConstraint("kind IN ('county', 'school', 'kindergarten', 'village', 'community', 'bureau')", name="kind"),
        CheckConstraint("status IN ('active', 'suspended', 'closed')", name="status"),
        UniqueConstraint("area_id", "name"),
        Index(None, "area_id"),
    )


class Supervision(Base):
    """`superior_id` may read the sums of `subordinate_id` and receives its messages.

    `line` says in which matter: county, township, education, civil_affairs.
    """

    __tablename__ = "supervision"

    superior_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    subordinate_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    line: Mapped[str]

    __table_args__ = (Index(None, "subordinate_id"),)


class Term(TenantRow):
    """A school term of the organisation (days inclusive, Asia/Shanghai).  Without one the county's counts."""

    __tablename__ = "term"

    name: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]

    __table_args__ = (
        CheckConstraint("starts_on < ends_on", name="order"),
        UniqueConstraint("tenant_id", "starts_on"),
    )


class CountyTerm(Base):
    """A term of the county's calendar: it counts in every organisation of the area without terms of its own."""

    __tablename__ = "county_term"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    area_id: Mapped[UUID] = mapped_column(ForeignKey("area.id"))
    name: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]

    __table_args__ = (
        CheckConstraint("starts_on < ends_on", name="order"),
        UniqueConstraint("area_id", "starts_on"),
    )


class Unit(TenantRow):
    """A class, department, grid or villager group; `head_id` is a membership, `parent_id` the unit above."""

    __tablename__ = "unit"

    kind: Mapped[str]
    name: Mapped[str]
    grade: Mapped[int | None]
    parent_id: Mapped[UUID | None]
    head_id: Mapped[UUID | None]
    position: Mapped[int] = mapped_column(server_default="0")

    __table_args__ = (
        within_tenant("parent_id", "unit"),
        within_tenant("head_id", "membership"),
        UniqueConstraint("tenant_id", "kind", "name"),
        CheckConstraint("kind IN ('class', 'grade', 'department', 'grid', 'villager_group')", name="kind"),
    )


class Application(TenantRow):
    """A request to join, held by the county office that decides it.

    `invitation_id` is the first administrator's door into the new organisation; the row lies there, not here.
    """

    __tablename__ = "application"

    kind: Mapped[str]
    bureau_kind: Mapped[str | None]
    name: Mapped[str]
    area_id: Mapped[UUID] = mapped_column(ForeignKey("area.id"))
    contact_name: Mapped[str]
    contact_phone: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="open")
    reason: Mapped[str | None]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    invitation_id: Mapped[UUID | None]
    status_token_hash: Mapped[str]

    __table_args__ = (
        CheckConstraint("state IN ('open', 'approved', 'refused')", name="state"),
        UniqueConstraint("tenant_id", "status_token_hash"),
        Index(None, "tenant_id", "state", "created_at"),
    )
