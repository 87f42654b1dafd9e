"""Every route, every role, every kind of item: own, another organisation's, missing (R7); and bad input everywhere."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from services.web.edge.access import routes
from shared.people.rules import RIGHTS, ROLES_OF_KIND, Role
from tests.faults.scale import FULL
from tests.support.cluster import Cluster
from tests.support.rows import tenant_tables
from tests.web.matrix import (
    ELSEWHERE,
    FOREIGN,
    MISSING,
    NOBODY,
    NOWHERE,
    OUTSIDE,
    OWN,
    UNCHANGED,
    Cell,
    Route,
    Scene,
    address,
    ask,
    item_arguments,
    org_routes,
    scene_in,
    table_of,
)

TEN_MEGABYTES = 10 * 1024 * 1024
CELLS_A_ROUTE = 15
pytestmark = pytest.mark.timeout(600)  # the matrix is asked once, by the first test that wants it
SCHOOL = ROLES_OF_KIND["school"]
WITHIN = ("admin", "teacher")  # of the cast: the child that everything here is about is theirs
OF_A_CHILD = {"child_id", "record_id", "occurrence_id", "incident_id", "assignment_id"}
BESIDE = Role.MENTOR, Role.CLASS_TEACHER  # ... and somebody with one of these roles alone has nothing to do with it


@pytest.fixture(scope="module")
def scene(cluster: Cluster, worker_number: int) -> Iterator[Scene]:
    """Everything of this file, in a database of its own."""
    with scene_in(cluster, f"hehu_matrix_{worker_number}", worker_number) as built:
        yield built


@pytest.fixture(scope="module")
def cells(scene: Scene) -> list[Cell]:
    """The whole matrix, asked once."""
    here, school = scene.cast.school.slug, scene.cast.school
    found = [cell for who in WITHIN for cell in asked_by(scene, scene.cast.client(school.members[who]), who)]
    found += [cell for role in BESIDE for cell in beside(scene, role)]
    found += elsewhere(scene)
    for role in SCHOOL:
        browser = scene.client(role)
        missing = (ask(browser, route, role, MISSING, here, lambda _: UUID(int=7)) for route in org_routes(scene.app))
        found += asked_by(scene, browser, role) if FULL else missing
    return found


def of_one(scene: Scene, browser: FlaskClient, route: Route, who: str) -> Iterator[Cell]:
    """Own, and each part of the address another organisation's or missing, the others own."""
    here, own = scene.cast.school.slug, scene.own
    for part in item_arguments(route[0]):
        others = {name: own.get(name, UUID(int=7)) for name in item_arguments(route[0])}
        theirs, gone = others | {part: scene.foreign[table_of(part)]}, others | {part: uuid4()}
        yield ask(browser, route, who, FOREIGN, here, theirs.__getitem__)
        yield ask(browser, route, who, MISSING, here, gone.__getitem__)
    if not item_arguments(route[0]) or set(item_arguments(route[0])) <= set(own):
        yield ask(browser, route, who, OWN, here, own.__getitem__)


def asked_by(scene: Scene, browser: FlaskClient, who: str) -> list[Cell]:
    """The cells of one person."""
    browser.get("/help")  # the first page gives the browser its cookie
    return [cell for route in org_routes(scene.app) for cell in of_one(scene, browser, route, who)]


def beside(scene: Scene, role: Role) -> Iterator[Cell]:
    """Somebody of the school asks about a child of somebody else's, and about one that is not there."""
    browser, who = scene.client(role), f"a {role}"
    browser.get("/help")
    for route in org_routes(scene.app):
        if OF_A_CHILD & set(item_arguments(route[0])) and set(item_arguments(route[0])) <= set(scene.own):
            for what, item in ((OUTSIDE, scene.own.__getitem__), (MISSING, lambda _: uuid4())):
                yield ask(browser, route, who, what, scene.cast.school.slug, item)


def elsewhere(scene: Scene) -> Iterator[Cell]:
    """The school's administrator in another organisation and in none; and nobody in the school."""
    browser, public = scene.cast.client(scene.cast.school.admin), scene.cast.client()
    browser.get("/help")
    for route in org_routes(scene.app):
        for what, org in ((ELSEWHERE, scene.cast.stranger.slug), (NOWHERE, "no-such-school")):
            yield ask(browser, route, "admin", what, org, lambda name: scene.foreign[table_of(name)])
        yield ask(public, route, "nobody", NOBODY, scene.cast.school.slug, lambda _: UUID(int=7))


def test_every_argument_names_a_known_table(scene: Scene) -> None:
    arguments = {name for rule, _, _ in org_routes(scene.app) for name in item_arguments(rule)} - UNCHANGED

    assert {name for name in arguments if table_of(name) not in tenant_tables()} == set()


def test_r07_each_route_is_asked_in_fifteen_ways_and_more(scene: Scene, cells: list[Cell]) -> None:
    asked = {(rule.rule, method): 0 for rule, method, _ in org_routes(scene.app)}
    for cell in cells:
        asked[cell.rule, cell.method] += 1

    print(f"{len(cells)} cells, {len(asked)} routes")
    assert [route for route, count in asked.items() if count < CELLS_A_ROUTE] == []
    assert [cell.shown for cell in cells if cell.status >= 500] == []


def test_r07_a_route_lets_in_the_roles_it_declares_and_no_other(cells: list[Cell]) -> None:
    wrong = []
    for cell in cells:
        if cell.who in SCHOOL and cell.what == MISSING:
            may = cell.access.kind == "member" or any(Role(cell.who) in RIGHTS[right] for right in cell.access.rights)
            refused = cell.status == 403 and cell.method == "GET" and "<uuid:" not in cell.rule
            wrong += [cell.shown] if (refused if may else cell.status not in (403, 404)) else []

    assert wrong == []


def test_r07_the_own_item_is_there(cells: list[Cell]) -> None:
    own = [cell for cell in cells if cell.what == OWN and cell.method == "GET" and cell.who == "admin"]

    assert [cell.shown for cell in own if cell.status not in (200, 303, 403, 409)] == []


def told_apart(cells: list[Cell], one: str, other: str) -> list[str]:
    """The cells of the one kind that are answered otherwise than those of the other."""
    found = [(cell.who, cell.method, cell.rule, cell.said) for cell in cells if cell.what == other]
    return [
        cell.shown for cell in cells if cell.what == one and (cell.who, cell.method, cell.rule, cell.said) not in found
    ]


def test_r07_another_organisations_item_looks_like_a_missing_one(cells: list[Cell]) -> None:
    assert told_apart(cells, FOREIGN, MISSING) == []


def test_r07_another_organisation_looks_like_none(cells: list[Cell]) -> None:
    assert told_apart(cells, ELSEWHERE, NOWHERE) == []
    assert {cell.status for cell in cells if cell.what == ELSEWHERE} == {404}


def test_r07_what_lies_outside_the_role_looks_like_a_missing_item(cells: list[Cell]) -> None:
    assert told_apart(cells, OUTSIDE, MISSING) == []
    assert {cell.status for cell in cells if cell.what == OUTSIDE} <= {403, 404}


def test_r07_nobody_is_sent_to_the_log_in(cells: list[Cell]) -> None:
    assert {cell.status for cell in cells if cell.what == NOBODY} == {303, 401}


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
