"""Pages of pairing."""

import pytest
from sqlalchemy import select

from shared.care.models import Assignment
from tests.web.forms import post_form

MING, FANG = "王小明", "陈晓芳"


@pytest.fixture
def school(cast):
    return cast.school


def url(company, rest=""):
    return f"/o/{company.slug}/pairings/{rest}"


def pairings_of(company):
    with company.transaction() as session:
        return session.scalars(select(Assignment).order_by(Assignment.id)).all()


def pair(browser, school, *children, carer=None):
    values = {
        "role": "proxy_parent",
        "child_ids": [str(school.children[child]) for child in children],
        "membership_ids": [str((carer or school.proxy_parent).membership_id)],
    }
    return post_form(browser, url(school, "new"), values, follow_redirects=True)


def test_a_class_is_paired_in_one_form(cast, school):
    browser = cast.client(school.teacher)

    form = browser.get(url(school, f"new?unit={school.units['三年级一班']}")).text
    answer = pair(browser, school, MING, FANG)

    assert MING in form
    assert "刘一帆" not in form, "not left behind"
    assert "周静怡" not in form, "another class"
    assert "已结对 2 人" in answer.text
    assert len(pairings_of(school)) == 2


def test_too_many_children_for_one_are_said_and_not_refused(cast, school):
    answer = pair(cast.client(school.admin), school, MING, FANG, "周静怡")

    assert "现有 3 个孩子，超过 2 个" in answer.text
    assert len(pairings_of(school)) == 3


def test_children_without_a_carer_stand_on_top(cast, school):
    browser = cast.client(school.teacher)

    before = browser.get(url(school)).text
    pair(browser, school, MING)

    assert "还有 2 个留守儿童没有人结对" in before
    assert "还有 1 个留守儿童没有人结对" in browser.get(url(school)).text


def test_the_carer_is_changed_and_the_pairing_ended(cast, school):
    browser = cast.client(school.teacher)
    pair(browser, school, MING)
    (first,) = pairings_of(school)

    changed = post_form(
        browser, url(school, str(first.id)), {"membership_id": school.head.membership_id}, follow_redirects=True
    )
    second = pairings_of(school)[-1]
    ended = post_form(
        browser, url(school, f"{second.id}/end"), {}, page=url(school, str(second.id)), follow_redirects=True
    )

    assert "郝校长" in changed.text
    assert "已结束结对" in ended.text
    assert [row.until_on is None for row in pairings_of(school)] == [False, False]


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({}, 422),
        ({"child_ids": ["x"], "membership_ids": ["y"], "role": "proxy_parent"}, 422),
        ({"role": "head"}, 422),
    ],
)
def test_nothing_is_paired_by_a_wrong_form(cast, school, values, status):
    good = {
        "role": "proxy_parent",
        "child_ids": [str(school.children[MING])],
        "membership_ids": [str(school.proxy_parent.membership_id)],
    }
    given = good | values if values else {}

    answer = post_form(cast.client(school.teacher), url(school, "new"), given)

    assert answer.status_code == status
    assert pairings_of(school) == []


def test_a_carer_looks_but_does_not_pair(cast, school):
    browser = cast.client(school.proxy_parent)

    assert browser.get(url(school)).status_code == 200
    assert browser.get(url(school, "new")).status_code == 403
