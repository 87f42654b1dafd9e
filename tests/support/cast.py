"""The people and places of the tests: a county with its organisations, and a school that is a stranger to the other.

Every cast has addresses and mobile numbers of its own, so that the tests of a worker can share one database.
"""

import base64
import itertools
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import psycopg
from flask import Flask
from flask.testing import FlaskClient

from services.worker.drain import drain, sweep_all
from shared.bootstrap import House, build
from shared.kernel.clock import CHINA, app_now, db_now
from shared.kernel.settings import Settings
from shared.people.models import Person
from shared.people.rules import Actor
from shared.people.sessions import start_session
from tests.support.cluster import Urls, dsn

PASSWORD = "a lantern over the river"
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


def shut(house: House) -> None:
    """Close all its connections."""
    for database in (house.app, house.system, house.rollup):
        database.close()


def new_phone() -> str:
    """A mobile number nobody else in this run has."""
    return str(next(_phones))


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
        with client.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = self.token(actor), True
        return client

    def token(self, actor: Actor) -> str:
        """Of a device on which the actor is logged in."""
        with self.house.app.transaction(None) as session:
            person = session.get_one(Person, actor.person_id)
            return start_session(session, person, device="test", now=db_now(session))[1]

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
        with self.house.app.transaction(None) as session:
            return app_now(session).astimezone(CHINA)

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
