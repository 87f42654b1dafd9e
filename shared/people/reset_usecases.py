"""A forgotten password: an administrator opens a one-time door and hands over the link, never a password.

Whoever holds the link can become that person.  So a door leads only to people who sit nowhere but in the
organisations that the opener answers for, when it is opened and again when it is used.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from shared.kernel.audit import audit
from shared.kernel.database import bind, tenant_of
from shared.kernel.errors import N_, Conflict, Invalid, NotFound
from shared.kernel.events import record
from shared.kernel.ids import new_id
from shared.organisations.models import Organisation, Supervision
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
OTHER_COUNTY = N_("这位同志在外县也有岗位，本县不能单独替他重设密码。请联系网站的运维人员。")
UNKNOWN = N_("本县没有用这个手机号登录的人员。")


def start_reset(session: Session, membership_id: UUID, *, by: Actor, now: datetime) -> PasswordReset:
    """Open the door for a member.  An earlier one closes.

    Raises NotFound, NotAllowed, Conflict for somebody who sits in other organisations too.
    """
    require(by, Right.MEMBER_WRITE)
    person_id = current_member(session, membership_id).person_id
    _refuse_elsewhere(session, person_id, ELSEWHERE)
    return _start(session, person_id, by=by.person_id, now=now)


def start_reset_by_phone(session: Session, *, phone: str, by: Actor, now: datetime) -> PasswordReset:
    """The county's administrator opens the door for anybody who sits in organisations of the county alone.

    Raises NotAllowed, Invalid at `phone`, Conflict for somebody who sits in another county too.
    """
    require(by, Right.MEMBER_WRITE)
    require(by, Right.AREA_WRITE)
    seated = select(Person.id).join(Seat, Seat.person_id == Person.id)
    person_id = session.scalar(seated.where(Person.phone == phone, Seat.tenant_id.in_(_ours(session))).limit(1))
    if person_id is None:
        raise Invalid("person.not_found", errors={"phone": [UNKNOWN]})
    _refuse_elsewhere(session, person_id, OTHER_COUNTY)
    return _start(session, person_id, by=by.person_id, now=now)


def start_reset_by_operator(session: Session, *, phone: str, now: datetime) -> tuple[PasswordReset, str]:
    """Whoever runs the site opens the door for anybody; the reset and the slug of the organisation it stands in.

    Raises Invalid at `phone`.  Binds the session to that organisation.
    """
    seated = select(Person.id, Organisation.id, Organisation.slug).join(Seat, Seat.person_id == Person.id)
    seated = seated.join(Organisation, Organisation.id == Seat.tenant_id).where(Organisation.status == "active")
    found = session.execute(seated.where(Person.phone == phone).order_by(Organisation.id).limit(1)).first()
    if found is None:
        raise Invalid("person.not_found", UNKNOWN, errors={"phone": [UNKNOWN]})
    person_id, tenant_id, slug = found
    bind(session, tenant_id)
    return _start(session, person_id, by=None, now=now), slug


def _ours(session: Session) -> Select[tuple[UUID]]:
    """The organisations that the bound one lets people into: itself, and of a county's office all of the county."""
    county = Supervision.superior_id == tenant_of(session), Supervision.line == Line.COUNTY
    below = select(Supervision.subordinate_id).where(*county)
    return select(Organisation.id).where(Organisation.id.in_(below) | (Organisation.id == tenant_of(session)))


def _refuse_elsewhere(session: Session, person_id: UUID, said: str) -> None:
    elsewhere = select(Seat.tenant_id).where(Seat.person_id == person_id, Seat.tenant_id.not_in(_ours(session)))
    if session.scalar(elsewhere.limit(1)):
        raise Conflict("person.seats_elsewhere", said)


def _start(session: Session, person_id: UUID, *, by: UUID | None, now: datetime) -> PasswordReset:
    earlier = update(PasswordReset).where(PasswordReset.person_id == person_id, PasswordReset.state == "open")
    session.execute(earlier.values(state="withdrawn"))
    reset_id = new_id()
    reset = PasswordReset(
        id=reset_id,
        person_id=person_id,
        token_hash=links.hash_of(session, links.RESET, reset_id),
        started_by=by,
        expires_at=now + OPEN_FOR,
    )
    session.add(reset)
    audit(session, "password.reset_start", by=by, subject_kind="person", subject_id=person_id)
    record(session, PasswordResetStarted(at=now, actor_id=by, reset_id=reset_id, person_id=person_id))
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
    # The lock keeps a seat from being taken in between: its foreign key waits for it.
    person = session.scalars(select(Person).where(Person.id == reset.person_id).with_for_update()).one()
    if reset.started_by is not None:
        _refuse_elsewhere(session, person.id, ELSEWHERE)
    passwords.check(new_password, phone=person.phone, field="new_password")
    sessions.set_password(session, person, new_password, keep=None, now=now)
    reset.state = "used"
    audit(session, "password.reset_finish", by=person.id, subject_kind="person", subject_id=person.id)
    return person
