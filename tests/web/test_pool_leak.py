"""Sixteen threads share two connections and fifty organisations: nobody reads through another's binding (R9)."""

import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
import pytest
from flask import Blueprint, Flask, Response, jsonify, stream_with_context
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from services.web.app import create_app
from services.web.db import POOL, db
from services.web.edge.access import member
from services.web.edge.tenant import transaction
from shared.bootstrap import House, build
from shared.kernel.clock import db_now
from shared.organisations.models import Unit
from shared.people.models import Membership, Person, Seat
from shared.people.sessions import start_session
from tests.faults.scale import times
from tests.support.cast import new_phone, settings_of
from tests.support.cluster import Urls, dsn
from tests.support.rows import organisation

TENANTS, THREADS, CONNECTIONS = 50, 16, 2
ENDINGS = ("exception", "rollback", "timeout", "terminated", "streamed", "left")  # a tenth of the requests each
HOW = [*ENDINGS, *["plain"] * (10 - len(ENDINGS))]
bp = Blueprint("leak", __name__, url_prefix="/o/<org>/leak")


def units(session: Session) -> list[str]:
    """The names of all units that can be seen here."""
    return list(session.scalars(select(Unit.name)))


@bp.get("/<how>")
@member
def show(org: str, how: str) -> ResponseReturnValue:
    """What this organisation sees, while something happens."""
    if how in ("streamed", "left"):
        return Response(stream_with_context(streamed()), mimetype="text/plain")
    with transaction() as session:
        seen = units(session)
        happen(session, how)
        unbound = units(session) if how == "rollback" else []
    return jsonify(seen=seen, unbound=unbound)


def streamed() -> Iterator[str]:
    """Line by line, each read anew; whoever leaves early leaves in the middle of the transaction."""
    with transaction() as session:
        for _ in range(3):
            yield from (f"{name}\n" for name in units(session))


def happen(session: Session, how: str) -> None:
    """What can befall a transaction."""
    if how == "exception":
        raise RuntimeError("a fault of ours")
    if how == "rollback":
        session.rollback()
    if how == "timeout":
        session.execute(text("SET LOCAL statement_timeout = 2"))
        session.execute(text("SELECT pg_sleep(60)"))
    if how == "terminated":
        session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


@dataclass
class Site:
    """The application, its organisations (address → the name of its only unit), and what its check-outs found set."""

    app: Flask
    person: UUID
    house: House
    organisations: dict[str, str]
    found: Counter[str] = field(default_factory=Counter)

    def browser(self) -> FlaskClient:
        """A device of the person who has a seat everywhere."""
        with self.house.app.transaction(None) as session:
            person = session.get_one(Person, self.person)
            _, token = start_session(session, person, device="test", now=db_now(session))
        client = self.app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True
        return client


@pytest.fixture
def site(fresh_urls: Urls, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Fifty organisations with a unit each, one person with a seat in all, and a pool of two."""
    monkeypatch.setitem(POOL, "pool_size", CONNECTIONS)
    house = build(settings_of(fresh_urls))
    app = create_app(house, pages=[bp])
    app.config["PROPAGATE_EXCEPTIONS"] = False
    made = Site(app, *settled(house, fresh_urls))
    with app.app_context(), watched(made, db.engine):
        yield made
        db.engine.dispose()
    house.app.close()


def settled(house: House, urls: Urls) -> tuple[UUID, House, dict[str, str]]:
    """The organisations and their member."""
    with psycopg.connect(dsn(urls.superuser)) as connection:
        ids = [organisation(connection, f"tenant {number}") for number in range(TENANTS)]
    with house.app.transaction(None) as session:
        person = Person(phone=new_phone())
        session.add(person)
        session.flush()
        session.add_all(Seat(person_id=person.id, tenant_id=tenant) for tenant in ids)
    for tenant in ids:
        with house.app.transaction(tenant) as session:
            session.add_all(
                [Membership(person_id=person.id, name="到处有岗"), Unit(kind="class", name=f"unit of {tenant}")]
            )
    return person.id, house, {str(tenant): f"unit of {tenant}" for tenant in ids}


@contextmanager
def watched(site: Site, engine: Any) -> Iterator[None]:
    """Ask every connection that leaves the pool whose it is."""

    def ask(connection: Any, _record: object, _proxy: object) -> None:
        with connection.cursor() as cursor:
            row = cursor.execute("SELECT current_setting('hehu.tenant', true)").fetchone()
        connection.rollback()
        site.found[row[0] or ""] += 1

    event.listen(engine, "checkout", ask)
    yield
    event.remove(engine, "checkout", ask)


def wrong(browser: FlaskClient, site: Site, org: str, how: str) -> str | None:
    """What is wrong with one answer, or None."""
    own, answer = site.organisations[org], browser.get(f"/o/{org}/leak/{how}", buffered=False)
    if how == "left":
        first = next(iter(answer.response))
        answer.close()
        return None if first == f"{own}\n".encode() else f"left: {first!r}"
    good = {"exception": 500, "timeout": 503, "terminated": 503}.get(how, 200)
    said, status = answer.text, answer.status_code
    told: Any = answer.json if status == 200 and how != "streamed" else {}
    seen = said.split("\n")[:-1] if how == "streamed" else told.get("seen", [own])
    unbound = told.get("unbound", [])
    answer.close()
    others = [name for name in site.organisations.values() if name in said and name != own]
    good_answer = status == good and set(seen) == {own} and unbound == [] and others == []
    return None if good_answer else f"{how}: {status} {said[:200]}"


def ask_around(site: Site, seed: int, count: int) -> list[str]:
    """One thread's requests; returns what was wrong."""
    chance, browser = random.Random(seed), site.browser()
    asked = ((chance.choice(list(site.organisations)), chance.choice(HOW)) for _ in range(count))
    return [fault for org, how in asked if (fault := wrong(browser, site, org, how))]


@pytest.mark.full
@pytest.mark.beside
@pytest.mark.timeout(600)
def test_r09_no_connection_of_the_pool_carries_one_organisations_binding_to_another(site: Site) -> None:
    each = times(20_000) // THREADS

    with ThreadPoolExecutor(THREADS) as pool:
        faults = list(pool.map(lambda number: ask_around(site, number, each), range(THREADS)))

    print(f"{each * THREADS} requests, {site.found.total()} check-outs")
    assert [fault for some in faults for fault in some] == []
    assert set(site.found) == {""}
    assert site.found.total() > each * THREADS
