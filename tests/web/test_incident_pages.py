"""Pages of an incident: three fields, big clocks, one entry for each person told."""

from datetime import datetime

import pytest
from sqlalchemy import func, select

from shared.children.models import ChildContact
from shared.incidents.models import ContactAttempt, Incident, IncidentStep
from shared.kernel.clock import CHINA
from tests.web.forms import post_form, tokens_of

REPORT = {"category": "accident", "names": "王小明", "account": "从单杠上摔下来。"}


@pytest.fixture
def school(cast):
    cast.clock(datetime(2026, 11, 17, 10, 4, 30, tzinfo=CHINA))
    return cast.school


def url(company, rest=""):
    return f"/o/{company.slug}/incidents/{rest}"


def opened(browser, school, **changes):
    answer = post_form(browser, url(school, "new"), REPORT | changes)
    assert answer.status_code == 303, answer.text
    return answer.location


def step_id(school, tell):
    with school.transaction() as session:
        return session.scalars(select(IncidentStep.id).where(IncidentStep.tell == tell)).one()


def count(school, model):
    with school.transaction() as session:
        return session.scalar(select(func.count()).select_from(model))


def test_three_fields_open_an_incident_and_start_the_clocks(cast, school):
    browser = cast.client(school.teacher)

    page = browser.get(opened(browser, school)).text

    for words in ("意外受伤", "王小明", "10:34", "11:04", "12:04", "委托监护人", "登记已告知", "没联系上"):
        assert words in page
    assert "第 1 步" in page


def test_a_double_tap_opens_one_incident(cast, school):
    browser = cast.client(school.teacher)
    values = REPORT | tokens_of(browser.get(url(school, "new")).text)

    first = browser.post(url(school, "new"), data=values)
    second = browser.post(url(school, "new"), data=values)

    assert first.location == second.location
    assert count(school, Incident) == 1


def test_what_was_typed_comes_back_with_the_fault_at_its_field(cast, school):
    browser = cast.client(school.teacher)

    answer = post_form(browser, url(school, "new"), REPORT | {"names": "没有此人"})

    assert answer.status_code == 409
    assert "错误：" in answer.text
    assert "没有找到" in answer.text
    assert "从单杠上摔下来。" in answer.text
    assert count(school, Incident) == 0


def test_from_a_childs_page_the_child_is_ticked_already(cast, school):
    browser = cast.client(school.teacher)
    child = school.children["王小明"]

    page = browser.get(url(school, f"new?child={child}")).text
    answer = post_form(
        browser, url(school, "new"), {"category": "illness", "child_ids": str(child), "account": "发烧。"}
    )

    assert f'value="{child}" checked' in page
    assert answer.status_code == 303


@pytest.mark.parametrize("child", ["nonsense", "00000000-0000-0000-0000-000000000000"])
def test_an_address_with_a_child_that_is_not_there_is_an_empty_form(cast, school, child):
    assert cast.client(school.teacher).get(url(school, f"new?child={child}")).status_code == 200


def test_telling_is_recorded_with_person_channel_and_time(cast, school):
    browser = cast.client(school.teacher)
    place = opened(browser, school)
    cast.advance(minutes=16)

    answer = post_form(
        browser,
        f"{place}/steps/{step_id(school, 'entrusted_guardian')}/confirmation",
        {"channel": "phone", "person_reached": "奶奶", "told_at": "2026-11-17T10:20"},
        follow_redirects=True,
    )

    assert "李老师通过电话告知奶奶" in answer.text
    assert "10:20" in answer.text
    with school.transaction() as session:
        assert session.get_one(IncidentStep, (school.id, step_id(school, "entrusted_guardian"))).state == "done"


def test_too_late_asks_for_the_reason(cast, school):
    browser = cast.client(school.teacher)
    place = opened(browser, school)
    cast.advance(minutes=45)
    form = f"{place}/steps/{step_id(school, 'entrusted_guardian')}/confirmation"
    values = {"channel": "phone", "person_reached": "奶奶", "told_at": "2026-11-17T10:48"}

    refused = post_form(browser, form, values)
    kept = post_form(browser, form, values | {"late_reason": "电话一直没人接。"}, follow_redirects=True)

    assert refused.status_code == 409
    assert "请写明原因" in refused.text
    assert "超时原因：电话一直没人接。" in kept.text


def test_an_attempt_stands_on_the_page_and_the_clock_runs_on(cast, school):
    browser = cast.client(school.teacher)
    place = opened(browser, school)
    step = step_id(school, "father_or_mother")

    answer = post_form(
        browser, f"{place}/steps/{step}/attempts", {"whom": "父亲", "channel": "phone"}, follow_redirects=True
    )

    assert "联系父亲，没联系上" in answer.text
    assert count(school, ContactAttempt) == 1


def test_details_may_come_later_and_closing_waits_for_the_tellings(cast, school):
    browser = cast.client(school.head)
    place = opened(browser, school)

    later = post_form(
        browser, f"{place}/details", {"occurred_at": "2026-11-17T09:58", "place": "操场"}, follow_redirects=True
    )
    refused = post_form(browser, f"{place}/close", {"closing_note": "没事了。"})

    assert "操场" in later.text
    assert "2026年11月17日 09:58" in later.text
    assert refused.status_code == 409
    assert "还有 4 项告知没有完成" in refused.text


def test_a_protective_matter_says_to_call_the_police_and_shows_no_family_number(cast, school):
    browser = cast.client(school.teacher)
    with school.transaction() as session:
        child = school.children["王小明"]
        session.add(ChildContact(child_id=child, kind="guardian", name="王奶奶", phone="13900001111"))

    everyday = browser.get(opened(browser, school)).text
    page = browser.get(opened(browser, school, category="guardian_neglect")).text

    assert "tel:13900001111" in everyday
    assert "110" in page
    assert "13900001111" not in page
    assert "保护性回避" in page
    assert "guardian_neglect" not in cast.client(school.proxy_parent).get(url(school)).text
    assert "监护人不尽责" not in cast.client(school.proxy_parent).get(url(school)).text


def test_a_colleague_without_business_and_a_stranger_get_the_404_of_nothing(cast, school):
    place = opened(cast.client(school.teacher), school)
    nothing = url(school, "00000000-0000-0000-0000-000000000000")

    colleague = cast.client(school.other_teacher)
    assert colleague.get(place).status_code == colleague.get(nothing).status_code == 404
    foreign = place.replace(school.slug, cast.stranger.slug)
    assert cast.client(cast.stranger.head).get(foreign).status_code == 404
    assert cast.client(cast.stranger.head).get(place).status_code == 404


def test_a_bureau_is_told_whom_to_call_instead(cast):
    browser = cast.client(cast.education.head)

    answer = post_form(browser, url(cast.education, "new"), REPORT)

    assert answer.status_code == 409
    assert "请打电话告诉孩子所在的学校或村（社区）" in answer.text


@pytest.mark.parametrize("told_at", ["0001-01-01T00:00", "9999-12-31T23:59", "昨天", "2026-13-40T99:99"])
def test_impossible_times_are_an_answer_and_no_fault_of_ours(cast, school, told_at):
    browser = cast.client(school.teacher)
    place = opened(browser, school)

    answer = post_form(
        browser,
        f"{place}/steps/{step_id(school, 'entrusted_guardian')}/confirmation",
        {"channel": "phone", "person_reached": "奶奶", "told_at": told_at},
    )

    assert answer.status_code in (409, 422)
    assert "奶奶" in answer.text


def test_the_list_shows_what_is_still_to_be_told(cast, school):
    browser = cast.client(school.teacher)
    empty = browser.get(url(school)).text
    opened(browser, school)

    page = browser.get(url(school)).text

    assert "还没有突发事件" in empty
    assert "0 / 4 项" in page
    assert "还剩" in page
