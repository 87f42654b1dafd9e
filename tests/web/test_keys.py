"""Keys for scripts: issued by administrators, shown once, good for their scopes, ended for good."""

import re

import psycopg
import pytest
from sqlalchemy import select

from services.web.edge.access import routes
from shared.kernel.models import ApiKey, AuditEntry, IdempotencyKey
from shared.people.key_rules import SCOPES, key_hash, scopes_of
from tests.support.cluster import dsn
from tests.web.forms import post_form, tokens_of

SECRET = re.compile(r'value="(hehu_[\w-]{43})"')


def address(company, rest=""):
    return f"/o/{company.slug}/keys/{rest}"


def issued(cast, company, who, *scopes, name="学籍同步"):
    """The secret of a new key, as the page shows it."""
    answer = post_form(cast.client(who), address(company, "new"), {"name": name, "scopes": list(scopes)})
    assert answer.status_code == 200, answer.text
    return SECRET.findall(answer.text)[0]


def ask(cast, company, secret, path="about"):
    return cast.client().get(f"/api/v1/orgs/{company.slug}/{path}", headers={"Authorization": f"Bearer {secret}"})


def test_a_key_is_shown_once_and_opens_what_was_ticked(cast):
    school = cast.school
    browser = cast.client(school.admin)

    secret = issued(cast, school, school.admin, "units:read", "about:read")

    assert ask(cast, school, secret).status_code == 200
    assert ask(cast, school, secret, "members").status_code == 403
    listed = browser.get(address(school)).text
    assert secret not in listed
    assert secret[:9] in listed
    assert "查看班级和分组" in listed
    assert "管老师" in listed


def test_the_secret_itself_is_kept_nowhere(cast):
    school = cast.school

    secret = issued(cast, school, school.admin, "about:read")

    with school.transaction() as session:
        key = session.scalars(select(ApiKey)).one()
        audited = session.scalars(select(AuditEntry).where(AuditEntry.subject_id == key.id)).one()
        answers = [row.answer or b"" for row in session.scalars(select(IdempotencyKey))]
    assert key.key_hash == key_hash(secret)
    assert (audited.action, audited.detail) == ("api_key.issue", {"scopes": ["about:read"]})
    assert answers
    assert not any(secret.encode() in answer for answer in answers)


def test_a_double_tap_issues_one_key_and_says_where_it_is(cast):
    school = cast.school
    browser = cast.client(school.admin)
    typed = {**tokens_of(browser.get(address(school, "new")).text), "name": "网站", "scopes": ["about:read"]}

    first = browser.post(address(school, "new"), data=typed)
    again = browser.post(address(school, "new"), data=typed)

    assert SECRET.search(first.text)
    assert (again.status_code, again.location) == (303, address(school))
    listed = browser.get(again.location).text
    assert "只显示一次" in listed
    assert listed.count("网站") == 1


def test_an_ended_key_is_one_that_does_not_exist(cast):
    school = cast.school
    secret = issued(cast, school, school.admin, "about:read")
    browser = cast.client(school.admin)
    page = browser.get(address(school)).text
    end = re.search(r'action="([^"]+/end)"', page)
    assert end

    answer = browser.post(end[1], data=tokens_of(page))
    again = browser.post(end[1], data=tokens_of(browser.get(address(school, "new")).text))

    assert answer.status_code == 303
    assert again.status_code == 409
    gone, wrong = ask(cast, school, secret), ask(cast, school, "hehu_" + "x" * 43)
    assert gone.status_code == wrong.status_code == 404
    assert {**gone.json, "request_id": ""} == {**wrong.json, "request_id": ""}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": "", "scopes": ["about:read"]}, "请填写这一项"),
        ({"name": "a" * 41, "scopes": ["about:read"]}, "40"),
        ({"name": "网站"}, "请至少选一个范围"),
        ({"name": "网站", "scopes": ["everything"]}, "请从列表里选择"),
    ],
)
def test_wrong_input_comes_back_with_its_reason(cast, typed, said):
    kindergarten = cast.kindergarten

    answer = post_form(cast.client(kindergarten.head), address(kindergarten, "new"), typed)

    assert answer.status_code == 422
    assert said in answer.text
    with kindergarten.transaction() as session:
        assert session.scalars(select(ApiKey)).all() == []


def test_a_kind_of_organisation_is_offered_only_what_it_has(cast):
    county = cast.county

    page = cast.client(county.admin).get(address(county, "new")).text
    refused = post_form(cast.client(county.admin), address(county, "new"), {"name": "网站", "scopes": ["units:read"]})

    assert "rollups:read" in scopes_of("bureau")
    assert "rollups:read" not in scopes_of("school")
    assert 'value="rollups:read"' in page
    assert 'value="units:read"' not in page
    assert refused.status_code == 422
    assert "本单位的密钥不能有这个范围" in refused.text


def test_only_administrators_reach_the_keys_and_no_stranger_ends_one(cast):
    school = cast.school
    issued(cast, school, school.admin, "about:read")
    with psycopg.connect(dsn(cast.urls.backup)) as connection:
        row = connection.execute("SELECT id FROM api_key WHERE tenant_id = %s", [school.id]).fetchone()
        assert row is not None
    stranger = cast.client(cast.stranger.admin)
    tokens = tokens_of(stranger.get(address(cast.stranger, "new")).text)

    foreign = stranger.post(address(cast.stranger, f"{row[0]}/end"), data=tokens)

    assert cast.client(school.teacher).get(address(school)).status_code == 403
    assert foreign.status_code == 404
    with school.transaction() as session:
        assert session.scalars(select(ApiKey.ended_at)).one() is None


def test_every_scope_that_a_route_declares_has_its_words_and_no_other_has(make_app):
    declared = {access.scope for _rule, _method, access in routes(make_app()) if access and access.kind == "scope"}

    assert declared == set(SCOPES)
