"""Plans, their items and occurrences over the API."""

import secrets
from datetime import datetime
from uuid import uuid4

import pytest
from sqlalchemy import select

from services.web.edge.login import key_hash
from shared.care.models import Plan
from shared.kernel.clock import CHINA
from shared.kernel.models import ApiKey
from tests.support.plans import CALL, VISIT, WEEKLY, put_in_force, silence

TEXT = (
    "向阳学校关爱工作计划\n一、代理家长每月到留守儿童家中家访一次。\n二、班主任每周谈心一次。\n三、学校定期召开座谈会。"
)


@pytest.fixture
def school(cast):
    cast.clock(datetime(2026, 9, 1, 8, 0, tzinfo=CHINA))
    yield cast.school
    silence(cast)


def plans_of(company):
    with company.transaction() as session:
        return session.scalars(select(Plan)).all()


SCOPES = ["plans:read", "plans:write", "plan-items:read", "plan-items:write", "occurrences:read"]


@pytest.fixture
def script(cast, school):
    secret = "hehu_" + secrets.token_urlsafe(20)
    with school.transaction() as session:
        session.add(ApiKey(name="robot", prefix=secret[:9], key_hash=key_hash(secret), scopes=SCOPES))
    client = cast.client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    return client


def api(company, rest):
    return f"/api/v1/orgs/{company.slug}/{rest}"


def test_a_script_hands_in_a_plan_and_corrects_an_item(script, school):
    made = script.post(api(school, "plans"), json={"text": TEXT}, headers={"Idempotency-Key": "p1"})
    items = script.get(api(school, f"plan-items?plan_id={made.json['id']}&page_size=1"))
    item = items.json["items"][0]
    changed = script.patch(
        api(school, f"plan-items/{item['id']}"), json={"version": made.json["version"], "period": "weekly"}
    )
    stale = script.patch(api(school, f"plan-items/{item['id']}"), json={"version": 1, "chosen": False})

    assert made.status_code == 201
    assert script.get(api(school, f"plans/{made.json['id']}")).json["text"] == TEXT.strip()
    assert items.json["total"] >= 3
    assert (changed.json["period"], changed.json["grace_days"]) == ("weekly", 2)
    assert (stale.status_code, stale.json["code"]) == (409, "plan.stale")


def test_a_script_reads_what_is_due(cast, script, school):
    put_in_force(cast, school, VISIT, WEEKLY, CALL)
    cast.run_reactions()
    child = school.children["王小明"]

    found = script.get(api(school, f"occurrences?state=open&child_id={child}&due_before=2026-10-02T00:00:00%2B08:00"))
    one = script.get(api(school, f"occurrences/{found.json['items'][0]['id']}"))

    assert found.json["total"] == 6  # a visit, a call and four talks
    assert one.json["due_at"].startswith("2026-09-0")
    assert script.get(api(school, f"occurrences/{uuid4()}")).status_code == 404


@pytest.mark.parametrize(
    "rest", ["plans?page=0", "plan-items?plan_id=x", "occurrences?state=lost", "occurrences?due_before=gestern"]
)
def test_wrong_questions_of_a_script_are_problems(script, school, rest):
    answer = script.get(api(school, rest))

    assert answer.status_code == 422
    assert answer.json["errors"]


def test_a_text_of_a_hundred_thousand_characters_is_refused_before_it_is_read(script, school):
    answer = script.post(api(school, "plans"), json={"text": "字" * 100_001}, headers={"Idempotency-Key": "p2"})

    assert answer.status_code == 422
    assert plans_of(school) == []
