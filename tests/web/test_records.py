"""Pages of records: few taps, one record, plain answers."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from shared.care.models import CareRecord
from tests.support.promises import a_promise, promise_now
from tests.web.forms import post_form, tokens_of

CHILD = "王小明"


@pytest.fixture
def school(cast):
    return cast.school


@pytest.fixture
def due(cast, school):
    """A visit that is due this month, the teacher's."""
    start = cast.now().date() - timedelta(days=20)
    return a_promise(school, child=CHILD, doer=school.teacher, start=start, days=30)


def url(company, rest=""):
    return f"/o/{company.slug}/{rest}"


def records_of(company):
    with company.transaction() as session:
        return session.scalars(select(CareRecord)).all()


def test_a_due_visit_is_one_tap_from_its_form_with_kind_and_child_filled_in(cast, school, due):
    browser = cast.client(school.teacher)

    today = browser.get(url(school))
    form = browser.get(url(school, f"records/new?occurrence={due.id}"))

    assert f"records/new?occurrence={due.id}" in today.text
    assert "王小明 · 家访" in form.text
    assert form.text.count('class="field') == 4
    assert cast.now().date().isoformat() in form.text


def test_saving_says_what_it_did_and_offers_to_undo(cast, school, due):
    browser = cast.client(school.teacher)

    answer = post_form(
        browser,
        url(school, f"records/new?occurrence={due.id}"),
        {"kind": "home_visit", "occurrence_id": due.id, "reached": "true", "note": "奶奶身体不好"},
        follow_redirects=True,
    )

    (record,) = records_of(school)
    assert "的家访已完成" in answer.text
    assert f"records/{record.id}/undo" in answer.text
    assert promise_now(school, due).state == "done"


def test_undo_beside_the_saved_record_opens_the_visit_again(cast, school, due):
    browser = cast.client(school.teacher)
    values = {"kind": "home_visit", "occurrence_id": due.id, "reached": "true"}
    saved = post_form(browser, url(school, f"records/new?occurrence={due.id}"), values, follow_redirects=True)

    (record,) = records_of(school)
    answer = browser.post(url(school, f"records/{record.id}/undo"), data=tokens_of(saved.text), follow_redirects=True)

    assert "又回到待办里" in answer.text
    assert promise_now(school, due).state == "open"
    assert records_of(school)[0].void_reason == "误录"


def test_a_double_tap_makes_one_record(cast, school, due):
    browser = cast.client(school.teacher)
    page = browser.get(url(school, f"records/new?occurrence={due.id}"))
    values = {"kind": "home_visit", "occurrence_id": due.id, "reached": "true"} | tokens_of(page.text)

    first = browser.post(url(school, "records/new"), data=values)
    second = browser.post(url(school, "records/new"), data=values)

    assert (first.status_code, second.status_code) == (303, 303)
    assert len(records_of(school)) == 1


@pytest.mark.parametrize("kind", ["call", "video", "letter"])
def test_the_form_of_a_call_has_no_place_for_words_and_takes_none(cast, school, kind):
    browser = cast.client(school.teacher)
    address = url(school, f"records/new?child={school.children[CHILD]}&kind={kind}")

    page = browser.get(address)
    answer = post_form(browser, address, {"kind": kind, "child_id": school.children[CHILD], "note": "他说想妈妈"})

    assert "<textarea" not in page.text
    assert answer.status_code == 422
    assert "不记录内容" in answer.text
    assert records_of(school) == []


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"on_day": "2099-01-01"}, "日期还没有到"),
        ({"on_day": "2020-01-01"}, "最多补记 31 天"),
        ({"on_day": "昨天"}, "请填写日期"),
        ({"kind": "nonsense"}, "请从列表里选择"),
        ({"child_id": "not-a-uuid"}, "请从列表里选择"),
        ({"minutes": "-1"}, "要在 0 和 600 之间"),
        ({"note": "长" * 2001}, "最多 2000 个字"),
        ({"note": "a\x00b"}, "无法识别的字符"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(cast, school, values, said):
    browser = cast.client(school.teacher)
    address = url(school, f"records/new?child={school.children[CHILD]}&kind=talk")

    answer = post_form(browser, address, {"kind": "talk", "child_id": school.children[CHILD]} | values)

    assert answer.status_code == 422
    assert said in answer.text
    assert records_of(school) == []


@pytest.mark.parametrize(
    "rest",
    [
        "records/new?occurrence=00000000-0000-7000-8000-000000000000",
        "records/new?occurrence=x",
        "records/new?child=x&kind=talk",
        "records/new?kind=nonsense",
        "records/00000000-0000-7000-8000-000000000000",
        "excuses/00000000-0000-7000-8000-000000000000",
        "pairings/00000000-0000-7000-8000-000000000000",
    ],
)
def test_what_does_not_exist_is_not_found(cast, school, rest):
    assert cast.client(school.admin).get(url(school, rest)).status_code == 404


def test_a_stranger_finds_neither_promise_nor_record(cast, school, due):
    browser = cast.client(school.teacher)
    post_form(browser, url(school, f"records/new?occurrence={due.id}"), {"kind": "home_visit", "occurrence_id": due.id})
    (record,) = records_of(school)
    stranger = cast.client(cast.stranger.admin)

    for rest in (f"records/new?occurrence={due.id}", f"records/{record.id}", f"excuses/{due.id}"):
        assert stranger.get(url(cast.stranger, rest)).status_code == 404


def test_a_colleague_reads_no_talk_of_a_child_of_another_class(cast, school):
    browser = cast.client(school.teacher)
    address = url(school, f"records/new?child={school.children[CHILD]}&kind=talk")
    post_form(browser, address, {"kind": "talk", "child_id": school.children[CHILD], "note": "想妈妈"})
    (record,) = records_of(school)
    colleague = cast.client(school.other_teacher)

    assert colleague.get(url(school, f"records/{record.id}")).status_code == 404
    assert "想妈妈" not in colleague.get(url(school, "records/")).text
    assert "想妈妈" in browser.get(url(school, "records/")).text


def test_a_correction_of_a_page_that_is_stale_keeps_what_was_typed(cast, school):
    browser = cast.client(school.teacher)
    address = url(school, f"records/new?child={school.children[CHILD]}&kind=talk")
    post_form(browser, address, {"kind": "talk", "child_id": school.children[CHILD], "note": "想妈妈"})
    (record,) = records_of(school)
    here = url(school, f"records/{record.id}/correct")

    first = post_form(browser, here, {"version": 1, "note": "先改"})
    second = post_form(browser, here, {"version": 1, "note": "后改"})

    assert first.status_code == 303
    assert second.status_code == 409
    assert "刚刚被别人改过" in second.text
    assert "后改" in second.text
    assert records_of(school)[0].note == "先改"


def test_a_record_is_voided_with_a_reason(cast, school, due):
    browser = cast.client(school.teacher)
    post_form(browser, url(school, f"records/new?occurrence={due.id}"), {"kind": "home_visit", "occurrence_id": due.id})
    (record,) = records_of(school)
    here = url(school, f"records/{record.id}/void")

    without = post_form(browser, here, {"reason": " "})
    answer = post_form(browser, here, {"reason": "记错孩子"}, follow_redirects=True)

    assert without.status_code == 422
    assert "又回到待办里" in answer.text
    assert records_of(school)[0].void_reason == "记错孩子"


def test_the_unit_head_writes_for_the_carer(cast, school):
    start = cast.now().date() - timedelta(days=5)
    promise = a_promise(school, child=CHILD, doer=school.proxy_parent, start=start)
    browser = cast.client(school.teacher)
    address = url(school, f"records/new?occurrence={promise.id}")

    page = browser.get(address)
    values = {"kind": "home_visit", "occurrence_id": promise.id, "doer_id": school.proxy_parent.membership_id}
    post_form(browser, address, values)

    assert "由您代 戴家长 记录" in page.text
    assert records_of(school)[0].doer_id == school.proxy_parent.membership_id
