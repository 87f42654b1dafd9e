"""Reading who is paired with whom, who still has nobody, and how many children each member has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from shared.children.models import Child
from shared.children.queries import visible_children
from shared.kernel.clock import local_day
from shared.kernel.errors import NotFound
from shared.kernel.together import Read, Steps
from shared.organisations.models import Unit
from shared.people.kept import Kept, number_of
from shared.people.models import Membership
from shared.people.rules import ROLE_TITLES, Actor, Role

from .models import Assignment
from .today_queries import without_carer


@dataclass(frozen=True)
class PairingLine:
    """A pairing as people read it."""

    id: UUID
    child_id: UUID
    child_name: str
    unit_name: str | None
    membership_id: UUID
    member_name: str
    role: str
    from_on: date
    until_on: date | None

    @property
    def role_title(self) -> str:
        """The role's title, not yet translated."""
        return ROLE_TITLES[Role(self.role)]


@dataclass(frozen=True)
class ChildLine:
    """A child who could be paired."""

    id: UUID
    name: str
    unit_id: UUID | None
    unit_name: str | None


@dataclass(frozen=True)
class MemberLine:
    """A member and how many children they have now, in any role."""

    id: UUID
    name: str
    children: int


def pairings(
    session: Session,
    actor: Actor,
    *,
    role: str | None = None,
    unit_id: UUID | None = None,
    child_id: UUID | None = None,
    limit: int,
    offset: int = 0,
) -> tuple[list[PairingLine], int]:
    """One page of the current pairings of visible children, by child, and how many there are."""
    given: dict[str, Any] = {"actor": actor, "role": role, "unit_id": unit_id, "child_id": child_id}
    rows = _current(session, **given, limit=limit, offset=offset)
    return [PairingLine(*row) for row in rows], _number(session, **given).scalar_one()


@Read
def carers_of(_session: Session, actor: Actor, child_id: UUID, *, limit: int) -> Steps[list[PairingLine]]:
    """Who is paired with a child the actor may see."""
    given: dict[str, Any] = {"actor": actor, "role": None, "unit_id": None, "child_id": child_id}
    [rows] = yield [_current.asked(**given, limit=limit, offset=0)]
    return [PairingLine(*row) for row in rows]


@Kept
def _current(*, limit: int, offset: int, **given: Any) -> Select[Any]:
    return _narrowed(**given).order_by(Child.pinyin, Child.id, Assignment.role).limit(limit).offset(offset)


def _narrowed(*, actor: Actor, role: str | None, unit_id: UUID | None, child_id: UUID | None) -> Select[Any]:
    wanted = _select(actor).where(Assignment.until_on.is_(None), Child.status == "active")
    for column, value in ((Assignment.role, role), (Child.unit_id, unit_id), (Child.id, child_id)):
        if value is not None:
            wanted = wanted.where(column == value)
    return wanted


_number = number_of(_narrowed)


def pairing_line(session: Session, actor: Actor, assignment_id: UUID) -> PairingLine:
    """One pairing, ended or not.  Raises NotFound."""
    row = session.execute(_select(actor).where(Assignment.id == assignment_id)).one_or_none()
    if row is None:
        raise NotFound("assignment.not_found")
    return PairingLine(*row)


def children_without_carer(session: Session, actor: Actor, *, limit: int) -> tuple[list[ChildLine], int]:
    """Left-behind children whom nobody is paired with, by class, and how many there are."""
    wanted = _children().where(*without_carer(actor))
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    ordered = wanted.order_by(Unit.position, Child.pinyin, Child.id).limit(limit)
    return [ChildLine(*row) for row in session.execute(ordered)], total


def children_without(
    session: Session, actor: Actor, *, role: str, unit_id: UUID | None, limit: int
) -> Sequence[ChildLine]:
    """Left-behind children of a unit (None: of all) who have nobody in this role."""
    held = exists().where(Assignment.child_id == Child.id, Assignment.role == role, Assignment.until_on.is_(None))
    wanted = _children().where(Child.status == "active", Child.left_behind, ~held, visible_children(actor))
    if unit_id is not None:
        wanted = wanted.where(Child.unit_id == unit_id)
    ordered = wanted.order_by(Unit.position, Child.pinyin, Child.id).limit(limit)
    return [ChildLine(*row) for row in session.execute(ordered)]


def units_to_pair(session: Session, actor: Actor) -> list[tuple[UUID, str]]:
    """Units with left-behind children the actor may see, in the order of the organisation."""
    inside = exists().where(
        Child.unit_id == Unit.id, Child.status == "active", Child.left_behind, visible_children(actor)
    )
    rows = session.execute(select(Unit.id, Unit.name).where(inside).order_by(Unit.position, Unit.id))
    return [(row.id, row.name) for row in rows]


def members_to_pair(session: Session, *, now: datetime) -> Sequence[MemberLine]:
    """Everybody who serves now, with the number of children they have, by name."""
    current = and_(Assignment.membership_id == Membership.id, Assignment.until_on.is_(None))
    wanted = (
        select(Membership.id, Membership.name, func.count(func.distinct(Assignment.child_id)))
        .outerjoin(Assignment, current)
        .where(or_(Membership.until_on.is_(None), Membership.until_on >= local_day(now)))
        .group_by(Membership.tenant_id, Membership.id)
        .order_by(Membership.pinyin, Membership.id)
    )
    return [MemberLine(*row) for row in session.execute(wanted)]


def _children() -> Select[Any]:
    return select(Child.id, Child.name, Child.unit_id, Unit.name.label("unit_name")).outerjoin(
        Unit, Unit.id == Child.unit_id
    )


def _select(actor: Actor) -> Select[Any]:
    return (
        select(
            Assignment.id,
            Assignment.child_id,
            Child.name.label("child_name"),
            Unit.name.label("unit_name"),
            Assignment.membership_id,
            Membership.name.label("member_name"),
            Assignment.role,
            Assignment.from_on,
            Assignment.until_on,
        )
        .join(Child, Child.id == Assignment.child_id)
        .join(Membership, Membership.id == Assignment.membership_id)
        .outerjoin(Unit, Unit.id == Child.unit_id)
        .where(visible_children(actor))
    )
