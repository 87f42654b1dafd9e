"""A forgotten password: an administrator opens a one-time door and hands over the link, never a password."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shared.kernel.audit import audit
from shared.kernel.database import tenant_of
from shared.kernel.errors import N_, Conflict, Invalid, NotFound
from shared.kernel.events import record
from shared.kernel.ids import new_id
from shared.organisations.models import Supervision
from shared.organisations.rules import Line
from shared.organisations.usecases import token_hash

from . import links, passwords, sessions
from .events import PasswordResetStarted
from .models import PasswordReset, Person, Seat
from .rules import Actor, Right, require
from .usecases import current_member

OPEN_FOR = timedelta(hours=24)
OVER = N_("这个链接已经用过或过期，请管理员重新生成一个。")
ELSEWHERE = N_("这位同志还在别的单位任职，一个单位不能单独替他重设密码。请联系县级管理员。")
UNKNOWN = N_("本县没有用这个手机号登录的人员。")


def start_reset(session: Session, membership_id: UUID, *, by: Actor, now: datetime) -> PasswordReset:
    """Open the door for a member.  An earlier one closes.

    Raises NotFound, NotAllowed, Conflict for somebody who sits in other organisations too: one administrator must
    not reach into another organisation by this road.
    """
    require(by, Right.MEMBER_WRITE)
    person_id = current_member(session, membership_id).person_id
    elsewhere = select(Seat.tenant_id).where(Seat.person_id == person_id, Seat.tenant_id != tenant_of(session))
    if session.scalar(elsewhere.limit(1)):
        raise Conflict("person.seats_elsewhere", ELSEWHERE)
    return _start(session, person_id, by=by, now=now)


def start_reset_by_phone(session: Session, *, phone: str, by: Actor, now: datetime) -> PasswordReset:
    """The county's administrator opens the door for anybody who sits in an organisation of the county.

    Raises NotAllowed, Invalid at `phone`.
    """
    require(by, Right.MEMBER_WRITE)
    require(by, Right.AREA_WRITE)
    below = select(Supervision.subordinate_id).where(
        Supervision.superior_id == by.tenant_id, Supervision.line == Line.COUNTY
    )
    seated = (
        select(Person.id)
        .join(Seat, Seat.person_id == Person.id)
        .where(Person.phone == phone, Seat.tenant_id.in_(below) | (Seat.tenant_id == by.tenant_id))
    )
    person_id = session.scalar(seated.limit(1))
    if person_id is None:
        raise Invalid("person.not_found", errors={"phone": [UNKNOWN]})
    return _start(session, person_id, by=by, now=now)


def _start(session: Session, person_id: UUID, *, by: Actor, now: datetime) -> PasswordReset:
    earlier = update(PasswordReset).where(PasswordReset.person_id == person_id, PasswordReset.state == "open")
    session.execute(earlier.values(state="withdrawn"))
    reset_id = new_id()
    reset = PasswordReset(
        id=reset_id,
        person_id=person_id,
        token_hash=links.hash_of(session, links.RESET, reset_id),
        started_by=by.person_id,
        expires_at=now + OPEN_FOR,
    )
    session.add(reset)
    audit(session, "password.reset_start", by=by.person_id, subject_kind="person", subject_id=person_id)
    record(session, PasswordResetStarted(at=now, actor_id=by.person_id, reset_id=reset_id, person_id=person_id))
    return reset


def reset_of(session: Session, token: str, *, now: datetime, lock: bool = False) -> PasswordReset:
    """The open reset behind a link.  Raises NotFound, Conflict (used, expired)."""
    wanted = select(PasswordReset).where(
        PasswordReset.tenant_id == tenant_of(session), PasswordReset.token_hash == token_hash(token)
    )
    reset = session.scalars(wanted.with_for_update(key_share=True) if lock else wanted).one_or_none()
    if reset is None:
        raise NotFound("password_reset.not_found")
    if reset.state != "open" or reset.expires_at <= now:
        raise Conflict("password_reset.over", OVER)
    return reset


def finish_reset(session: Session, token: str, *, new_password: str, now: datetime) -> Person:
    """Set the password the person chose; all their devices are logged out.  Raises NotFound, Conflict, Invalid."""
    reset = reset_of(session, token, now=now, lock=True)
    person = session.scalars(select(Person).where(Person.id == reset.person_id).with_for_update()).one()
    passwords.check(new_password, phone=person.phone, field="new_password")
    sessions.set_password(session, person, new_password, keep=None, now=now)
    reset.state = "used"
    audit(session, "password.reset_finish", by=person.id, subject_kind="person", subject_id=person.id)
    return person
