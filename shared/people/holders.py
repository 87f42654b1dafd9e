"""Who holds which role now, and who stands above a member: the addressees of duties and notices."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, text
from sqlalchemy.orm import Session

from shared.kernel.clock import local_day

from .models import MemberRole, Membership
from .rules import Role

LEADERS = (Role.HEAD, Role.DEPUTY, Role.TENANT_ADMIN)  # in this order: who speaks for an organisation


def is_current(day: date) -> ColumnElement[bool]:
    """Whether a membership holds on `day`."""
    return or_(Membership.until_on.is_(None), Membership.until_on >= day)


def holders(session: Session, roles: Collection[Role], *, now: datetime) -> list[UUID]:
    """Current members with one of `roles`, each once, those of the first role first."""
    order = list(roles)
    rows = session.execute(
        select(Membership.id, MemberRole.role)
        .join(MemberRole, MemberRole.membership_id == Membership.id)
        .where(MemberRole.role.in_(order), is_current(local_day(now)))
        .order_by(Membership.created_at, Membership.id)
    ).all()
    return list(dict.fromkeys(row.id for row in sorted(rows, key=lambda row: order.index(Role(row.role)))))


def leaders(session: Session, *, now: datetime) -> list[UUID]:
    """Head, deputy, administrator: in this order, current members alone."""
    return holders(session, LEADERS, now=now)


def holder_in_unit(session: Session, role: Role, unit_id: UUID, *, now: datetime) -> UUID | None:
    """The member who holds `role` in the unit, the longest-serving first."""
    return session.scalar(
        select(Membership.id)
        .join(MemberRole, MemberRole.membership_id == Membership.id)
        .where(MemberRole.role == role, MemberRole.unit_id == unit_id, is_current(local_day(now)))
        .order_by(Membership.created_at, Membership.id)
        .limit(1)
    )


HEADS_ABOVE = text(
    """
    WITH RECURSIVE above (id, parent_id, head_id, height) AS (
        SELECT id, parent_id, head_id, 0 FROM unit WHERE id = ANY(:units)
         UNION ALL
        SELECT u.id, u.parent_id, u.head_id, a.height + 1
          FROM unit u JOIN above a ON u.id = a.parent_id
         WHERE a.height < 10  -- a circle of units must not hang a reaction
    )
    SELECT m.id FROM above a
      JOIN membership m ON m.id = a.head_id AND (m.until_on IS NULL OR m.until_on >= :day)
     ORDER BY array_position(:units, a.id) NULLS LAST, a.height, m.id
    """
)


def heads_above(session: Session, units: Sequence[UUID], *, now: datetime) -> list[UUID]:
    """Heads of `units` in their order, then of the units above them, the nearest first."""
    given: dict[str, Any] = {"units": list(units), "day": local_day(now)}
    return list(dict.fromkeys(session.execute(HEADS_ABOVE, given).scalars()))


def units_of(session: Session, membership_id: UUID) -> list[UUID]:
    """The units a member holds a role in."""
    wanted = select(MemberRole.unit_id).where(
        MemberRole.membership_id == membership_id, MemberRole.unit_id.is_not(None)
    )
    return [unit for unit in session.scalars(wanted.order_by(MemberRole.unit_id).distinct()) if unit]
