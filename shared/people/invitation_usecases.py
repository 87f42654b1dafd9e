"""Invitations: made by an administrator for one mobile number, accepted once, by whoever holds that number."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from pypinyin import lazy_pinyin
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.kernel.audit import audit
from shared.kernel.clock import local_day
from shared.kernel.database import load, tenant_of
from shared.kernel.errors import N_, Conflict, NotAllowed, NotFound
from shared.kernel.events import record
from shared.kernel.ids import new_id
from shared.organisations.models import Unit
from shared.organisations.usecases import token_hash

from . import links, passwords
from .events import MemberInvited, MemberJoined
from .models import Invitation, Membership, Person, Seat
from .rules import ROLES_IN_UNITS, Actor, Right, Role, require
from .usecases import checked_roles, give_roles

OPEN_FOR = timedelta(days=7)
OVER = {
    "accepted": ("invitation.accepted", N_("这个邀请已经用过了，请直接登录。")),
    "withdrawn": ("invitation.withdrawn", N_("这个邀请已经收回，请联系邀请您的管理员。")),
    "expired": ("invitation.expired", N_("这个邀请已经过期，请管理员重新发一次。")),
}
OTHER_PERSON = N_("这个邀请是发给另一个手机号的。请退出登录，再打开邀请。")
KNOWN = N_("这个手机号已经有账号，请用原来的密码接受邀请。")


def invite(
    session: Session,
    *,
    phone: str,
    name: str,
    roles: Collection[str],
    unit_id: UUID | None,
    by: Actor,
    now: datetime,
) -> Invitation:
    """Open a door for a mobile number.

    Raises NotAllowed, Invalid (roles, unit), Conflict (a member already, an invitation is open).
    """
    require(by, Right.MEMBER_WRITE)
    wanted = checked_roles(session, roles, unit_id, kind=by.organisation_kind)
    member = select(Membership.id).join(Person, Person.id == Membership.person_id)
    if session.scalar(member.where(Person.phone == phone, Membership.until_on.is_(None))):
        raise Conflict("member.exists", N_("这个手机号已经是本单位的人员。"))
    waiting = select(Invitation.id).where(Invitation.phone == phone, Invitation.state == "open")
    if session.scalar(waiting.where(Invitation.expires_at > now)):
        raise Conflict("invitation.open", N_("已经邀请过这个手机号，可以在下面“待接受的邀请”里重新发送。"))
    return write_invitation(session, phone=phone, name=name, roles=wanted, unit_id=unit_id, by=by.person_id, now=now)


def write_invitation(
    session: Session,
    *,
    phone: str,
    name: str,
    roles: Collection[Role],
    by: UUID | None,
    now: datetime,
    unit_id: UUID | None = None,
) -> Invitation:
    """The row and its event in the bound organisation; the caller has checked that it may be."""
    invitation_id, unit = new_id(), str(unit_id) if unit_id else None
    invitation = Invitation(
        id=invitation_id,
        phone=phone,
        name=name,
        roles=[{"role": role, "unit_id": unit if role in ROLES_IN_UNITS else None} for role in sorted(roles)],
        token_hash=links.hash_of(session, links.INVITATION, invitation_id),
        invited_by=by,
        expires_at=now + OPEN_FOR,
    )
    session.add(invitation)
    audit(session, "member.invite", by=by, subject_kind="invitation", subject_id=invitation_id, roles=sorted(roles))
    record(session, MemberInvited(at=now, actor_id=by, invitation_id=invitation_id))
    return invitation


def withdraw(session: Session, invitation_id: UUID, *, by: Actor) -> Invitation:
    """Close the door.  Raises NotFound, NotAllowed, Conflict where it was used or withdrawn."""
    require(by, Right.MEMBER_WRITE)
    invitation = _open(load(session, Invitation, invitation_id, lock=True))
    invitation.state = "withdrawn"
    kind, person = "invitation", by.person_id
    audit(session, "member.invite_withdrawn", by=person, subject_kind=kind, subject_id=invitation.id)
    return invitation


def resend(session: Session, invitation_id: UUID, *, by: Actor, now: datetime) -> Invitation:
    """A new door with a new link for the same person; the old one closes.  Expired ones too.  Raises as `withdraw`."""
    old = withdraw(session, invitation_id, by=by)
    return renewed(session, old, by=by.person_id, now=now)


def renewed(session: Session, old: Invitation, *, by: UUID | None, now: datetime) -> Invitation:
    """The same invitation again, as a new row."""
    unit = next((one["unit_id"] for one in old.roles if one["unit_id"]), None)
    return write_invitation(
        session,
        phone=old.phone,
        name=old.name,
        roles=[Role(str(one["role"])) for one in old.roles],
        unit_id=UUID(unit) if unit else None,
        by=by,
        now=now,
    )


def invitation_of(session: Session, token: str, *, now: datetime, lock: bool = False) -> Invitation:
    """The open invitation behind a link.  Raises NotFound, Conflict (used, withdrawn, expired)."""
    wanted = select(Invitation).where(
        Invitation.tenant_id == tenant_of(session), Invitation.token_hash == token_hash(token)
    )
    if lock:
        wanted = wanted.with_for_update(key_share=True)
    invitation = session.scalars(wanted).one_or_none()
    if invitation is None:
        raise NotFound("invitation.not_found")
    if _open(invitation).expires_at <= now:
        raise Conflict(*OVER["expired"])
    return invitation


def _open(invitation: Invitation) -> Invitation:
    if invitation.state != "open":
        raise Conflict(*OVER[invitation.state])
    return invitation


def has_password(session: Session, phone: str) -> bool:
    """Whether somebody logs in with this number already."""
    found = select(Person.id).where(Person.phone == phone, Person.password_hash.is_not(None))
    return session.scalar(found) is not None


def accept_as_new(session: Session, token: str, *, name: str, new_password: str, now: datetime) -> Person:
    """Accept, with the name colleagues see and a first password.

    Raises NotFound, Conflict (invitation over, number known), Invalid at `new_password`.
    """
    invitation = invitation_of(session, token, now=now, lock=True)
    passwords.check(new_password, phone=invitation.phone, field="new_password")
    session.execute(insert(Person).values(id=new_id(), phone=invitation.phone).on_conflict_do_nothing())
    person = session.scalars(select(Person).where(Person.phone == invitation.phone).with_for_update()).one()
    if person.password_hash is not None:
        raise Conflict("person.known", KNOWN)
    person.password_hash = passwords.hashed(new_password)
    _join(session, invitation, person, name=name, now=now)
    return person


def accept_as_known(session: Session, token: str, *, person_id: UUID, now: datetime) -> Person:
    """Accept as the person who has just proved to be this one.  Raises NotFound, Conflict, NotAllowed."""
    invitation = invitation_of(session, token, now=now, lock=True)
    person = session.get_one(Person, person_id)
    if person.phone != invitation.phone:
        raise NotAllowed("invitation.other_person", OTHER_PERSON)
    _join(session, invitation, person, name=invitation.name, now=now)
    return person


def _join(session: Session, invitation: Invitation, person: Person, *, name: str, now: datetime) -> None:
    """Somebody who was a member before comes back to the same row."""
    membership = session.scalars(select(Membership).where(Membership.person_id == person.id)).one_or_none()
    if membership is None:
        membership = Membership(person_id=person.id)
        session.add(membership)
    membership.name, membership.pinyin = name, " ".join(lazy_pinyin(name))
    membership.from_on, membership.until_on = local_day(now), None
    invitation.state = "accepted"
    session.flush()
    seat = insert(Seat).values(person_id=person.id, tenant_id=tenant_of(session))
    session.execute(seat.on_conflict_do_nothing())
    give_roles(session, membership.id, {Role(str(one["role"])) for one in invitation.roles}, _unit(session, invitation))
    audit(session, "member.join", by=person.id, subject_kind="membership", subject_id=membership.id)
    joined = MemberJoined(at=now, actor_id=person.id, membership_id=membership.id, invitation_id=invitation.id)
    record(session, joined)


def _unit(session: Session, invitation: Invitation) -> UUID | None:
    """The unit, unless it was removed since."""
    unit = next((UUID(one["unit_id"]) for one in invitation.roles if one["unit_id"]), None)
    return unit if unit and session.get(Unit, (tenant_of(session), unit)) else None
