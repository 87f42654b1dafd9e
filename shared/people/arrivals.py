"""Who stands at the door: a device with a token, or a script's key, and whom they are in the organisation asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Date, ScalarSelect, Select, and_, cast, func, or_, select, update
from sqlalchemy.orm import Session

from shared.kernel.clock import db_now
from shared.kernel.database import binding, rebinding, table_of
from shared.kernel.models import ApiKey
from shared.kernel.together import Read, Steps
from shared.organisations.models import Area, Organisation, Unit

from .kept import Kept
from .models import LoginSession, MemberRole, Membership, Person, Seat
from .rules import ROLES_OF_KIND, Actor, Role
from .sessions import alive, hashed

SEEN_EVERY = timedelta(minutes=5)
OFFICIAL_KINDS = ("county", "bureau")  # organisations that look down on an area
PLACE = [column.label(f"place_{column.name}") for column in table_of(Organisation).c]


@dataclass(frozen=True)
class Visitor:
    """A person who is logged in, as far as every page asks, and the device they hold.

    `seen_at`: when it was last written down that they use it.
    """

    id: UUID
    phone: str
    language: str
    large_print: bool
    must_change_password: bool
    device_id: UUID
    seen_at: datetime


@dataclass(frozen=True)
class Arrival:
    """A visitor, the open organisation of an address (`org`), and whom they are there: None for a stranger.

    Of an address that names an `area`: that, and the offices looking down on it in which they sit.
    """

    address: tuple[str | None, str | None]
    visitor: Visitor
    organisation: Organisation | None
    actor: Actor | None
    area: Area | None
    offices: Sequence[Organisation]


def visitor(person: Any, *, device_id: UUID, seen_at: datetime) -> Visitor:
    """Who is logged in: of a person, or of a row with the same columns."""
    return Visitor(
        id=person.id,
        phone=person.phone,
        language=person.language,
        large_print=person.large_print,
        must_change_password=person.must_change_password,
        device_id=device_id,
        seen_at=seen_at,
    )


@Read
def arrival(session: Session, token: str, org: str | None = None, area: str | None = None) -> Steps[Arrival | None]:
    """Who the token stands for; None when it was ended, has expired, or the person was disabled.

    Every page asks this first, so all in one round trip: whoever has a seat in the organisation of the address
    leaves the transaction bound to it.
    """
    holder = hashed(token)
    there = [_serving_there.asked(token_hash=holder)] if org is not None else []
    above = [_offices.asked(slug=area, token_hash=holder)] if area is not None else []
    devices, *more = yield [_device.asked(token_hash=holder, slug=org), *there, *above]
    if not devices:
        return None
    row = devices[0]
    organisation = _place(row) if org is not None and row.place_id else None
    if organisation and row.bound:
        session.info["tenant_id"] = organisation.id
    actor = _actor(row.id, organisation, more[0]) if organisation else None
    looked_at, offices = _looking_down(more[-1]) if above else (None, [])
    seen_at = _seen(session, row.device_id, row.last_seen_at)
    who = visitor(row, device_id=row.device_id, seen_at=seen_at)
    return Arrival((org, area), who, organisation, actor, looked_at, offices)


def _place(row: Any) -> Organisation:
    return Organisation(**{column.element.name: getattr(row, column.name) for column in PLACE})


def _seen(session: Session, device_id: UUID, at: datetime) -> datetime:
    """Every few minutes it is written down that a device is used."""
    now = db_now(session)
    if at >= now - SEEN_EVERY:
        return at
    session.execute(update(LoginSession).where(LoginSession.id == device_id).values(last_seen_at=now))
    return now


@Kept
def _device(*, token_hash: str, slug: str | None) -> Select[Any]:
    """The person and the device; with an address its organisation, and the binding to it for whoever sits there."""
    person = (Person.id, Person.phone, Person.language, Person.large_print, Person.must_change_password)
    wanted = (
        select(*person, LoginSession.id.label("device_id"), LoginSession.last_seen_at)
        .join(LoginSession, LoginSession.person_id == Person.id)
        .where(LoginSession.token_hash == token_hash, *alive(func.now()), Person.disabled_at.is_(None))
    )
    if slug is None:
        return wanted
    seat = and_(Seat.person_id == Person.id, Seat.tenant_id == Organisation.id)
    return (
        wanted.add_columns(*PLACE, binding(table_of(Seat).c.tenant_id).label("bound"))
        .outerjoin(Organisation, and_(Organisation.slug == slug, Organisation.status == "active"))
        .outerjoin(Seat, seat)
    )


@Kept
def _serving_there(*, token_hash: str) -> Select[Any]:
    """`_serving` of whoever holds the token, in the organisation that has just been bound."""
    return _serving.build(person_id=_holder(token_hash), tenant_id=Membership.tenant_id)


@Read
def offices(_session: Session, slug: str) -> Steps[tuple[Area | None, list[Organisation]]]:
    """The area of that address and the offices that look down on it, the nearest first; no area where nobody does."""
    [rows] = yield [_offices.asked(slug=slug, token_hash=None)]
    return _looking_down(rows)


def _looking_down(rows: Sequence[Any]) -> tuple[Area | None, list[Organisation]]:
    area = Area(**{column.name: getattr(rows[0], column.name) for column in table_of(Area).c}) if rows else None
    return area, [_place(row) for row in rows]


@Kept
def _offices(*, slug: str, token_hash: str | None) -> Select[Any]:
    """With a token those alone in which its holder sits."""
    named = select(Area).where(Area.slug == slug).subquery()
    above = select(named.c.id, named.c.parent_id).cte("above", recursive=True)
    above = above.union_all(select(Area.id, Area.parent_id).where(Area.id == above.c.parent_id))
    wanted = (
        select(*named.c, *PLACE)
        .select_from(named)
        .join(Organisation, Organisation.area_id.in_(select(above.c.id)))
        .where(Organisation.kind.in_(OFFICIAL_KINDS), Organisation.status == "active")
        .order_by(Organisation.area_id != named.c.id, Organisation.kind, Organisation.slug)
    )
    if token_hash is None:
        return wanted
    seat = and_(Seat.tenant_id == Organisation.id, Seat.person_id == _holder(token_hash))
    return wanted.join(Seat, seat)


def _holder(token_hash: str) -> ScalarSelect[UUID]:
    return select(LoginSession.person_id).where(LoginSession.token_hash == token_hash).scalar_subquery()


@Read
def actor_in(
    session: Session, person_id: UUID, organisation: Organisation, *, rebind: bool = False
) -> Steps[Actor | None]:
    """The person with the roles of the bound organisation; None for a stranger or a former member.

    The seat decides at once: it goes in the transaction that ends the membership.  `rebind`: the transaction is not
    bound to the organisation yet, and is from here on.
    """
    bound = [rebinding(session, organisation.id)] if rebind else []
    *_, rows = yield [*bound, _serving.asked(person_id=person_id, tenant_id=organisation.id)]
    return _actor(person_id, organisation, rows)


def _actor(person_id: UUID, organisation: Organisation, rows: Sequence[Any]) -> Actor | None:
    if not rows:
        return None
    first = rows[0]
    return Actor(
        tenant_id=organisation.id,
        organisation_kind=organisation.kind,
        person_id=person_id,
        membership_id=first.id,
        name=first.name,
        roles=frozenset(Role(row.role) for row in rows if row.role),
        unit_ids=frozenset(row.unit_id for row in rows if row.unit_id) | frozenset(first.headed),
    )


@Kept
def _serving(*, person_id: UUID, tenant_id: UUID) -> Select[Any]:
    """One row for each role, with the units that the member heads."""
    today = cast(func.timezone("Asia/Shanghai", func.now()), Date)
    headed = select(Unit.id).where(Unit.head_id == Membership.id).correlate(Membership).scalar_subquery()
    return (
        select(Membership.id, Membership.name, MemberRole.role, MemberRole.unit_id, func.array(headed).label("headed"))
        .join(Seat, and_(Seat.person_id == Membership.person_id, Seat.tenant_id == tenant_id))
        .outerjoin(MemberRole, MemberRole.membership_id == Membership.id)
        .where(Membership.person_id == person_id, or_(Membership.until_on.is_(None), Membership.until_on >= today))
    )


def actor_of_key(key: ApiKey, organisation: Organisation) -> Actor:
    """A script acts for the whole organisation; what it may is limited by its scopes at the door."""
    return Actor(
        tenant_id=organisation.id,
        organisation_kind=organisation.kind,
        person_id=key.created_by or key.id,
        membership_id=None,
        name=key.name,
        roles=frozenset(ROLES_OF_KIND[organisation.kind]),
    )
