"""The frame of the API: keys, scopes, one-time keys, lists, problems and the document."""

import secrets

import pytest

from services.web.edge.login import key_hash
from shared.kernel.models import ApiKey


@pytest.fixture
def script(cast_at_probe):
    """A browserless client with a key of the school."""
    secret = "hehu_" + secrets.token_urlsafe(20)
    with cast_at_probe.school.transaction() as session:
        scopes = ["probe:read", "probe:write"]
        session.add(ApiKey(name="roster robot", prefix=secret[:9], key_hash=key_hash(secret), scopes=scopes))
    client = cast_at_probe.client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    client.url = f"/api/v1/orgs/{cast_at_probe.school.slug}/probe"
    return client


def test_a_list_has_items_total_and_neighbours(script):
    answer = script.get(f"{script.url}?page_size=1")

    assert answer.json["total"] == 2
    assert len(answer.json["items"]) == 1
    assert '?page_size=1&page=2>; rel="next"' in answer.headers["Link"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_post_needs_its_key_and_repeats_its_answer(script):
    without = script.post(script.url, json={"name": "五班"})
    first = script.post(script.url, json={"name": "五班"}, headers={"Idempotency-Key": "k1"})
    again = script.post(script.url, json={"name": "五班"}, headers={"Idempotency-Key": "k1"})
    other = script.post(script.url, json={"name": "六班"}, headers={"Idempotency-Key": "k1"})

    assert without.status_code == 400
    assert without.json["code"] == "idempotency_key.missing"
    assert first.status_code == again.status_code == 201
    assert first.data == again.data
    assert other.status_code == 422
    assert other.json["code"] == "idempotency_key.reused"
    assert script.get(script.url).json["total"] == 3


def test_wrong_input_and_broken_rules_are_problems(script):
    invalid = script.post(script.url, json={"grade": "x"}, headers={"Idempotency-Key": "k2", "Accept-Language": "en"})
    conflict = script.post(script.url, json={"name": "撞名"}, headers={"Idempotency-Key": "k3"})
    fault = script.post(script.url, json={"name": "炸"}, headers={"Idempotency-Key": "k4"})

    assert invalid.status_code == 422
    assert invalid.content_type == "application/problem+json"
    assert invalid.json["errors"] == {"name": ["Fill this in."], "grade": ["Enter a whole number."]}
    assert (conflict.status_code, conflict.json["code"]) == (409, "unit.taken")
    assert conflict.json["detail"] == "已经有撞名了。"
    assert fault.status_code == 500
    assert "fault of ours" not in fault.text


def test_a_key_opens_its_own_organisation_alone(script, cast_at_probe):
    foreign = script.get(f"/api/v1/orgs/{cast_at_probe.stranger.slug}/probe")
    missing = script.get("/api/v1/orgs/there-is-none/probe")
    scope = script.get(f"/api/v1/orgs/{cast_at_probe.school.slug}/about")

    assert foreign.status_code == missing.status_code == 404
    assert {**foreign.json, "request_id": ""} == {**missing.json, "request_id": ""}
    assert scope.status_code == 403
    assert scope.json["code"] == "scope.missing"
    assert cast_at_probe.client().get(script.url).headers["WWW-Authenticate"] == "Bearer"


def test_the_wrong_method_and_page_are_problems_too(script):
    method = script.delete(script.url)
    page = script.get(f"{script.url}?page=0")

    assert method.status_code == 405
    assert "POST" in method.headers["Allow"]
    assert method.content_type == page.content_type == "application/problem+json"
    assert page.status_code == 422


def test_the_document_names_keys_links_and_problems(script):
    whole = script.get("/api/v1/openapi.json").json
    probe = whole["paths"]["/api/v1/orgs/{org}/probe"]
    post, listed = probe["post"], probe["get"]

    assert whole["openapi"].startswith("3.1")
    assert post["tags"] == ["probe"]
    assert {"Idempotency-Key"} == {parameter["name"] for parameter in post["parameters"]}
    assert {"page", "page_size"} == {parameter["name"] for parameter in listed["parameters"]}
    assert "Link" in listed["responses"]["200"]["headers"]
    refusals = {"400", "401", "403", "404", "409", "413", "415", "422", "429"}
    assert set(post["responses"]) == {"201", *refusals}
    problems = whole["components"]["responses"]
    assert all("application/problem+json" in problems[f"Problem{status}"]["content"] for status in refusals)
    assert whole["components"]["schemas"]["Unit"]["additionalProperties"] is False
    assert "<script>" not in script.get("/api/v1/docs").text


@pytest.mark.parametrize(
    ("body", "status", "where"),
    [
        (b'{"name": "x"', 400, None),
        (b'["x"]', 422, "_schema"),
        (b'{"name": "x", "grade": "5"}', 422, "grade"),
        (b'{"name": "x", "grade": 1.5}', 422, "grade"),
        (b'{"name": "x", "grade": true}', 422, "grade"),
        (b'{"name": "x", "agreed": "true"}', 422, "agreed"),
        (b'{"name": 5}', 422, "name"),
        (b'{"name": "x", "grade": 5.0, "agreed": true}', 201, None),
    ],
)
def test_a_body_is_json_and_its_types_count(script, body, status, where):
    answer = script.post(
        script.url, data=body, headers={"Idempotency-Key": "j1"}, content_type="application/json; charset=utf-8"
    )

    assert answer.status_code == status
    assert where is None or where in answer.json["errors"]


def test_a_body_of_another_kind_is_refused_as_such(script):
    answer = script.post(script.url, data={"name": "x"}, headers={"Idempotency-Key": "f1"})

    assert answer.status_code == 415
    assert answer.content_type == "application/problem+json"


def test_a_key_with_blanks_or_of_more_than_200_characters_is_none(script):
    wrong = ["a b", "名", "k" * 201, " "]

    answers = [script.post(script.url, json={"name": "x"}, headers={"Idempotency-Key": key}) for key in wrong]

    assert [answer.json["code"] for answer in answers] == ["idempotency_key.missing"] * 4


def test_a_script_that_asks_too_often_is_told_when_to_come_back(script):
    asked = [script.get(script.url).status_code for _ in range(601)]

    late = script.get(script.url)

    assert set(asked[:600]) == {200}
    assert (late.status_code, late.json["code"]) == (429, "too_many_requests")
    assert late.headers["Retry-After"] == "60"
