"""Log-in: a mobile number and a password become one row per device, which can be listed and ended."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, or_, select, update
from sqlalchemy.orm import Session

from shared.kernel.errors import N_, Invalid, NotFound
from shared.organisations.models import Organisation

from . import passwords
from .models import LoginSession, Person, Seat

TRIES = 10
TRIES_WITHIN = timedelta(minutes=15)
IDLE = timedelta(days=14)  # nobody is made to log in again for form's sake (国办函〔2026〕12号)
LONGEST = timedelta(days=90)
WRONG = N_("手机号或密码不对。请检查后再试；连续输错 10 次，要等 15 分钟。")


def log_in(
    session: Session, phone: str, password: str, *, device: str, now: datetime
) -> tuple[Person, LoginSession, str] | None:
    """The person, the new device row and its token; None when number and password do not fit.

    The try is counted before the password is looked at, so commit in either case.  An unknown number, a wrong
    password and too many tries cost the same time and are not told apart.  `now` is database time.
    """
    person = _counted(session, phone, now=now)
    fits = passwords.matches(person.password_hash if person else None, password)
    if person is None or not fits or person.disabled_at or person.failed_tries > TRIES:
        return None
    person.failed_tries, person.failed_since = 0, None
    if person.password_hash and passwords.is_outdated(person.password_hash):
        person.password_hash = passwords.hashed(password)
    row, token = start_session(session, person, device=device, now=now)
    return person, row, token


def _counted(session: Session, phone: str, *, now: datetime) -> Person | None:
    """One more try for this number, in one statement: parallel guesses cannot share a count."""
    over = or_(Person.failed_since.is_(None), Person.failed_since < now - TRIES_WITHIN)
    counted = (
        update(Person)
        .where(Person.phone == phone)
        .values(
            failed_tries=case((over, 1), else_=Person.failed_tries + 1),
            failed_since=case((over, now), else_=Person.failed_since),
        )
        .returning(Person)
        .execution_options(populate_existing=True)
    )
    return session.scalars(counted).one_or_none()


def start_session(session: Session, person: Person, *, device: str, now: datetime) -> tuple[LoginSession, str]:
    """A new device row and its token (256 random bits); only the hash is kept."""
    token = secrets.token_urlsafe(32)
    row = LoginSession(
        person_id=person.id, token_hash=hashed(token), device=device[:200], created_at=now, last_seen_at=now
    )
    session.add(row)
    session.flush()
    return row, token


def list_sessions(session: Session, person_id: UUID, *, now: datetime) -> Sequence[LoginSession]:
    """The devices that are logged in, the latest first."""
    wanted = select(LoginSession).where(LoginSession.person_id == person_id, *alive(now))
    return session.scalars(wanted.order_by(LoginSession.last_seen_at.desc(), LoginSession.id)).all()


def end_session(session: Session, person_id: UUID, session_id: UUID, *, now: datetime) -> None:
    """Log one of the person's devices out.  Raises NotFound."""
    ended = session.execute(
        update(LoginSession)
        .where(LoginSession.id == session_id, LoginSession.person_id == person_id)
        .where(LoginSession.ended_at.is_(None))
        .values(ended_at=now)
        .returning(LoginSession.id)
    ).first()
    if ended is None:
        raise NotFound("login_session.not_found", N_("这台设备已经退出登录。"))


def end_other_sessions(session: Session, person_id: UUID, *, keep: UUID | None, now: datetime) -> None:
    """Log out every device but `keep`."""
    session.execute(
        update(LoginSession)
        .where(LoginSession.person_id == person_id, LoginSession.ended_at.is_(None))
        .where(LoginSession.id != keep if keep else LoginSession.id.is_not(None))
        .values(ended_at=now)
    )


def change_password(session: Session, person_id: UUID, *, old: str, new: str, keep: UUID | None, now: datetime) -> bool:
    """Set a new password and log out all devices but `keep`; False when the old one is wrong.

    The try is counted like one at the log-in, so commit in either case.  Raises Invalid at `new_password`.
    """
    phone = session.scalars(select(Person.phone).where(Person.id == person_id)).one()
    passwords.check(new, phone=phone, field="new_password")
    person = _counted(session, phone, now=now)
    if person is None or not passwords.matches(person.password_hash, old) or person.failed_tries > TRIES:
        return False
    set_password(session, person, new, keep=keep, now=now)
    return True


def set_password(session: Session, person: Person, new: str, *, keep: UUID | None, now: datetime) -> None:
    """Set a checked password; whoever knew the old one is out."""
    if person.password_hash and passwords.matches(person.password_hash, new):
        said = N_("新密码和旧密码一样，请换一个。")
        raise Invalid("password.same", errors={"new_password": [said]})
    person.password_hash = passwords.hashed(new)
    person.must_change_password = False
    person.failed_tries, person.failed_since = 0, None
    end_other_sessions(session, person.id, keep=keep, now=now)


def seats_of(session: Session, person_id: UUID) -> Sequence[Organisation]:
    """The organisations the person may enter, by name."""
    wanted = (
        select(Organisation)
        .join(Seat, Seat.tenant_id == Organisation.id)
        .where(Seat.person_id == person_id, Organisation.status == "active")
        .order_by(Organisation.name)
    )
    return session.scalars(wanted).all()


def alive(now: Any) -> tuple[ColumnElement[bool], ...]:
    """Of devices: neither ended nor left lying for too long."""
    return (
        LoginSession.ended_at.is_(None),
        LoginSession.last_seen_at > now - IDLE,
        LoginSession.created_at > now - LONGEST,
    )


def hashed(token: str) -> str:
    """What is kept of a token."""
    return sha256(token.encode()).hexdigest()
