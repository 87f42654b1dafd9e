"""Every route, every role, every kind of item: own, another organisation's, missing (R7); and bad input everywhere.

Generated from the route table and the catalogue, in a database of its own, so that a new route cannot be forgotten.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule, UUIDConverter

from services.web.app import create_app
from services.web.db import db
from services.web.edge.access import Access, routes
from shared.people.rules import RIGHTS, ROLES_OF_KIND, Role
from tests.support.cast import Cast, house_of
from tests.support.casting import build_cast
from tests.support.cluster import Cluster, Urls, dsn
from tests.support.rows import fill, tenant_tables

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
}
UNCHANGED = {"device_id"}  # of the person, not of an organisation
TEN_MEGABYTES = 10 * 1024 * 1024


@dataclass(frozen=True)
class Scene:
    """A cast, the application without form tokens, and a row of every table in the stranger's organisation."""

    cast: Cast
    app: Flask
    foreign: dict[str, UUID]

    def client(self, role: Role, company: str = "school") -> FlaskClient:
        """A browser of somebody with this one role."""
        place = getattr(self.cast, company)
        actor = place.members["lone"] if "lone" in place.members else next(iter(place.members.values()))
        with psycopg.connect(dsn(self.cast.urls.superuser), autocommit=True) as connection:
            where = [place.id, actor.membership_id]
            connection.execute("DELETE FROM member_role WHERE tenant_id = %s AND membership_id = %s", where)
            connection.execute(
                "INSERT INTO member_role (tenant_id, id, membership_id, role) VALUES (%s, %s, %s, %s)",
                [place.id, uuid4(), actor.membership_id, role],
            )
        return self.cast.client(actor)


@pytest.fixture(scope="module")
def scene(cluster: Cluster, worker_number: int) -> Iterator[Scene]:
    """Everything of this file, in a database of its own."""
    database = f"hehu_matrix_{worker_number}"
    cluster.clone(database)
    urls: Urls = cluster.urls(database, worker_number)
    house = house_of(urls)
    app = create_app(house)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
    cast = build_cast(house, urls, lambda: app)
    with closing(psycopg.connect(dsn(urls.superuser), autocommit=True)) as connection:
        foreign = fill(connection, cast.stranger.id)
    yield Scene(cast, app, foreign)
    with app.app_context():
        db.engine.dispose()
    for database_of_role in (house.app, house.system, house.rollup):
        database_of_role.close()
    cluster.drop(database)


Route = tuple[Rule, str, Access]


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


def address(rule: Rule, org: str, item: Callable[[str], UUID]) -> str:
    """The path of a route with chosen rows."""
    values: dict[str, Any] = {"org": org} | {name: item(name) for name in item_arguments(rule)}
    for name in rule.arguments - set(values):
        values[name] = "made-up"
    built = rule.build(values, append_unknown=False)
    assert built is not None
    return str(built[1])


def test_every_argument_names_a_known_table(scene: Scene) -> None:
    arguments = {name for rule, _, _ in org_routes(scene.app) for name in item_arguments(rule)} - UNCHANGED

    assert {name for name in arguments if table_of(name) not in tenant_tables()} == set()


@pytest.mark.parametrize("role", ROLES_OF_KIND["school"])
def test_r07_a_route_lets_in_the_roles_it_declares_and_no_other(scene: Scene, role: Role) -> None:
    browser, wrong, cells = scene.client(role), [], 0
    for rule, method, access in org_routes(scene.app):
        may = access.kind == "member" or any(role in RIGHTS[right] for right in access.rights)
        path = address(rule, scene.cast.school.slug, lambda _: UUID(int=7))
        status = browser.open(path, method=method).status_code
        refused = status == 403 and not item_arguments(rule)
        wrong += [] if status < 500 and (may or status in (403, 404)) and not (may and refused) else [(path, status)]
        cells += 1

    print(f"{cells} cells for {role}")
    assert wrong == []


@pytest.mark.parametrize("role", [Role.TENANT_ADMIN, Role.HEAD, Role.CLASS_TEACHER, Role.PROXY_PARENT])
def test_r07_another_organisations_item_looks_like_a_missing_one(scene: Scene, role: Role) -> None:
    browser, told = scene.client(role), []
    browser.get("/help")
    for rule, method, _ in org_routes(scene.app):
        if not item_arguments(rule):
            continue
        here = scene.cast.school.slug
        foreign = browser.open(address(rule, here, lambda name: scene.foreign[table_of(name)]), method=method)
        missing = browser.open(address(rule, here, lambda _: uuid4()), method=method)
        same = foreign.status_code == missing.status_code and masked(foreign.text) == masked(missing.text)
        headers = set(foreign.headers.keys()) == set(missing.headers.keys())
        told += [] if same and headers else [(method, rule.rule, foreign.status_code, missing.status_code)]

    assert told == []


def masked(text: str) -> str:
    """Without what differs by nature."""
    return MASKED.sub("", text)


BAD: dict[str, dict[str, Any]] = {
    "empty": {"data": {}},
    "ten megabytes": {"data": b"x" * TEN_MEGABYTES, "content_type": "application/x-www-form-urlencoded"},
    "a large field": {"data": {"name": "长" * 20_000, "text": "长" * 20_000, "note": "长" * 20_000}},
    "json instead of a form": {"json": {"name": ["x"], "deep": {"x": 1}}},
    "a file in every field": {"data": {"name": (BytesIO(b"\x00\x01"), "x.png"), "file": (BytesIO(b"x"), "a.exe")}},
    "nul and control characters": {"data": {"name": "a\x00b\x1b", "text": "\x00", "reason": "\x00", "phone": "\x00"}},
    "nonsense numbers and days": {"data": {"on_day": "2026-99-99", "version": "-1", "page": "x", "times": "1e9"}},
    "broken encoding": {"data": b"name=%ff%fe&text=%c3%28", "content_type": "application/x-www-form-urlencoded"},
}


@pytest.mark.parametrize("what", list(BAD))
def test_no_bad_body_gets_more_than_a_clear_refusal(scene: Scene, what: str) -> None:
    browser, broken = scene.client(Role.TENANT_ADMIN), []
    for rule, method, access in routes(scene.app):
        if method == "GET" or access is None or access.kind == "scope":
            continue
        path = address(rule, scene.cast.school.slug, lambda name: scene.foreign.get(table_of(name), UUID(int=7)))
        for _ in range(1 if what == "ten megabytes" else 2):  # and the same again: a double submit
            answer = browser.open(path, method=method, **fresh(BAD[what]))
            broken += [(method, path, answer.status_code)] if answer.status_code >= 500 else []

    assert broken == []


def fresh(body: dict[str, Any]) -> dict[str, Any]:
    """The body with its files not yet read."""
    data = body.get("data")
    if not isinstance(data, dict):
        return body
    again = {
        key: (BytesIO(value[0].getvalue()), value[1]) if isinstance(value, tuple) else value
        for key, value in data.items()
    }
    return {**body, "data": again}


QUERIES = [
    "?page=-1",
    "?page=x",
    "?page=99999999999",
    "?q=%00",
    "?q=" + "长" * 300,
    "?state=';--&q=%ff",
    "?week=2026-W99",
]


@pytest.mark.parametrize("query", QUERIES)
def test_no_bad_query_breaks_a_page(scene: Scene, query: str) -> None:
    browser, broken = scene.client(Role.TENANT_ADMIN), []
    for rule, method, access in routes(scene.app):
        if method == "GET" and access is not None and access.kind != "scope":
            path = address(rule, scene.cast.school.slug, lambda _: UUID(int=7)) + query
            status = browser.get(path).status_code
            broken += [(path, status)] if status >= 500 and not path.startswith("/readyz") else []

    assert broken == []
