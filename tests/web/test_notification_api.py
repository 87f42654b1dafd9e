"""Incidents, messages and notices for scripts."""

import secrets
from datetime import datetime
from uuid import uuid4

import pytest

from services.web.edge.login import key_hash
from shared.kernel.clock import CHINA
from shared.kernel.models import ApiKey

SCOPES = ["incidents:read", "incidents:write", "deliveries:read", "deliveries:write", "inbox:read"]


def script_of(cast, company):
    secret = "hehu_" + secrets.token_urlsafe(20)
    with company.transaction() as session:
        session.add(ApiKey(name="robot", prefix=secret[:9], key_hash=key_hash(secret), scopes=SCOPES))
    client = cast.client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    client.root = f"/api/v1/orgs/{company.slug}"
    return client


@pytest.fixture
def script(cast):
    cast.clock(datetime(2026, 11, 17, 10, 4, tzinfo=CHINA))
    return script_of(cast, cast.school)


def post(script, path, body=None, key=None):
    headers = {"Idempotency-Key": key or secrets.token_hex(8)}
    return script.post(f"{script.root}/{path}", json=body if body is not None else {}, headers=headers)


@pytest.fixture
def report(cast):
    return {"category": "accident", "child_ids": [str(cast.school.children["王小明"])], "account": "摔伤。"}


def test_an_incident_is_reported_told_and_read(cast, script, report):
    made = post(script, "incidents", report)
    step = next(one for one in made.json["steps"] if one["tell"] == "entrusted_guardian")
    there = f"incidents/{made.json['id']}"

    tried = post(script, f"{there}/steps/{step['id']}/attempts", {"whom": "奶奶", "channel": "phone"})
    told = post(script, f"{there}/steps/{step['id']}/confirmation", {"channel": "phone", "person_reached": "奶奶"})
    again = post(script, f"{there}/steps/{step['id']}/confirmation", {"channel": "phone", "person_reached": "奶奶"})

    assert made.status_code == 201
    assert made.json["children"] == [{"id": report["child_ids"][0], "name": "王小明"}]
    assert tried.status_code == 201
    assert [one["state"] for one in told.json["steps"]].count("done") == 1
    assert (again.status_code, again.json["code"]) == (409, "step.done")
    assert script.get(f"{script.root}/{there}").json == told.json
    assert script.get(f"{script.root}/incidents").json["items"][0]["done"] == 1


def test_the_same_report_twice_is_one_incident(script, report):
    first, second = (post(script, "incidents", report, key="once") for _ in range(2))

    assert first.data == second.data
    assert script.get(f"{script.root}/incidents").json["total"] == 1


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"category": "nonsense"}, 422, "category"),
        ({"account": ""}, 422, "account"),
        ({"colour": "red"}, 422, "colour"),
        ({"child_ids": []}, 409, "names"),
        ({"child_ids": [str(uuid4())]}, 409, "names"),
        ({"known_at": "2027-01-01T00:00:00+08:00"}, 409, "known_at"),
        ({"account": "a\x00b"}, 422, "account"),
    ],
)
def test_what_does_not_fit_is_a_problem_at_its_field(script, report, changes, status, field):
    answer = post(script, "incidents", report | changes)

    assert answer.status_code == status
    assert field in answer.json["errors"]
    assert script.get(f"{script.root}/incidents").json["total"] == 0


def test_a_protective_matter_can_be_reported_and_is_not_read_by_a_key(script, report):
    made = post(script, "incidents", report | {"category": "sexual_harm"})

    assert made.status_code == 201
    assert script.get(f"{script.root}/incidents/{made.json['id']}").status_code == 404
    assert script.get(f"{script.root}/incidents").json["total"] == 0


def test_anothers_incident_answers_like_one_that_is_not_there(cast, script, report):
    made = post(script, "incidents", report).json["id"]
    stranger = script_of(cast, cast.stranger)

    foreign = stranger.get(f"{stranger.root}/incidents/{made}")
    nothing = stranger.get(f"{stranger.root}/incidents/{uuid4()}")

    assert foreign.status_code == nothing.status_code == 404
    assert {**foreign.json, "request_id": ""} == {**nothing.json, "request_id": ""}


def test_messages_and_notices_are_listed_and_a_failed_message_is_sent_again(cast, script, report):
    post(script, "incidents", report)
    cast.run_reactions()

    deliveries = script.get(f"{script.root}/deliveries").json["items"]
    notices = script.get(f"{script.root}/inbox").json["items"]
    again = post(script, f"deliveries/{deliveries[0]['id']}/resend")
    twice = post(script, f"deliveries/{deliveries[0]['id']}/resend")

    assert {one["state"] for one in deliveries} == {"failed"}
    assert {one["error"] for one in deliveries} == {"gateway.none"}
    assert {one["text"] for one in notices} == {"突发事件：意外受伤。知悉时间 2026年11月17日 10:04，请按时限告知。"}
    assert again.json["state"] == "queued"
    assert (twice.status_code, twice.json["code"]) == (409, "delivery.not_failed")
