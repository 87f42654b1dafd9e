"""Tables: people and their log-ins (global), memberships, roles and invitations (of one organisation)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from shared.kernel.database import Base, TenantRow, within_tenant
from shared.kernel.ids import new_id


class Person(Base):
    """Somebody who can log in: mobile number and password; the name stands in the membership."""

    __tablename__ = "person"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    phone: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str | None]
    must_change_password: Mapped[bool] = mapped_column(server_default=text("false"))
    language: Mapped[str] = mapped_column(server_default="zh_Hans")
    large_print: Mapped[bool] = mapped_column(server_default=text("false"))
    failed_tries: Mapped[int] = mapped_column(server_default="0")
    failed_since: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Seat(Base):
    """Where a person may sit, known before any tenant is bound."""

    __tablename__ = "seat"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)


class LoginSession(Base):
    """One device that is logged in; only the hash of its token is kept."""

    __tablename__ = "login_session"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    device: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "person_id"),)


class Membership(TenantRow):
    """A person's place in one organisation, with the name colleagues know.

    `until_on` is the last day on which it counts; one that ended today was good until yesterday.
    """

    __tablename__ = "membership"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str]
    pinyin: Mapped[str] = mapped_column(server_default="")
    from_on: Mapped[date] = mapped_column(server_default=func.current_date())
    until_on: Mapped[date | None]

    __table_args__ = (UniqueConstraint("tenant_id", "person_id"),)


class MemberRole(TenantRow):
    """One role of a member, in one unit or (unit null) in the whole organisation."""

    __tablename__ = "member_role"

    membership_id: Mapped[UUID]
    role: Mapped[str]
    unit_id: Mapped[UUID | None]

    __table_args__ = (
        within_tenant("membership_id", "membership"),
        within_tenant("unit_id", "unit"),
        UniqueConstraint("tenant_id", "membership_id", "role", "unit_id", postgresql_nulls_not_distinct=True),
        Index(None, "tenant_id", "role"),
    )


class Invitation(TenantRow):
    """An open door for one mobile number; its token comes from the id and our keys (links.py), its hash is kept.

    `roles` is a list of {"role": code, "unit_id": id or null}.
    """

    __tablename__ = "invitation"

    phone: Mapped[str]
    name: Mapped[str]
    roles: Mapped[list[dict[str, str | None]]] = mapped_column(JSONB)
    token_hash: Mapped[str]
    invited_by: Mapped[UUID | None]
    expires_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(server_default="open")

    __table_args__ = (
        CheckConstraint("state IN ('open', 'accepted', 'withdrawn')", name="state"),
        UniqueConstraint("tenant_id", "token_hash"),
        Index(None, "tenant_id", "phone"),
    )


class PasswordReset(TenantRow):
    """A one-time door to a new password, opened by an administrator, who never learns or chooses the password."""

    __tablename__ = "password_reset"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    token_hash: Mapped[str]
    started_by: Mapped[UUID | None]
    expires_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(server_default="open")

    __table_args__ = (
        CheckConstraint("state IN ('open', 'used', 'withdrawn')", name="state"),
        UniqueConstraint("tenant_id", "token_hash"),
        Index(None, "tenant_id", "person_id"),
    )
