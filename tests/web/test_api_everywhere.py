"""Every route of the API: keys, scopes, one-time keys, and that what is foreign looks like what is missing (R7)."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from services.web.edge.access import routes
from shared.organisations.models import Area
from shared.people.key_rules import SCOPES
from tests.support.cast import Cast, Company, new_phone
from tests.web.scripts import PLAN, ROSTER, Script, stock

MASKED = re.compile(r'"request_id": "[0-9a-f]{32}"')
IDS = ("child_id", "doer_id", "unit_id", "membership_id", "occurrence_id")  # as bodies name them
METHODS = ("GET", "PATCH", "POST", "DELETE")


def body_of(name: str, ids: dict[str, str]) -> Any:
    """A good body for a changing route; None where it takes none.  A new route needs its line here."""
    child, teacher = ids["child_id"], ids["membership_id"]
    return {
        "POST children": {"name": "新同学"},
        "PATCH children/{child_id}": {"version": 1, "hobbies": "下棋"},
        "POST imports": ROSTER,  # bytes are sent as a file
        "POST imports/{import_id}/confirm": None,
        "DELETE imports/{import_id}": None,
        "POST members": {"name": "新老师", "phone": new_phone(), "roles": ["mentor"]},
        "POST plans": {"text": PLAN},
        "PATCH plan-items/{item_id}": {"version": 1, "title": "每月家访"},
        "POST pairings": {"child_id": child, "membership_id": teacher, "role": "proxy_parent"},
        "POST pairings/{assignment_id}/end": {},
        "POST records": {"kind": "talk", "child_id": child, "doer_id": teacher},
        "PATCH records/{record_id}": {"version": 1, "note": "好多了"},
        "POST records/{record_id}/void": {"reason": "误录"},
        "POST incidents": {"category": "illness", "child_ids": [child], "account": "发烧。"},
        "POST incidents/{incident_id}/steps/{step_id}/confirmation": {"channel": "phone", "person_reached": "奶奶"},
        "POST incidents/{incident_id}/steps/{step_id}/attempts": {"channel": "phone", "whom": "奶奶"},
        "POST deliveries/{delivery_id}/resend": None,
    }[name]


@dataclass(frozen=True)
class Route:
    """One method of one address."""

    rule: Rule
    method: str
    scope: str

    @property
    def name(self) -> str:
        """POST records/{record_id}/void."""
        tail = re.sub(r"^/api/v1/(orgs|areas)/<\w+>/", "", self.rule.rule)
        return f"{self.method} " + re.sub(r"<uuid:(\w+)>", r"{\1}", tail)

    @property
    def items(self) -> list[str]:
        """What the address names besides the organisation."""
        return sorted(set(self.rule.arguments) - {"org", "area"})

    def body(self, ids: dict[str, str]) -> Any:
        return None if self.method == "GET" else body_of(self.name, ids)


@dataclass(frozen=True)
class Scene:
    """The routes of the API, two schools with one of everything, and the area of their county."""

    cast: Cast
    routes: list[Route]
    ours: dict[str, str]
    theirs: dict[str, str]
    area: str

    def home(self, route: Route) -> Company:
        """Whose key opens the route: of areas the county's, of all others the school's."""
        return self.cast.county if "area" in route.rule.arguments else self.cast.school

    def script(self, route: Route, *scopes: str) -> Script:
        return Script(self.cast, self.home(route), *scopes)

    def ask(self, route: Route, headers: dict[str, str], *, body: Any = ..., **places: str) -> TestResponse:
        """One request about our own things, but for `places`; a POST gets a key, if it has none."""
        at = {"org": self.cast.school.slug, "area": self.area, **self.ours, **places}
        address = re.sub(r"<(?:\w+:)?(\w+)>", lambda place: at[place[1]], route.rule.rule)
        if route.method == "POST":
            headers = {"Idempotency-Key": str(uuid4()), **headers}
        sent = route.body(self.ours) if body is ... else body
        given: dict[str, Any] = {} if sent is None else {"json": sent}
        if isinstance(sent, bytes):
            given = {"data": {"file": (BytesIO(sent), "roster.csv")}, "content_type": "multipart/form-data"}
        return self.cast.client().open(address, method=route.method, headers=headers, **given)


@pytest.fixture
def scene(cast: Cast, make_app: Callable[[], Flask]) -> Scene:
    with cast.house.app.transaction(None) as session:
        area = session.get_one(Area, cast.county.area_id).slug
    found = [
        Route(rule, method, access.scope) for rule, method, access in routes(make_app()) if access and access.scope
    ]
    found.sort(key=lambda one: (METHODS.index(one.method), one.name))  # attempts before the confirmation that ends them
    return Scene(cast, found, stock(cast, cast.school), stock(cast, cast.stranger), area)


def same_404(one: TestResponse, other: TestResponse) -> bool:
    """Whether both say that there is nothing, in the same bytes but for the request's number."""
    texts = [MASKED.sub("", answer.text) for answer in (one, other)]
    headers = [sorted(answer.headers.keys()) for answer in (one, other)]
    return one.status_code == other.status_code == 404 and texts[0] == texts[1] and headers[0] == headers[1]


def faults(answers: Iterator[tuple[Route, TestResponse, bool]]) -> list[tuple[str, int, str]]:
    """The routes whose answer is not good, with what they said."""
    return [(route.name, answer.status_code, answer.text[:300]) for route, answer, good in answers if not good]


def refused(answer: TestResponse, status: int, code: str) -> bool:
    """Whether the answer is this problem."""
    is_problem = answer.content_type == "application/problem+json"
    return is_problem and (answer.status_code, answer.json["code"]) == (status, code)  # type: ignore[index]  # JSON


def test_every_scope_opens_something(scene):
    assert {route.scope for route in scene.routes} == set(SCOPES)
    assert len({route.name for route in scene.routes}) == len(scene.routes) > 40


@pytest.mark.parametrize("authorization", ["", "Basic eDp5", "Bearer something-else", "Bearer"])
def test_without_a_key_no_route_opens(scene, authorization):
    def answers():
        for route in scene.routes:
            answer = scene.ask(route, {"Authorization": authorization} if authorization else {})
            yield route, answer, refused(answer, 401, "no_credentials") and "WWW-Authenticate" in answer.headers

    assert faults(answers()) == []


def test_a_foreign_organisation_looks_like_a_missing_one(scene):
    headers = Script(scene.cast, scene.cast.stranger).headers

    def answers():
        for route in scene.routes:
            foreign = scene.ask(route, headers)
            missing = scene.ask(route, headers, org="no-such-org", area="no-such-area")
            yield route, foreign, same_404(foreign, missing)

    assert faults(answers()) == []


def test_a_key_without_the_scope_does_not_open_the_route(scene):
    def answers():
        for route in scene.routes:
            other = "members:read" if route.scope == "about:read" else "about:read"
            answer = scene.ask(route, scene.script(route, other).headers)
            yield route, answer, refused(answer, 403, "scope.missing")

    assert faults(answers()) == []


def test_a_key_with_the_scope_opens_the_route(scene):
    def answers():
        for route in scene.routes:
            answer = scene.ask(route, scene.script(route, route.scope).headers)
            ended = route.method == "DELETE" and answer.status_code == 409  # the roster was confirmed by then
            yield route, answer, answer.status_code < 300 or ended

    assert faults(answers()) == []


def test_a_post_needs_its_one_time_key(scene):
    def answers():
        for route in scene.routes:
            if route.method == "POST":
                answer = scene.ask(route, {**scene.script(route).headers, "Idempotency-Key": ""})
                yield route, answer, refused(answer, 400, "idempotency_key.missing")

    assert faults(answers()) == []


def test_the_same_post_again_is_answered_again_and_another_one_is_refused(scene):
    def answers():
        for route in scene.routes:
            if route.method != "POST":
                continue
            headers = {**scene.script(route).headers, "Idempotency-Key": "k"}
            body = route.body(scene.ours)
            first, again = (scene.ask(route, headers, body=body) for _ in range(2))
            other = scene.ask(route, headers, body=another(body))
            yield route, first, first.status_code == again.status_code < 300 and first.data == again.data
            code = "invalid" if body == {} else "idempotency_key.reused"  # a route that takes nothing says so first
            yield route, other, refused(other, 422, code)

    assert faults(answers()) == []


def another(body: Any) -> Any:
    """A good body that says something else."""
    if isinstance(body, bytes):
        return body.replace("小花".encode(), "大树".encode())
    if not isinstance(body, dict) or not body:
        return {"other": "body"}
    texts = [name for name in ("name", "text", "account", "reason", "whom", "person_reached") if name in body]
    return body | {texts[0] if texts else "role" if "role" in body else "note": "loving_parent"}


def test_another_organisations_thing_looks_like_a_missing_one(scene):
    def answers():
        for route in scene.routes:
            headers = scene.script(route).headers
            for item in route.items:
                foreign = scene.ask(route, headers, **{item: scene.theirs[item]})
                missing = scene.ask(route, headers, **{item: str(uuid4())})
                yield route, foreign, same_404(foreign, missing)

    assert faults(answers()) == []


def test_another_organisations_thing_in_a_body_looks_like_a_missing_one(scene):
    def answers():
        for route in scene.routes:
            body, headers = route.body(scene.ours), scene.script(route).headers
            for name in set(body) & set(IDS) if isinstance(body, dict) else ():
                foreign = scene.ask(route, headers, body=body | {name: scene.theirs[name]})
                missing = scene.ask(route, headers, body=body | {name: str(uuid4())})
                yield route, foreign, same_404(foreign, missing)

    assert faults(answers()) == []
