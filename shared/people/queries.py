"""Reads about members, invitations and units with their heads, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.organisations.models import Organisation, Unit
from shared.organisations.queries import unit_order

from . import links
from .models import Invitation, MemberRole, Membership, Person
from .rules import Role


@dataclass(frozen=True)
class RoleHeld:
    """A role, and the unit it is held in."""

    role: str
    unit_id: UUID | None
    unit: str | None


@dataclass(frozen=True)
class MemberView:
    """A current member with roles in the order of the model."""

    id: UUID
    person_id: UUID
    name: str
    phone: str
    since: date
    roles: tuple[RoleHeld, ...]


@dataclass(frozen=True)
class InvitationView:
    """An invitation nobody has accepted yet."""

    id: UUID
    name: str
    phone: str
    roles: tuple[RoleHeld, ...]
    expires_at: datetime
    expired: bool
    link: str


@dataclass(frozen=True)
class UnitView:
    """A unit, who looks after it, and the unit above."""

    id: UUID
    kind: str
    name: str
    grade: int | None
    parent_id: UUID | None
    parent: str | None
    head_id: UUID | None
    head: str | None


def members(session: Session) -> list[MemberView]:
    """The current members, by name; two statements however many there are."""
    rows = session.execute(
        select(Membership, Person.phone)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.until_on.is_(None))
        .order_by(Membership.pinyin.collate("C"), Membership.name, Membership.id)
    ).tuples()
    held = _roles_by_member(session)
    return [
        MemberView(row.id, row.person_id, row.name, phone, row.from_on, tuple(held.get(row.id, ())))
        for row, phone in rows
    ]


def member(session: Session, membership_id: UUID) -> MemberView | None:
    """One current member."""
    return next((one for one in members(session) if one.id == membership_id), None)


def _roles_by_member(session: Session) -> dict[UUID, list[RoleHeld]]:
    rows = session.execute(
        select(MemberRole.membership_id, MemberRole.role, MemberRole.unit_id, Unit.name.label("unit"))
        .outerjoin(Unit, Unit.id == MemberRole.unit_id)
        .order_by(Unit.grade, Unit.position)
    )
    held: dict[UUID, list[RoleHeld]] = {}
    for row in rows:
        held.setdefault(row.membership_id, []).append(RoleHeld(row.role, row.unit_id, row.unit))
    order = {role: place for place, role in enumerate(Role)}
    for roles in held.values():
        roles.sort(key=lambda one: order[Role(one.role)])
    return held


def member_choices(session: Session) -> list[tuple[str, str]]:
    """(membership id, name) of the current members, for a select."""
    rows = session.execute(
        select(Membership.id, Membership.name)
        .where(Membership.until_on.is_(None))
        .order_by(Membership.pinyin.collate("C"), Membership.name, Membership.id)
    )
    return [(str(row.id), row.name) for row in rows]


def open_invitations(session: Session, *, now: datetime) -> list[InvitationView]:
    """The invitations nobody has accepted, the latest first, with their links: for those who may invite."""
    slug = session.scalar(select(Organisation.slug).where(Organisation.id == session.info["tenant_id"]))
    names = dict(session.execute(select(Unit.id, Unit.name)).tuples().all())
    rows = session.scalars(
        select(Invitation).where(Invitation.state == "open").order_by(Invitation.created_at.desc(), Invitation.id)
    )
    return [_invitation(session, row, names, slug=str(slug), now=now) for row in rows]


def _invitation(
    session: Session, row: Invitation, names: dict[UUID, str], *, slug: str, now: datetime
) -> InvitationView:
    units = [UUID(one["unit_id"]) if one["unit_id"] else None for one in row.roles]
    roles = [
        RoleHeld(str(one["role"]), unit, names.get(unit) if unit else None)
        for one, unit in zip(row.roles, units, strict=True)
    ]
    return InvitationView(
        id=row.id,
        name=row.name,
        phone=row.phone,
        roles=tuple(roles),
        expires_at=row.expires_at,
        expired=row.expires_at <= now,
        link=links.address_of(session, links.INVITATION, row.id, slug=slug),
    )


def units(session: Session) -> list[UnitView]:
    """All units in reading order, with who looks after them; grades stand before their classes."""
    above = select(Unit.id, Unit.name).subquery()
    rows = session.execute(
        select(Unit, Membership.name.label("head"), above.c.name.label("parent"))
        .outerjoin(Membership, Membership.id == Unit.head_id)
        .outerjoin(above, above.c.id == Unit.parent_id)
        .order_by(Unit.grade.nulls_last(), Unit.kind != "grade", *unit_order()[1:])  # type: ignore[arg-type]
    )
    return [
        UnitView(unit.id, unit.kind, unit.name, unit.grade, unit.parent_id, parent, unit.head_id, head)
        for unit, head, parent in rows.tuples()
    ]
