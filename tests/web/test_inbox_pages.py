"""The inbox, the case of a miss, letters from below, messages and what was left undone."""

from datetime import date, datetime

import pytest
from sqlalchemy import select, text

from shared.kernel.clock import CHINA
from shared.notifications.models import CopiedMessage, Notice
from tests.support.promises import a_promise
from tests.web.forms import post_form, tokens_of

SEPTEMBER = date(2026, 9, 1)
AFTER = datetime(2026, 10, 6, 0, 5, tzinfo=CHINA)


def url(company, rest=""):
    return f"/o/{company.slug}/{rest}"


@pytest.fixture
def school(cast):
    cast.clock(datetime(2026, 9, 2, 9, 0, tzinfo=CHINA))
    return cast.school


@pytest.fixture
def missed(cast, school):
    """A visit nobody made; the class teacher is called."""
    promise = a_promise(school, child="王小明", doer=school.proxy_parent, start=SEPTEMBER)
    cast.clock(AFTER)
    cast.sweep()
    cast.run_reactions()
    return promise


@pytest.fixture
def letter(cast, school):
    """The third miss in a row lies in the education bureau's inbox."""
    first = a_promise(school, child="王小明", doer=school.proxy_parent, start=date(2026, 7, 1), state="missed")
    a_promise(
        school, child="王小明", doer=school.proxy_parent, start=date(2026, 8, 1), item_id=first.item_id, state="missed"
    )
    a_promise(school, child="王小明", doer=school.proxy_parent, start=SEPTEMBER, item_id=first.item_id)
    cast.clock(AFTER)
    cast.sweep()
    cast.run_reactions()
    with cast.education.transaction() as session:
        return session.scalars(select(CopiedMessage)).one()


def unread(company, member):
    with company.transaction() as session:
        wanted = select(Notice).where(Notice.recipient_id == company.members[member].membership_id)
        return [one.kind for one in session.scalars(wanted) if one.read_at is None]


def test_the_inbox_says_who_did_not_do_what_and_leads_to_the_case(cast, school, missed):
    page = cast.client(school.teacher).get(url(school, "inbox/")).text

    assert "戴家长没有做到：王小明的家访（9月）。请在两天内答复。" in page
    assert f"misses/{missed.id}" in page
    assert "有 1 条未读" in page


def test_opening_the_case_marks_it_read_and_shows_so_to_the_doer(cast, school, missed):
    cast.client(school.teacher).get(url(school, f"misses/{missed.id}"))

    assert unread(school, "teacher") == []
    page = cast.client(school.proxy_parent).get(url(school, f"misses/{missed.id}")).text
    assert "李老师" in page
    assert "已读" in page


def test_the_unit_head_answers_on_the_case_and_the_doer_hears_of_it(cast, school, missed):
    browser = cast.client(school.teacher)
    page = browser.get(url(school, f"misses/{missed.id}")).text
    action = page.split(f'action="{url(school, f"misses/{missed.id}/")}')[1].split('"')[0]

    answer = browser.post(
        url(school, f"misses/{missed.id}/{action}"),
        data=tokens_of(page) | {"answer": "acted", "note": "已约好周六补访。"},
        follow_redirects=True,
    )
    cast.run_reactions()

    assert "已约好周六补访。" in answer.text
    assert "escalation.answered" in unread(school, "proxy_parent")


def test_an_answer_without_words_comes_back_with_its_fault(cast, school, missed):
    browser = cast.client(school.teacher)
    page = browser.get(url(school, f"misses/{missed.id}")).text
    action = page.split(f'action="{url(school, f"misses/{missed.id}/")}')[1].split('"')[0]

    answer = browser.post(url(school, f"misses/{missed.id}/{action}"), data=tokens_of(page) | {"answer": "acted"})

    assert answer.status_code == 409
    assert "请写一句采取了什么措施" in answer.text


def test_a_case_is_nothing_to_others(cast, school, missed):
    assert cast.client(school.other_teacher).get(url(school, f"misses/{missed.id}")).status_code == 404
    assert cast.client(cast.stranger.head).get(url(cast.stranger, f"misses/{missed.id}")).status_code == 404


def test_one_and_all_are_marked_read_and_one_is_put_back(cast, school, missed):
    browser = cast.client(school.teacher)
    with school.transaction() as session:
        wanted = select(Notice.id).where(Notice.recipient_id == school.teacher.membership_id)
        notice = session.scalars(wanted).one()

    one = f"inbox/notices/{notice}"
    post_form(browser, url(school, f"{one}/read"), {}, page=url(school, "inbox/"))
    after_one = unread(school, "teacher")
    post_form(browser, url(school, f"{one}/unread"), {}, page=url(school, "inbox/"))
    put_back = unread(school, "teacher")
    post_form(browser, url(school, "inbox/read"), {}, page=url(school, "inbox/"))

    assert (after_one, put_back, unread(school, "teacher")) == ([], ["missed.E1"], [])


def test_nobody_reads_another_members_notices(cast, school, missed):
    with school.transaction() as session:
        notice = session.scalars(select(Notice.id)).first()
    browser = cast.client(school.other_teacher)

    inbox = browser.get(url(school, "inbox/")).text
    tokens = tokens_of(inbox) | {"form_token": "a tap"}
    answer = browser.post(url(school, f"inbox/notices/{notice}/read"), data=tokens)

    assert answer.status_code == 404
    assert "还没有通知" in inbox


@pytest.mark.parametrize("query", ["?group=miss", "?group=incident&unread=1", "?group=nonsense", "?page=99"])
def test_the_inbox_can_be_filtered(cast, school, missed, query):
    assert cast.client(school.teacher).get(url(school, f"inbox/{query}")).status_code == 200


def test_a_letter_names_organisation_and_count_and_is_answered_once(cast, school, letter):
    browser = cast.client(cast.education.recipient)
    there = url(cast.education, f"inbox/messages/{letter.id}")

    inbox = browser.get(url(cast.education, "inbox/")).text
    page = browser.get(there).text
    answered = post_form(browser, there, {"answer": "acted", "note": "已督促该校。"}, follow_redirects=True)
    again = browser.get(there).text

    assert school.name in inbox
    assert "家访没有做到" in inbox
    assert "3 次" in page
    assert "王小明" not in page + inbox
    assert "已答复" in answered.text
    assert "已督促该校。" in again
    assert "发出答复" not in again


def test_a_letter_with_a_phone_number_in_its_answer_is_not_sent(cast, letter):
    browser = cast.client(cast.education.head)

    answer = post_form(
        browser,
        url(cast.education, f"inbox/messages/{letter.id}"),
        {"answer": "acted", "note": "请打 13812345678"},
    )

    assert answer.status_code == 409
    assert "不要写电话号码" in answer.text


def test_a_letter_is_for_its_organisation_alone(cast, letter):
    assert cast.client(cast.township.head).get(url(cast.township, f"inbox/messages/{letter.id}")).status_code == 404
    assert "还没有来信" in cast.client(cast.township.head).get(url(cast.township, "inbox/messages/")).text
    assert cast.school.name in cast.client(cast.education.head).get(url(cast.education, "inbox/messages/")).text


def test_leaders_see_why_a_message_did_not_go_out_and_send_it_again(cast, school, letter):
    browser = cast.client(school.head)
    page = browser.get(url(school, "deliveries/")).text
    resend = next(part.split('"')[0] for part in page.split('action="') if part.split('"')[0].endswith("/resend"))

    answer = browser.post(resend, data=tokens_of(page), follow_redirects=True)

    assert "还没有接通短信" in page
    assert "已重新排队" in answer.text
    assert "王小明" not in page
    assert cast.client(school.teacher).get(url(school, "deliveries/")).status_code == 403


def test_what_was_parked_is_listed_and_done_again(cast, school, missed):
    with school.transaction() as session:
        session.execute(
            text(
                "UPDATE reaction SET state = 'parked', attempts = 5, last_error = 'ValueError: 王小明', "
                "lease_until = '-infinity' "
                "WHERE reactor = 'care.escalate'"
            )
        )
    browser = cast.client(school.head)
    page = browser.get(url(school, "parked/")).text
    replay = next(part.split('"')[0] for part in page.split('action="') if part.split('"')[0].endswith("/replay"))

    first = browser.post(replay, data=tokens_of(page), follow_redirects=True)
    second = browser.post(replay, data=tokens_of(first.text) | tokens_of(page) | {"form_token": "another"})

    assert "care.escalate" in page
    assert "王小明" not in page
    assert "没有。所有的事都处理完了。" in first.text
    assert second.status_code == 409
    assert cast.client(cast.stranger.head).post(replay.replace(school.slug, cast.stranger.slug)).status_code != 303
    assert cast.client(school.teacher).get(url(school, "parked/")).status_code == 403


def test_an_empty_house_says_so(cast):
    browser = cast.client(cast.stranger.head)

    for page, words in (("inbox/", "还没有通知"), ("deliveries/", "还没有发过短信"), ("parked/", "都处理完了")):
        assert words in browser.get(url(cast.stranger, page)).text
