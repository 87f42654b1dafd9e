"""The people and places of the tests: a county with its organisations, and a school that is a stranger to the other.

Every cast has addresses and mobile numbers of its own, so that the tests of a worker can share one database.
"""

import base64
import itertools
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import psycopg
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from services.worker.drain import drain
from services.worker.sweeper import sweep_all
from shared.bootstrap import House, build
from shared.children.models import Child, ChildIdentity
from shared.children.pinyin import pinyin_key
from shared.kernel.clock import CHINA, db_now
from shared.kernel.settings import Settings
from shared.organisations.models import Area, Organisation, Supervision, Term, Unit
from shared.organisations.rules import BureauKind, Kind, lines_with
from shared.organisations.rules import Place as OnTheMap
from shared.people import passwords
from shared.people.models import MemberRole, Membership, Person, Seat
from shared.people.rules import Actor, Role
from shared.people.sessions import start_session
from tests.support.cluster import Urls, dsn
from tests.support.roles import (
    AREAS,
    CHILDREN,
    COMPANIES,
    OF_A_UNIT,
    PEOPLE,
    UNIT_KINDS,
    UNITS,
    ChildOf,
    PersonOf,
)

PASSWORD = "a lantern over the river"
_numbers = itertools.count(1)
_phones = itertools.count(13_000_000_000 + secrets.randbelow(10**9) // 1000 * 1000)


def settings_of(urls: Urls) -> Settings:
    """Settings that point a process at the worker's databases; keys are made for this run alone."""
    return Settings(
        database_url=urls.app,
        system_database_url=urls.system,
        rollup_database_url=urls.rollup,
        auditor_database_url=urls.auditor,
        backup_database_url=urls.backup,
        owner_database_url=urls.owner,
        redis_url=urls.redis,
        secret_key=_keys()[0],
        field_keys=_keys()[1],
        lease_seconds=2.0,
        heartbeat_seconds=2.0,
    )


@cache
def _keys() -> tuple[str, str]:
    return secrets.token_urlsafe(48), "1:" + base64.b64encode(secrets.token_bytes(32)).decode()


def house_of(urls: Urls) -> House:
    """The house of the tests."""
    return build(settings_of(urls))


def new_phone() -> str:
    """A mobile number nobody else in this run has."""
    return str(next(_phones))


@cache
def _password_hash() -> str:
    return passwords.hashed(PASSWORD)


@dataclass
class Company:
    """One organisation of the cast.  Members, units and children by the names the cast gave them."""

    house: House
    id: UUID
    slug: str
    name: str
    kind: str
    area_id: UUID
    members: dict[str, Actor] = field(default_factory=dict)
    units: dict[str, UUID] = field(default_factory=dict)
    children: dict[str, UUID] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Actor:
        """`school.head` is the member of that name."""
        members: dict[str, Actor] = self.__dict__.get("members", {})
        if name not in members:
            raise AttributeError(name)
        return members[name]

    def transaction(self) -> Any:
        """A transaction as hehu_app, bound to this organisation."""
        return self.house.app.transaction(self.id)


@dataclass
class Cast:
    """Everybody.  `stranger` is a school of another county."""

    house: House
    urls: Urls
    areas: dict[str, UUID]
    county: Company
    school: Company
    kindergarten: Company
    village: Company
    community: Company
    education: Company
    civil_affairs: Company
    township: Company
    stranger: Company
    phones: dict[UUID, str]
    make_app: Callable[[], Flask]

    def phone(self, actor: Actor) -> str:
        """The mobile number somebody logs in with; everybody's password is PASSWORD."""
        return self.phones[actor.person_id]

    def client(self, actor: Actor | None = None) -> FlaskClient:
        """A browser; logged in as `actor`, as nobody without one."""
        client = self.make_app().test_client()
        if actor is None:
            return client
        with self.house.app.transaction(None) as session:
            person = session.get_one(Person, actor.person_id)
            _, token = start_session(session, person, device="test", now=db_now(session))
        with client.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True
        return client

    def clock(self, moment: datetime) -> None:
        """Set the clock of promises (`app_now`) to `moment` (aware); it goes on from there."""
        self._offset("%s - now()", moment)

    def advance(self, **by: float) -> None:
        """Move the clock of promises ahead, as in `advance(days=3)`."""
        self._offset("ahead + %s", timedelta(**by))

    def reset_clock(self) -> None:
        """Back to the database's time."""
        self._offset("%s", timedelta(0))

    def _offset(self, expression: str, value: object) -> None:
        with psycopg.connect(dsn(self.urls.superuser)) as connection:
            connection.execute(f"UPDATE clock_offset SET ahead = {expression}", [value])

    def now(self) -> datetime:
        """The clock of promises."""
        with psycopg.connect(dsn(self.urls.superuser)) as connection:
            row = connection.execute("SELECT app_now()").fetchone()
        assert row is not None
        moment: datetime = row[0]
        return moment.astimezone(CHINA)

    def sweep(self) -> int:
        """Move everything that is due, in all timed tables; returns how many rows moved."""
        return sweep_all(self.house)

    def run_reactions(self) -> int:
        """Do all open reactions in this process; returns how many were done."""
        return drain(self.house)

    def events(self, company: Company, name: str) -> list[dict[str, Any]]:
        """Payloads of the events of that name in one organisation, the oldest first."""
        query = "SELECT payload FROM event WHERE tenant_id = %s AND name = %s ORDER BY recorded_at, id"
        with psycopg.connect(dsn(self.urls.backup)) as connection:
            return [row[0] for row in connection.execute(query, [company.id, name])]


def build_cast(house: House, urls: Urls, make_app: Callable[[], Flask]) -> Cast:
    """Write a new cast into the worker's database."""
    return _Builder(house, urls, make_app).cast()


class _Builder:
    def __init__(self, house: House, urls: Urls, make_app: Callable[[], Flask]) -> None:
        self.house, self.urls, self.make_app = house, urls, make_app
        self.tag = f"{next(_numbers)}{secrets.token_hex(3)}"
        self.areas: dict[str, UUID] = {}
        self.paths: dict[UUID, tuple[UUID, ...]] = {}
        self.phones: dict[UUID, str] = {}
        self.map: list[OnTheMap] = []

    def cast(self) -> Cast:
        with self.house.app.transaction(None) as session:
            self._areas(session)
            companies = {name: self._company(session, name, *rest) for name, rest in COMPANIES.items()}
            self._supervision(session)
        for name, company in companies.items():
            with self.house.app.transaction(company.id) as session:
                self._people(session, company, PEOPLE[name])
                self._children(session, company, CHILDREN.get(name, ()))
        return Cast(
            house=self.house,
            urls=self.urls,
            areas=self.areas,
            phones=self.phones,
            make_app=self.make_app,
            **companies,
        )

    def _areas(self, session: Session) -> None:
        for name, (kind, parent) in AREAS.items():
            above = self.areas[parent] if parent else None
            row = Area(kind=kind, name=name, parent_id=above, slug=f"area-{len(self.areas)}-{self.tag}")
            row.name = f"{name}{self.tag}" if above is None else name
            session.add(row)
            session.flush()
            self.areas[name] = row.id
            self.paths[row.id] = (*(self.paths[above] if above else ()), row.id)

    def _company(
        self, session: Session, key: str, kind: Kind, bureau: BureauKind | None, name: str, area: str
    ) -> Company:
        row = Organisation(
            slug=f"{key.replace('_', '-')}-{self.tag}",
            kind=kind,
            bureau_kind=bureau,
            name=name,
            area_id=self.areas[area],
        )
        session.add(row)
        session.flush()
        self.map.append(OnTheMap(row.id, kind, bureau, self.paths[row.area_id]))
        return Company(self.house, row.id, row.slug, row.name, kind, row.area_id)

    def _supervision(self, session: Session) -> None:
        for number, place in enumerate(self.map):
            for line in lines_with(place, self.map[:number]):
                session.add(
                    Supervision(superior_id=line.superior_id, subordinate_id=line.subordinate_id, line=line.line)
                )

    def _people(self, session: Session, company: Company, people: dict[str, PersonOf]) -> None:
        for position, name in enumerate(UNITS.get(company.kind, ())):
            kind = UNIT_KINDS[company.kind]
            unit = Unit(kind=kind, name=name, grade=_grade(name), position=position)
            session.add(unit)
            session.flush()
            company.units[name] = unit.id
        for key, (shown, roles, headed) in people.items():
            company.members[key] = self._member(session, company, shown, roles, headed)
        session.add(Term(name="本学期", starts_on=date(2026, 9, 1), ends_on=date(2027, 1, 22)))

    def _member(
        self, session: Session, company: Company, shown: str, roles: Iterable[Role], headed: str | None
    ) -> Actor:
        person = Person(phone=new_phone(), password_hash=_password_hash())
        session.add(person)
        session.flush()
        membership = Membership(person_id=person.id, name=shown, pinyin=pinyin_key(shown), from_on=date(2020, 1, 1))
        session.add_all([membership, Seat(person_id=person.id, tenant_id=company.id)])
        session.flush()
        unit_id = company.units[headed] if headed else None
        session.add_all(
            MemberRole(membership_id=membership.id, role=role, unit_id=unit_id if role in OF_A_UNIT else None)
            for role in roles
        )
        if unit_id:
            session.get_one(Unit, (company.id, unit_id)).head_id = membership.id
        self.phones[person.id] = person.phone
        return Actor(
            tenant_id=company.id,
            organisation_kind=company.kind,
            person_id=person.id,
            membership_id=membership.id,
            name=shown,
            roles=frozenset(roles),
            unit_ids=frozenset({unit_id} if unit_id else ()),
        )

    def _children(self, session: Session, company: Company, children: Iterable[ChildOf]) -> None:
        for name, sex, born, unit, left_behind in children:
            child = Child(
                name=name,
                pinyin=pinyin_key(name),
                sex=sex,
                birth_date=born,
                unit_id=company.units[unit] if unit else None,
                left_behind=left_behind,
                away_reason="both_away" if left_behind else None,
                entered_on=date(2026, 9, 1),
            )
            session.add(child)
            session.flush()
            session.add(ChildIdentity(id=child.id, holder_rank=1, active=True, left_behind=left_behind))
            company.children[name] = child.id


def _grade(name: str) -> int | None:
    return {"三": 3, "四": 4}.get(name[0]) if "年级" in name else None
