"""Pairing carers with children, one by one or a whole class at once, and ending or changing it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from shared.children.models import Child
from shared.children.queries import child_in_scope, visible_children
from shared.kernel.audit import audit
from shared.kernel.clock import local_day
from shared.kernel.errors import N_, Conflict, Invalid, NotFound
from shared.kernel.events import record as happened
from shared.people.models import Membership
from shared.people.rules import Actor, Right, require

from . import pairing_rules as rules
from .events import PairingChanged
from .models import Assignment

TAKEN = N_("%(child)s 已经有人担任这个角色。要换人，请用“换人”。")
NOBODY = N_("请选择现在在岗的人员。")


@dataclass(frozen=True)
class QuotaWarning:
    """A member now has more children in a role than are meant for one; said, never refused (M85, M86)."""

    membership_id: UUID
    name: str
    role: str
    children: int
    quota: int


@dataclass(frozen=True)
class Paired:
    """What was written, and what to say about it."""

    assignments: Sequence[Assignment]
    warnings: Sequence[QuotaWarning]


def pair(
    session: Session,
    *,
    child_id: UUID,
    membership_id: UUID,
    role: str,
    from_on: date | None = None,
    by: Actor,
    now: datetime,
) -> Paired:
    """Pair a member with a child in a carer role.

    Raises NotFound, NotAllowed, Invalid; Conflict `pairing.taken` where somebody has that role for the child.
    """
    require(by, Right.PAIRING_WRITE)
    _check_role(by, role)
    rules.check_from(from_on, today=local_day(now))
    child = child_in_scope(session, by, child_id)
    member = _serving(session, [membership_id], now=now)[0]
    _refuse_taken(session, [child], role)
    row = _begin(session, child.id, member, role, from_on or local_day(now))
    return _done(session, [row], role=role, by=by, now=now)


def pair_many(
    session: Session,
    *,
    child_ids: Collection[UUID],
    membership_ids: Sequence[UUID],
    role: str,
    by: Actor,
    now: datetime,
) -> Paired:
    """Pair each of the children with one of the members, evenly: who has fewest children is next.

    Raises as `pair` does; nothing is written then.
    """
    require(by, Right.PAIRING_WRITE)
    _check_role(by, role)
    children = _children(session, by, child_ids)
    members = _serving(session, membership_ids, now=now)
    _refuse_taken(session, children, role)
    load = {one.id: 0 for one in members} | _children_of(session, [one.id for one in members], role)
    rows = []
    for child in children:
        member = min(members, key=lambda one: (load[one.id], membership_ids.index(one.id)))
        load[member.id] += 1
        rows.append(_begin(session, child.id, member, role, local_day(now)))
    return _done(session, rows, role=role, by=by, now=now)


def end_pairing(session: Session, assignment_id: UUID, *, by: Actor, now: datetime) -> Assignment:
    """End a pairing today.  Raises NotFound, NotAllowed, Conflict where it has ended."""
    row = _to_change(session, assignment_id, by=by)
    _end(session, row, by=by, now=now)
    return row


def change_carer(session: Session, assignment_id: UUID, *, membership_id: UUID, by: Actor, now: datetime) -> Paired:
    """Hand a child's place over to another member in the same role, today."""
    row = _to_change(session, assignment_id, by=by)
    member = _serving(session, [membership_id], now=now)[0]
    if member.id == row.membership_id:
        said = N_("现在就是这个人，不用换。")
        raise Invalid("pairing.same", errors={"membership_id": [said]})
    _end(session, row, by=by, now=now)
    new = _begin(session, row.child_id, member, row.role, local_day(now))
    return _done(session, [new], role=row.role, by=by, now=now)


def _check_role(by: Actor, role: str) -> None:
    if role not in rules.roles_for(by.organisation_kind):
        raise Invalid("pairing.role", errors={"role": [N_("本单位没有这个结对角色。")]})


def _children(session: Session, by: Actor, child_ids: Collection[UUID]) -> list[Child]:
    wanted = select(Child).where(Child.id.in_(child_ids), visible_children(by)).order_by(Child.pinyin, Child.id)
    found = list(session.scalars(wanted))
    if len(found) != len(set(child_ids)):
        raise NotFound("child.not_found")
    return found


def _serving(session: Session, membership_ids: Collection[UUID], *, now: datetime) -> list[Membership]:
    serving = or_(Membership.until_on.is_(None), Membership.until_on >= local_day(now))
    found = list(session.scalars(select(Membership).where(Membership.id.in_(membership_ids), serving)))
    if not found or len(found) != len(set(membership_ids)):
        raise NotFound("membership.not_found", NOBODY)
    return found


def _refuse_taken(session: Session, children: Sequence[Child], role: str) -> None:
    held_still = select(Child.id).where(Child.id.in_([child.id for child in children])).order_by(Child.id)
    session.execute(held_still.with_for_update(key_share=True))  # two people pairing the same child go one by one
    taken = select(Assignment.child_id).where(
        Assignment.child_id.in_([child.id for child in children]),
        Assignment.role == role,
        Assignment.until_on.is_(None),
    )
    held = set(session.scalars(taken))
    for child in children:
        if child.id in held:
            raise Conflict("pairing.taken", TAKEN, child=child.name)


def _children_of(session: Session, membership_ids: Sequence[UUID], role: str) -> dict[UUID, int]:
    counted = (
        select(Assignment.membership_id, func.count().label("number"))
        .join(Child, Child.id == Assignment.child_id)
        .where(Assignment.membership_id.in_(membership_ids), Assignment.role == role)
        .where(Assignment.until_on.is_(None), Child.status == "active")
        .group_by(Assignment.membership_id)
    )
    return {row.membership_id: row.number for row in session.execute(counted)}


def _begin(session: Session, child_id: UUID, member: Membership, role: str, from_on: date) -> Assignment:
    row = Assignment(child_id=child_id, membership_id=member.id, role=role, from_on=from_on, until_on=None)
    session.add(row)
    return row


def _done(session: Session, rows: Sequence[Assignment], *, role: str, by: Actor, now: datetime) -> Paired:
    """Write what follows from new pairings: one event and one audit entry for each member."""
    session.flush()
    members = sorted({row.membership_id for row in rows}, key=str)
    for member in members:
        children = tuple(row.child_id for row in rows if row.membership_id == member)
        _tell(session, "pairing.begun", member, role, children, by=by, now=now)
    return Paired(rows, _warnings(session, members, role))


def _warnings(session: Session, members: Sequence[UUID], role: str) -> list[QuotaWarning]:
    counts = _children_of(session, members, role)
    over = {one: quota for one, number in counts.items() if (quota := rules.over_quota(role, number))}
    if not over:
        return []
    named = select(Membership).where(Membership.id.in_(over)).order_by(Membership.pinyin, Membership.id)
    return [QuotaWarning(m.id, m.name, role, counts[m.id], over[m.id]) for m in session.scalars(named)]


def _to_change(session: Session, assignment_id: UUID, *, by: Actor) -> Assignment:
    require(by, Right.PAIRING_WRITE)
    wanted = (
        select(Assignment)
        .join(Child, Child.id == Assignment.child_id)
        .where(Assignment.id == assignment_id, visible_children(by))
        .with_for_update(key_share=True, of=Assignment)
        .execution_options(populate_existing=True)
    )
    row = session.scalars(wanted).one_or_none()
    if row is None:
        raise NotFound("assignment.not_found")
    if row.until_on is not None:
        raise Conflict("pairing.ended", N_("这个结对已经结束。"))
    return row


def _end(session: Session, row: Assignment, *, by: Actor, now: datetime) -> None:
    row.until_on = local_day(now)
    session.flush()
    _tell(session, "pairing.ended", row.membership_id, row.role, (row.child_id,), by=by, now=now)


def _tell(
    session: Session,
    action: str,
    member: UUID,
    role: str,
    children: tuple[UUID, ...],
    *,
    by: Actor,
    now: datetime,
) -> None:
    audit(
        session,
        action,
        by=by.person_id,
        subject_kind="membership",
        subject_id=member,
        role=role,
        children=[str(child) for child in children],
    )
    happened(
        session,
        PairingChanged(at=now, actor_id=by.person_id, membership_id=member, role=role, child_ids=children),
    )
