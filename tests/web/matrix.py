"""Routes × roles × items: what R7 asks, generated from the route table and the catalogue, and its answers."""

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import psycopg
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete
from werkzeug.routing import Rule, UUIDConverter

from services.web.app import create_app
from services.web.db import db
from services.web.edge.access import Access, routes
from shared.bootstrap import build
from shared.people.models import MemberRole, Membership, Person, Seat
from shared.people.rules import Actor, Role
from tests.support.cast import Cast, Company, new_phone, settings_of, shut
from tests.support.casting import build_cast
from tests.support.cluster import Cluster, dsn
from tests.support.rows import fill
from tests.web.scripts import stock

MASKED = re.compile(
    r'01[0-9a-f]{30}|nonce-[\w-]+|nonce="[^"]+"|"inlineScriptNonce":"[^"]+"|csrf" content="[^"]+"'
    r'|name="(csrf_token|form_token|next)" value="[^"]*"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
)
TABLES_BY_ARGUMENT = {
    "record_id": "care_record",
    "item_id": "plan_item",
    "step_id": "incident_step",
    "import_id": "roster_import",
    "message_id": "copied_message",
    "key_id": "api_key",
    "pairing_id": "assignment",
    "doer_id": "membership",
}
UNCHANGED = {"device_id"}  # of the person, not of an organisation
TYPED = {"version": "1", "reason": "误录", "note": "写过", "text": "写过", "name": "名字"}
OWN, OUTSIDE, FOREIGN, MISSING = "own", "outside the role", "another organisation's", "missing"
ELSEWHERE, NOWHERE, NOBODY = "another organisation", "no organisation", "nobody asks"
DIFFERENT = {"Content-Length", "Date", "Set-Cookie", "X-Request-ID"}  # lengths differ by what is masked
Ids = Callable[[str], UUID | str]
Route = tuple[Rule, str, Access]


@dataclass(frozen=True)
class Scene:
    """A cast, the application without form tokens, one of everything in the school, and a row of every table in
    the stranger's organisation."""

    cast: Cast
    app: Flask
    own: dict[str, str]
    foreign: dict[str, UUID]

    def client(self, role: Role) -> FlaskClient:
        """A browser of somebody in the school with this one role and nothing to look after."""
        school, someone = self.cast.school, self.cast.school.members["someone"]
        with school.transaction() as session:
            session.execute(delete(MemberRole).where(MemberRole.membership_id == someone.membership_id))
            session.add(MemberRole(membership_id=someone.membership_id, role=role))
        return self.cast.client(someone)


@contextmanager
def site_in(cluster: Cluster, database: str, worker_number: int, **settings: Any) -> Iterator[tuple[Cast, Flask]]:
    """A cast and its application in a database of their own; `settings` differ from those of all tests."""
    cluster.clone(database)
    urls = cluster.urls(database, worker_number)
    house = build(replace(settings_of(urls), **settings))
    app = create_app(house)
    app.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False)
    try:
        yield build_cast(house, urls, lambda: app), app
    finally:
        with app.app_context():
            db.engine.dispose()
        shut(house)
        cluster.drop(database)


@contextmanager
def scene_in(cluster: Cluster, database: str, worker_number: int) -> Iterator[Scene]:
    """One of everything in the school, and a row of every table at the stranger's."""
    with site_in(cluster, database, worker_number) as (cast, app):
        app.config["WTF_CSRF_ENABLED"] = False
        with closing(psycopg.connect(dsn(cast.urls.superuser), autocommit=True)) as connection:
            foreign = fill(connection, cast.stranger.id)
        yield Scene(cast, app, owned(cast), foreign)


def owned(cast: Cast) -> dict[str, str]:
    """The ids of one of everything in the school, by the names that routes give them; and somebody without a role."""
    cast.school.members["someone"] = someone_at(cast.school)
    ids = stock(cast, cast.school)
    cast.run_reactions()
    with psycopg.connect(dsn(cast.urls.superuser)) as connection:
        for table in ("term", "notice", "api_key"):
            query = f"SELECT id FROM {table} WHERE tenant_id = %s LIMIT 1"
            row = connection.execute(query.encode(), [cast.school.id]).fetchone()
            assert row, table
            ids[f"{table.removeprefix('api_')}_id"] = str(row[0])
    return ids


def someone_at(school: Company) -> Actor:
    """A new member."""
    with school.transaction() as session:
        person = Person(phone=new_phone())
        session.add(person)
        session.flush()
        membership = Membership(person_id=person.id, name="某老师")
        session.add_all([membership, Seat(person_id=person.id, tenant_id=school.id)])
        session.flush()
        return Actor(school.id, school.kind, person.id, membership.id, membership.name, frozenset())


def org_routes(app: Flask) -> list[Route]:
    """Routes of one organisation's pages."""
    found = [(rule, method, access) for rule, method, access in routes(app) if access and "org" in rule.arguments]
    return [(rule, method, access) for rule, method, access in found if access.kind in ("member", "rights")]


def item_arguments(rule: Rule) -> list[str]:
    """Arguments of the path that name a row."""
    return [name for name, converter in rule._converters.items() if isinstance(converter, UUIDConverter)]


def table_of(argument: str) -> str:
    """Which table an argument's row lies in."""
    return TABLES_BY_ARGUMENT.get(argument, argument.removesuffix("_id"))


def address(rule: Rule, org: str, item: Ids) -> str:
    """The path of a route with chosen rows."""
    values: dict[str, Any] = {"org": org} | {name: item(name) for name in item_arguments(rule)}
    for name in rule.arguments - set(values):
        values[name] = "made-up"
    built = rule.build(values, append_unknown=False)
    assert built is not None
    return str(built[1])


def masked(text: str) -> str:
    """Without what differs by nature."""
    return MASKED.sub("", text)


@dataclass(frozen=True)
class Cell:
    """One answer: to whom, about what, and what it was but for what differs by nature."""

    method: str
    rule: str
    access: Access
    who: str
    what: str
    status: int
    text: str
    headers: tuple[tuple[str, str], ...]

    @property
    def said(self) -> tuple[Any, ...]:
        """What must be the same where nobody may tell the difference."""
        return self.status, self.text, self.headers

    @property
    def shown(self) -> str:
        """For the list of what went wrong."""
        return f"{self.who}: {self.method} {self.rule}, {self.what}: {self.status}"


def ask(browser: FlaskClient, route: Route, who: str, what: str, org: str, item: Ids) -> Cell:
    """One cell.  What is posted carries a one-time token and words, so that the row is looked for."""
    rule, method, access = route
    sent = TYPED | {"form_token": secrets.token_urlsafe(8)} if method == "POST" and what != OWN else {}
    answer = browser.open(address(rule, org, item), method=method, data=sent or None)
    headers = tuple(sorted((name, masked(value)) for name, value in answer.headers if name not in DIFFERENT))
    return Cell(
        method, rule.rule, access, who, what, answer.status_code, masked(answer.data.decode(errors="replace")), headers
    )
