"""Roles of members, heads of units, and the end of a membership."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.kernel.audit import audit
from shared.kernel.clock import local_day
from shared.kernel.database import load, tenant_of
from shared.kernel.errors import N_, Conflict, Invalid, NotFound
from shared.kernel.events import record
from shared.kernel.ids import new_id
from shared.organisations.models import Unit

from .events import MemberLeft, MemberRolesChanged
from .models import LoginSession, MemberRole, Membership, Seat
from .rules import ADMIN_OF_KIND, HEAD_OF_UNIT, ROLES_IN_UNITS, Actor, Right, Role, require, roles_fit

LAST_ADMINISTRATOR = N_("这是本单位最后一位管理员。请先让另一位同事担任管理员。")


def change_roles(
    session: Session,
    membership_id: UUID,
    *,
    roles: Collection[str],
    unit_id: UUID | None,
    by: Actor,
    now: datetime,
) -> Membership:
    """Replace a member's roles; `unit_id` adds a unit to the roles held in one, other units of theirs stay.

    Raises NotFound, NotAllowed, Invalid (role of another kind, unit), Conflict (last administrator).
    """
    require(by, Right.MEMBER_WRITE)
    wanted = checked_roles(session, roles, unit_id, kind=by.organisation_kind)
    if ADMIN_OF_KIND[by.organisation_kind] not in wanted:
        _keep_an_administrator(session, but=membership_id, kind=by.organisation_kind)
    membership = current_member(session, membership_id)
    give_roles(session, membership.id, wanted, unit_id)
    _audit(session, "member.roles", membership.id, by=by, roles=sorted(wanted))
    record(session, MemberRolesChanged(at=now, actor_id=by.person_id, membership_id=membership.id))
    return membership


def end_membership(session: Session, membership_id: UUID, *, by: Actor, now: datetime) -> Membership:
    """End a membership now; a person without another seat is logged out of every device at once.

    Units they looked after are without a head from here on.  Raises NotFound, NotAllowed, Conflict.
    """
    require(by, Right.MEMBER_WRITE)
    _keep_an_administrator(session, but=membership_id, kind=by.organisation_kind)
    membership = current_member(session, membership_id)
    membership.until_on = local_day(now) - timedelta(days=1)
    session.execute(update(Unit).where(Unit.head_id == membership.id).values(head_id=None))
    seats = delete(Seat).where(Seat.person_id == membership.person_id)
    session.execute(seats.where(Seat.tenant_id == tenant_of(session)))
    if not session.scalar(select(Seat.tenant_id).where(Seat.person_id == membership.person_id).limit(1)):
        _log_out_everywhere(session, membership.person_id, now=now)
    _audit(session, "member.end", membership.id, by=by)
    record(session, MemberLeft(at=now, actor_id=by.person_id, membership_id=membership.id))
    return membership


def _log_out_everywhere(session: Session, person_id: UUID, *, now: datetime) -> None:
    live = LoginSession.ended_at.is_(None)
    session.execute(update(LoginSession).where(LoginSession.person_id == person_id, live).values(ended_at=now))


def assign_head(session: Session, unit_id: UUID, *, head_id: UUID | None, by: Actor, now: datetime) -> Unit:
    """Say who looks after a unit: the one before loses the role in this unit, the new one gets it.

    Raises NotFound, NotAllowed, Invalid at `head_id`.
    """
    require(by, Right.UNIT_WRITE)
    unit = load(session, Unit, unit_id, lock=True)
    if head_id:
        _check_member(session, head_id)
    before, unit.head_id = unit.head_id, head_id
    role = HEAD_OF_UNIT.get(unit.kind)
    if role and before and before != head_id:
        of_unit = delete(MemberRole).where(MemberRole.membership_id == before, MemberRole.role == role)
        session.execute(of_unit.where(MemberRole.unit_id == unit.id))
    if role and head_id:
        _add_role(session, head_id, role, unit.id)
    _audit_unit(session, unit, by=by)
    for membership_id in (before, head_id):
        if membership_id and before != head_id:
            record(session, MemberRolesChanged(at=now, actor_id=by.person_id, membership_id=membership_id))
    return unit


def _check_member(session: Session, membership_id: UUID) -> None:
    try:
        current_member(session, membership_id)
    except NotFound as unknown:
        raise Invalid("unit.head", errors={"head_id": [N_("请从列表里选择。")]}) from unknown


def current_member(session: Session, membership_id: UUID) -> Membership:
    """The membership, locked.  Raises NotFound for one that has ended too."""
    membership = load(session, Membership, membership_id, lock=True)
    if membership.until_on is not None:
        raise NotFound("membership.not_found")
    return membership


def checked_roles(session: Session, roles: Collection[str], unit_id: UUID | None, *, kind: str) -> set[Role]:
    """The roles, if an organisation of this kind has them and the unit is one they can be held in."""
    wanted = {Role(role) for role in roles}
    if not wanted or not roles_fit(kind, wanted):
        raise Invalid("roles.kind", errors={"roles": [N_("本单位没有这个岗位，请从列表里选择。")]})
    if unit_id is not None:
        unit = session.get(Unit, (tenant_of(session), unit_id))
        role = HEAD_OF_UNIT.get(unit.kind) if unit else None
        if role not in wanted:
            said = N_("请从列表里选择，并勾选相应的岗位（如班主任）。")
            raise Invalid("roles.unit", errors={"unit_id": [said]})
    return wanted


def give_roles(session: Session, membership_id: UUID, roles: set[Role], unit_id: UUID | None) -> None:
    """Make these the member's roles; a unit without a head gets this one where the role looks after it."""
    gone = delete(MemberRole).where(MemberRole.membership_id == membership_id, MemberRole.role.not_in(roles))
    session.execute(gone)
    _leave_units(session, membership_id, roles)
    for role in sorted(roles):
        _add_role(session, membership_id, role, unit_id if role in ROLES_IN_UNITS else None)
    if unit_id:
        free = update(Unit).where(Unit.id == unit_id, Unit.head_id.is_(None))
        session.execute(free.values(head_id=membership_id))


def _leave_units(session: Session, membership_id: UUID, roles: set[Role]) -> None:
    kinds = [kind for kind, role in HEAD_OF_UNIT.items() if role not in roles]
    headed = update(Unit).where(Unit.head_id == membership_id, Unit.kind.in_(kinds))
    session.execute(headed.values(head_id=None))


def _add_role(session: Session, membership_id: UUID, role: Role, unit_id: UUID | None) -> None:
    """Add the role; held in a unit, it is no longer one without; without a unit, one held in a unit suffices."""
    same = (MemberRole.membership_id == membership_id, MemberRole.role == role)
    if unit_id is not None:
        session.execute(delete(MemberRole).where(*same, MemberRole.unit_id.is_(None)))
    elif session.scalar(select(MemberRole.id).where(*same).limit(1)):
        return
    values = {"membership_id": membership_id, "role": role, "unit_id": unit_id}
    new = insert(MemberRole).values(tenant_id=tenant_of(session), id=new_id(), **values)
    session.execute(new.on_conflict_do_nothing())


def _keep_an_administrator(session: Session, *, but: UUID, kind: str) -> None:
    """Raises Conflict where nobody else administers.

    Locks all of them in one order, and before any other row: two who remove each other at once come one after
    the other here, neither can be left over nor wait for the other in a circle.
    """
    administrators = session.execute(
        select(MemberRole.membership_id)
        .join(Membership, Membership.id == MemberRole.membership_id)
        .where(MemberRole.role == ADMIN_OF_KIND[kind], Membership.until_on.is_(None))
        .order_by(MemberRole.membership_id)
        .with_for_update(key_share=True)
    ).scalars()
    if set(administrators) == {but}:
        raise Conflict("member.last_administrator", LAST_ADMINISTRATOR)


def _audit(session: Session, action: str, membership_id: UUID, *, by: Actor, **detail: object) -> None:
    person, kind = by.person_id, "membership"
    audit(session, action, by=person, subject_kind=kind, subject_id=membership_id, **detail)


def _audit_unit(session: Session, unit: Unit, *, by: Actor) -> None:
    head = str(unit.head_id) if unit.head_id else None
    audit(session, "unit.head", by=by.person_id, subject_kind="unit", subject_id=unit.id, head_id=head)
