"""Records and pairings for scripts: the rules of the form, as problems."""

import itertools
import secrets
from datetime import timedelta
from uuid import uuid4

import pytest

from services.web.edge.login import key_hash
from shared.kernel.models import ApiKey
from tests.support.promises import a_promise, promise_now

CHILD = "王小明"
SCOPES = ["records:read", "records:write", "pairings:read", "pairings:write"]
_keys = itertools.count()


class Script:
    """A program with a key of one organisation."""

    def __init__(self, cast, company):
        secret = "hehu_" + secrets.token_urlsafe(20)
        with company.transaction() as session:
            session.add(ApiKey(name="robot", prefix=secret[:9], key_hash=key_hash(secret), scopes=SCOPES))
        self.client = cast.client()
        self.client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
        self.base = f"/api/v1/orgs/{company.slug}/"

    def get(self, path):
        return self.client.get(self.base + path)

    def post(self, path, body, key=None):
        headers = {"Idempotency-Key": key or f"k{next(_keys)}"}
        return self.client.post(self.base + path, json=body, headers=headers)

    def patch(self, path, body):
        return self.client.patch(self.base + path, json=body)


@pytest.fixture
def school(cast):
    return cast.school


@pytest.fixture
def script(cast, school):
    return Script(cast, school)


@pytest.fixture
def visit(school):
    """A visit as a body."""
    return {
        "kind": "home_visit",
        "child_id": str(school.children[CHILD]),
        "doer_id": str(school.teacher.membership_id),
        "note": "奶奶身体不好",
    }


def test_a_record_closes_its_promise_and_is_listed(cast, script, school, visit):
    start = cast.now().date() - timedelta(days=20)
    promise = a_promise(school, child=CHILD, doer=school.teacher, start=start)

    made = script.post("records", visit)

    assert made.status_code == 201
    assert made.json["occurrence_ids"] == [str(promise.id)]
    assert promise_now(school, promise).state == "done"
    assert script.get("records").json["items"] == [made.json]
    assert script.get(f"records/{made.json['id']}").json == made.json


def test_the_same_key_makes_one_record(script, visit):
    first = script.post("records", visit, key="once")
    again = script.post("records", visit, key="once")

    assert first.data == again.data
    assert script.get("records").json["total"] == 1


def test_a_record_is_corrected_with_the_version_that_was_read(script, visit):
    made = script.post("records", visit).json

    mended = script.patch(f"records/{made['id']}", {"version": 1, "note": "已去看病", "on_day": None})
    stale = script.patch(f"records/{made['id']}", {"version": 1, "note": "旧"})

    assert (mended.json["note"], mended.json["version"]) == ("已去看病", 2)
    assert mended.json["on_day"] == made["on_day"]
    assert (stale.status_code, stale.json["code"]) == (409, "record.changed")


def test_a_record_is_voided_once(script, visit):
    made = script.post("records", visit).json

    voided = script.post(f"records/{made['id']}/void", {"reason": "误录"})
    again = script.post(f"records/{made['id']}/void", {"reason": "误录"})

    assert (voided.json["state"], voided.json["void_reason"]) == ("void", "误录")
    assert (again.status_code, again.json["code"]) == (409, "record.void")


@pytest.mark.parametrize("kind", ["call", "video", "letter"])
def test_no_words_of_a_call_come_in_by_the_api(script, visit, kind):
    made = script.post("records", visit | {"kind": kind})
    without = script.post("records", {k: v for k, v in visit.items() if k != "note"} | {"kind": kind}).json
    mended = script.patch(f"records/{without['id']}", {"version": 1, "note": "说了什么"})

    assert (made.status_code, list(made.json["errors"])) == (409, ["note"])
    assert (mended.status_code, list(mended.json["errors"])) == (409, ["note"])


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": None}, "kind"),
        ({"note": "a\x00"}, "note"),
        ({"note": "\ud800"}, "note"),
        ({"minutes": 10**12}, "minutes"),
        ({"minutes": "5"}, "minutes"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_wrong_body_names_its_field(script, visit, wrong, field):
    answer = script.post("records", visit | wrong)

    assert answer.status_code == 422
    assert field in answer.json["errors"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"doer_id": None}, "doer_id"),
        ({"child_id": None}, "child_id"),
        ({"on_day": "0001-01-01"}, "on_day"),
        ({"on_day": "9999-12-31"}, "on_day"),
        ({"unit_id": str(uuid4())}, "unit_id"),
    ],
)
def test_a_body_that_breaks_a_rule_is_a_conflict_and_names_its_field(script, visit, wrong, field):
    answer = script.post("records", visit | wrong)

    assert answer.status_code == 409
    assert answer.json["code"].startswith("record.")
    assert field in answer.json["errors"]


@pytest.mark.parametrize("name", ["child_id", "doer_id", "occurrence_id"])
def test_another_organisations_id_is_one_that_does_not_exist(cast, script, visit, name):
    promise = a_promise(cast.stranger, child="别家娃", start=cast.now().date())
    foreign = {
        "child_id": cast.stranger.children["别家娃"],
        "doer_id": cast.stranger.teacher.membership_id,
        "occurrence_id": promise.id,
    }
    base = visit if name == "doer_id" else {k: v for k, v in visit.items() if k != "child_id"}

    answers = [script.post("records", base | {name: str(one)}) for one in (foreign[name], uuid4())]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json["code"] == answers[1].json["code"]
    assert script.get("records").json["total"] == 0


def test_a_strangers_record_is_not_found_by_any_way(cast, script, visit):
    made = script.post("records", visit).json
    stranger = Script(cast, cast.stranger)

    answers = [
        stranger.get(f"records/{made['id']}"),
        stranger.patch(f"records/{made['id']}", {"version": 1, "note": "x"}),
        stranger.post(f"records/{made['id']}/void", {"reason": "x"}),
    ]

    assert {answer.status_code for answer in answers} == {404}


def test_a_pairing_is_made_listed_and_ended(script, school):
    body = {
        "child_id": str(school.children[CHILD]),
        "membership_id": str(school.proxy_parent.membership_id),
        "role": "proxy_parent",
    }

    made = script.post("pairings", body)
    taken = script.post("pairings", body)
    listed = script.get("pairings").json
    ended = script.post(f"pairings/{made.json['id']}/end", {})

    assert made.status_code == 201
    assert (taken.status_code, taken.json["code"]) == (409, "pairing.taken")
    assert listed["items"] == [made.json]
    assert ended.json["until_on"] is not None
    assert script.get(f"pairings/{made.json['id']}").json == ended.json
    assert script.get("pairings").json["total"] == 0


@pytest.mark.parametrize("wrong", [{"role": "head"}, {"from_on": "2999-01-01"}, {"from_on": "0001-01-01"}])
def test_a_pairing_that_breaks_a_rule_names_its_field(script, school, wrong):
    body = {
        "child_id": str(school.children[CHILD]),
        "membership_id": str(school.proxy_parent.membership_id),
        "role": "proxy_parent",
    }

    answer = script.post("pairings", body | wrong)

    assert answer.status_code == 409
    assert list(answer.json["errors"]) == list(wrong)
