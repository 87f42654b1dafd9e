"""今日待办 by role, the week on paper, and how many questions a page asks the database."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import event

from services.web.db import db
from shared.care.models import Assignment
from shared.children.models import Child
from tests.support.cluster import dsn
from tests.support.promises import a_promise, miss
from tests.web.forms import post_form, tokens_of

CHILD = "王小明"


@pytest.fixture
def school(cast):
    return cast.school


@pytest.fixture
def today(cast):
    return cast.now().date()


def url(company, rest=""):
    return f"/o/{company.slug}/{rest}"


@contextmanager
def counted(cast, what="before_cursor_execute") -> Iterator[list[tuple[object, ...]]]:
    """What the application's requests tell their connections: each statement, or each `commit`."""
    told: list[tuple[object, ...]] = []

    def note(_connection, *rest):
        told.append(rest)

    with cast.make_app().app_context():
        engine = db.engine
    event.listen(engine, what, note)
    try:
        yield told
    finally:
        event.remove(engine, what, note)


def test_what_is_overdue_stands_before_what_is_due_soon_and_what_is_due_this_month(cast, school, today):
    teacher = school.teacher
    later = a_promise(school, child=CHILD, doer=teacher, start=today - timedelta(days=2), days=30)
    overdue = a_promise(school, child=CHILD, doer=teacher, start=today - timedelta(days=31), days=30)
    soon = a_promise(school, child="陈晓芳", doer=teacher, start=today - timedelta(days=29), days=30)

    page = cast.client(teacher).get(url(school)).text

    places = [page.index(f"occurrence={one.id}") for one in (overdue, soon, later)]
    assert places == sorted(places)
    assert "已过期 2 天" in page
    assert "今天到期" in page


def test_a_promise_of_next_month_is_not_yet_on_the_page(cast, school, today):
    promise = a_promise(school, child=CHILD, doer=school.teacher, start=today + timedelta(days=3))

    assert str(promise.id) not in cast.client(school.teacher).get(url(school)).text


def test_without_anything_to_do_the_page_says_why_and_what_next(cast, school):
    page = cast.client(school.proxy_parent).get(url(school)).text

    assert "今天没有记在您名下的事" in page
    assert 'class="empty' in page


def test_a_fresh_organisations_administrator_sees_where_to_begin(cast, school):
    page = cast.client(school.admin).get(url(school)).text

    assert "从这里开始" in page
    assert "导入儿童名册" in page
    assert "从这里开始" not in cast.client(school.teacher).get(url(school)).text


def test_a_leader_sees_children_without_a_carer_and_overdue_promises_of_others(cast, school, today):
    a_promise(school, child=CHILD, doer=school.proxy_parent, start=today - timedelta(days=31), days=30)

    page = cast.client(school.teacher).get(url(school)).text

    assert "2 个留守儿童还没有人结对" in page
    assert "1 件本班本组的事已过期" in page


def test_a_problem_comes_back_after_a_week_until_something_is_recorded(cast, school, today):
    browser = cast.client(school.teacher)
    address = url(school, f"records/new?child={school.children[CHILD]}&kind=talk")
    values = {"kind": "talk", "child_id": school.children[CHILD], "problem_found": "true"}
    day = (today - timedelta(days=8)).isoformat()
    post_form(browser, address, values | {"on_day": day})

    before = browser.get(url(school)).text
    post_form(browser, address, {"kind": "talk", "child_id": school.children[CHILD]})

    assert "跟进：王小明 · 谈心" in before
    assert "跟进：" not in browser.get(url(school)).text


def test_a_county_officer_is_led_to_the_board(cast):
    page = cast.client(cast.county.officer).get(url(cast.county))

    assert page.status_code == 200
    assert "看板" in page.text


def test_the_page_asks_as_many_questions_for_forty_promises_as_for_one(cast, school, today):
    browser = cast.client(school.teacher)
    many_children(cast, school, today, 1)
    browser.get(url(school))
    with counted(cast) as few:
        browser.get(url(school))
    many_children(cast, school, today, 40)

    with counted(cast) as many:
        page = browser.get(url(school))

    assert len(many) == len(few) <= 24
    assert "看全部 41 件" in page.text


@pytest.mark.parametrize("rest", ["due", "week?who=unit", "records/", "excuses/", "pairings/"])
def test_lists_ask_as_many_questions_for_twenty_rows_as_for_one(cast, school, today, rest):
    browser = cast.client(school.teacher)
    many_children(cast, school, today, 1)
    browser.get(url(school, rest))
    with counted(cast) as few:
        browser.get(url(school, rest))
    many_children(cast, school, today, 20)

    with counted(cast) as many:
        browser.get(url(school, rest))

    assert len(many) == len(few)


def many_children(cast, school, today, number):
    """Children of the teacher's class, each with a carer, a promise due this week and a record."""
    for _ in range(number):
        name = f"孩子{len(school.children)}"
        with school.transaction() as session:
            child = Child(name=name, pinyin=name, unit_id=school.units["三年级一班"], left_behind=True)
            session.add(child)
            session.flush()
            carer = school.proxy_parent.membership_id
            session.add(Assignment(child_id=child.id, membership_id=carer, role="proxy_parent", from_on=today))
            school.children[name] = child.id
        a_promise(school, child=name, doer=school.teacher, start=today - timedelta(days=6), days=7)


def test_the_page_stays_small(cast, school, today):
    many_children(cast, school, today, 40)

    page = cast.client(school.teacher).get(url(school))

    assert len(gzip.compress(page.data)) <= 15_000


def test_the_week_on_paper_has_a_sheet_for_each_doer(cast, school, today):
    for doer, child in ((school.teacher, CHILD), (school.proxy_parent, "陈晓芳")):
        a_promise(school, child=child, doer=doer, start=today - timedelta(days=29), days=30)

    mine = cast.client(school.teacher).get(url(school, "week")).text
    unit = cast.client(school.teacher).get(url(school, "week?who=unit")).text
    other = cast.client(school.other_teacher).get(url(school, "week?who=unit")).text
    asked_for_all = cast.client(school.other_teacher).get(url(school, "week?who=all")).text

    assert (mine.count('class="sheet"'), unit.count('class="sheet"')) == (1, 2)
    assert CHILD not in other
    assert CHILD not in asked_for_all


@pytest.mark.parametrize("week", ["2026-W48", "2026-W99", "nonsense", "2026-W", "99999-W01", "0000-W01"])
def test_any_week_of_the_address_is_a_page(cast, school, week):
    assert cast.client(school.teacher).get(url(school, f"week?week={week}")).status_code == 200


def test_the_unit_head_excuses_and_takes_it_back(cast, school, today):
    promise = a_promise(school, child=CHILD, doer=school.proxy_parent, start=today - timedelta(days=20))
    browser = cast.client(school.teacher)

    listed = browser.get(url(school, "excuses/")).text
    without = post_form(browser, url(school, f"excuses/{promise.id}"), {"reason": ""})
    saved = post_form(browser, url(school, f"excuses/{promise.id}"), {"reason": "随父母外出"}, follow_redirects=True)
    undone = browser.post(url(school, f"excuses/{promise.id}/undo"), data=tokens_of(saved.text), follow_redirects=True)

    assert str(promise.id) in listed
    assert without.status_code == 422
    assert "已免除" in saved.text
    assert "又回到待办里" in undone.text


def test_what_was_missed_is_listed_and_cannot_be_excused(cast, school, today):
    promise = a_promise(school, child=CHILD, doer=school.proxy_parent, start=today - timedelta(days=40))
    miss(school, promise, at=cast.now())
    browser = cast.client(school.teacher)

    listed = browser.get(url(school, "excuses/")).text
    refused = post_form(browser, url(school, f"excuses/{promise.id}"), {"reason": "忘了"})

    assert "最近一个月没有做到的" in listed
    assert refused.status_code == 409
    assert "不能再免除" in refused.text


def test_a_page_that_reads_has_one_transaction_from_the_log_in_to_its_end(cast, school):
    client = cast.client(school.teacher)
    client.get(url(school))

    with counted(cast, "commit") as committed:
        assert client.get(url(school)).status_code == 200

    assert len(committed) == 1


SEEN = "SELECT bool_or(last_seen_at > now() - interval '1 minute') FROM login_session WHERE person_id = %s"


def test_a_device_was_seen_though_the_page_was_refused(cast, school):
    client = cast.client(school.teacher)
    with psycopg.connect(dsn(cast.urls.superuser)) as connection:
        connection.execute("UPDATE login_session SET last_seen_at = now() - interval '1 hour'")

    refused = client.get(url(school, "webhooks/"))

    with psycopg.connect(dsn(cast.urls.superuser)) as connection:
        seen = connection.execute(SEEN, [school.teacher.person_id]).fetchone()
    assert refused.status_code == 403
    assert seen == (True,)
