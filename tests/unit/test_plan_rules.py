"""From what was read to what is proposed, and the figures of a plan."""

from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.care.calendar import Calendar, Rhythm, Window
from shared.care.kinds import KIND_TITLES
from shared.care.load import Demand, load_of, windows_in_term
from shared.care.plan_dates import read_dates, type_date
from shared.care.plan_roles import role_of_words
from shared.care.plan_rules import Proposal, lacks_period, needs_terms, propose, recurs, short_title
from shared.care.reader.values import KINDS, PERIODS, SUBJECTS, Commitment
from shared.people.rules import ROLES_OF_KIND, Role

TERM = Window(date(2026, 9, 1), date(2027, 1, 31))
CALENDAR = Calendar((TERM,))
CHILDREN = 122


def read(**given: Any) -> Commitment:
    values = {"quote": "每月家访一次", "start": 3, "subject": "child", "kind": "home_visit", "period": "monthly"}
    return Commitment(**{**values, **given})


def proposed(kind: str = "school", title: str = "关爱工作计划", **given: Any) -> Proposal:
    return propose(read(**given), plan_title=title, organisation_kind=kind)


def item(**given: Any) -> Any:
    values = {"kind": "talk", "period": "monthly", "dates": [], "doer_role": "head", "chosen": True, "holiday": "pause"}
    return SimpleNamespace(**{**values, "state": "draft", **given})


def demand(kind: str, period: str, **subjects: Any) -> Demand:
    times = windows_in_term(Rhythm(period, pauses=True), CALENDAR, TERM)
    return Demand(kind, "proxy_parent", 1, times, subjects.get("doers", {None: CHILDREN}))


def test_three_ones_for_122_children_make_610_visits_610_calls_and_122_letters():
    load = load_of([demand("home_visit", "monthly"), demand("call", "monthly"), demand("letter", "term")], months=5)

    assert dict(load.kinds) == {"home_visit": 610, "call": 610, "letter": 122}


def test_somebody_with_36_children_has_36_visits_a_month():
    carer = uuid4()

    load = load_of([demand("home_visit", "monthly", doers={carer: 36, None: 86})], months=5)

    share = next(one for one in load.shares if one.doer_id == carer)
    assert [(one.kind, one.in_term, one.a_month) for one in share.kinds] == [("home_visit", 180, 36)]
    assert load.shares[0].role == "proxy_parent"


def test_what_comes_once_a_term_is_no_share_of_a_month():
    load = load_of([demand("letter", "term", doers={uuid4(): 36})], months=5)

    [burden] = load.shares[0].kinds
    assert (burden.in_term, burden.a_month) == (36, 0)


@pytest.mark.parametrize(
    ("words", "kind", "role"),
    [
        ("班主任", "school", Role.CLASS_TEACHER),
        ("代管家长", "school", Role.PROXY_PARENT),
        ("爱心父母", "school", Role.LOVING_PARENT),
        ("配对帮扶教师和其他教职工", "school", Role.MENTOR),
        ("心理咨询室教师", "school", Role.COUNSELLOR),
        ("负责学籍档案管理的人员", "school", Role.ARCHIVIST),
        ("任课教师", "school", Role.SUBJECT_TEACHER),
        ("教师妈妈", "kindergarten", Role.TEACHER_MOTHER),
        ("大学生村官", "village", Role.VILLAGE_OFFICIAL),
        ("社区网格社工", "community", Role.GRID_WORKER),
        ("爱心辅导员", "community", Role.LOVE_COUNSELLOR),
        ("配对帮扶的领导干部", "bureau", Role.CADRE_MENTOR),
        ("学校", "school", Role.HEAD),
        ("父母", "school", None),
        ("派出所", "village", None),
    ],
)
def test_the_doers_words_mean_a_role_of_this_kind_of_organisation(words, kind, role):
    assert role_of_words(words, kind) == role


@given(words=st.text(max_size=20), kind=st.sampled_from(sorted(ROLES_OF_KIND)))
def test_no_words_mean_a_role_the_organisation_has_not(words, kind):
    role = role_of_words(words, kind)

    assert role is None or role in ROLES_OF_KIND[kind]


def test_without_words_the_title_names_the_carers():
    assert proposed(title="代理家长工作计划").doer_role == Role.PROXY_PARENT
    assert proposed(title="留守儿童工作计划").doer_role == Role.CLASS_TEACHER
    assert proposed(kind="village").doer_role == Role.CHILD_DIRECTOR


def test_what_has_a_rhythm_is_ticked_and_what_has_none_waits():
    assert proposed(period="monthly").chosen
    assert proposed(period="festival", dates=("06-01",)).chosen
    assert not proposed(period="unstated").chosen
    assert not proposed(period="date").chosen
    assert not proposed(period="event").chosen
    assert not proposed(period="once").chosen
    assert not proposed(subject="guardian").chosen


def test_schools_pause_in_the_holidays_but_not_on_days_a_plan_names():
    assert proposed(kind="school").holiday == "pause"
    assert proposed(kind="village").holiday == "keep"
    assert proposed(kind="school", period="festival", dates=("lunar:01-01",)).holiday == "keep"


def test_key_children_are_recognised_by_the_words_of_the_promise():
    assert proposed(quote="对重点留守儿童每周走访一次").child_filter == "key"
    assert proposed(quote="对留守儿童每周走访一次").child_filter == "all"


@given(
    subject=st.sampled_from(SUBJECTS),
    kind=st.sampled_from(KINDS),
    period=st.sampled_from(PERIODS),
    quote=st.text(min_size=1, max_size=120),
    times=st.none() | st.integers(1, 999),
    organisation=st.sampled_from(["school", "kindergarten", "village", "community", "bureau"]),
)
def test_whatever_was_read_can_be_proposed(subject, kind, period, quote, times, organisation):
    made = propose(
        read(subject=subject, kind=kind, period=period, quote=quote, times=times),
        plan_title="计划",
        organisation_kind=organisation,
    )

    assert made.subject in ("child", "class", "tenant")
    assert 1 <= made.times <= 31
    assert 0 < len(made.title) <= 40 or not quote.strip()


def test_triggers_and_incident_notices_are_kept_but_never_due():
    assert not recurs(item(period="event"))
    assert not recurs(item(kind="incident_notice", period="monthly"))
    assert recurs(item(period="once"))


def test_soft_words_and_dates_without_a_day_lack_a_period():
    assert lacks_period(item(period="unstated"))
    assert lacks_period(item(period="date"))
    assert not lacks_period(item(period="date", dates=["06-01"]))
    assert not lacks_period(item(period="event"))


def test_a_village_needs_no_terms_for_its_months():
    assert needs_terms(item(period="monthly"))
    assert not needs_terms(item(period="monthly", holiday="keep"))
    assert needs_terms(item(period="term", holiday="keep"))


def test_titles_are_short_and_without_numbering():
    assert short_title("（三）每月家访一次。") == "每月家访一次"
    assert len(short_title("家访" * 40)) == 40


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("6月1日、中秋节，10月", ["06-01", "lunar:08-15", "month:10"]),
        ("六一 国庆", ["06-01", "10-01"]),
        ("农历9月9日", ["lunar:09-09"]),
        ("清明节", ["qingming"]),
        ("06-01 lunar:08-15 month:3", ["06-01", "lunar:08-15", "month:3"]),
        ("", []),
    ],
)
def test_days_are_read_as_people_type_them(typed, codes):
    assert read_dates(typed) == (codes, [])


def test_words_that_name_no_day_are_told_apart():
    assert read_dates("6月1日、下雨天、13月") == (["06-01"], ["下雨天", "13月"])


@pytest.mark.parametrize(
    "code", ["06-01", "lunar:08-15", "lunar:03-03", "month:10", "qingming", "05-30", "lunar:12-30"]
)
def test_a_day_shown_in_the_form_reads_back_as_the_same_day(code):
    assert read_dates(type_date(code)) == ([code], [])


def test_every_kind_has_a_title():
    assert set(KIND_TITLES) == set(KINDS)
