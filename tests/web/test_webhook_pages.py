"""The page of webhooks: an address is registered, its secret shown once, tried, resumed, ended."""

import re
from datetime import datetime

import pytest
from sqlalchemy import func, select, update

from shared.kernel.models import AuditEntry, IdempotencyKey
from shared.notifications.models import Delivery, Webhook
from tests.web.forms import post_form, tokens_of

SECRET = re.compile(r'value="(whsec_[\w+/=-]+)"')
GOOD = {"url": "https://example.com/hook", "events": ["occurrence.missed", "incident.opened"]}


def address(company, rest=""):
    return f"/o/{company.slug}/webhooks/{rest}"


def registered(cast, company, who):
    """(its page, its secret)."""
    browser = cast.client(who)
    answer = post_form(browser, address(company, "new"), GOOD)
    assert answer.status_code == 200, answer.text
    with company.transaction() as session:
        row = session.scalars(select(Webhook).order_by(Webhook.created_at.desc())).first()
    return address(company, row.id), SECRET.findall(answer.text)[0]


def pressed(browser, page, button):
    """What a button of the page leads to."""
    shown = browser.get(page).text
    return browser.post(f"{page}/{button}", data=tokens_of(shown))


def changed(company, **values):
    with company.transaction() as session:
        session.execute(update(Webhook).values(**values))


def test_an_empty_list_says_what_it_is_for(cast):
    shown = cast.client(cast.school.admin).get(address(cast.school)).text

    assert "还没有推送地址" in shown
    assert address(cast.school, "new") in shown


def test_an_address_is_registered_and_its_secret_shown_once(cast):
    school = cast.school

    page, secret = registered(cast, school, school.admin)

    browser = cast.client(school.admin)
    for place in (page, address(school)):
        shown = browser.get(place).text
        assert "example.com" in shown
        assert "承诺没有做到、上报了突发事件" in shown
        assert secret not in shown
    with school.transaction() as session:
        answers = [row.answer or b"" for row in session.scalars(select(IdempotencyKey))]
        audited = session.scalars(select(AuditEntry).where(AuditEntry.action == "webhook.register")).one()
    assert not any(secret.encode() in answer for answer in answers)
    assert audited.detail == {"events": GOOD["events"]}


def test_a_double_tap_registers_one_and_leads_to_it(cast):
    school = cast.school
    browser = cast.client(school.admin)
    typed = {**tokens_of(browser.get(address(school, "new")).text), **GOOD}

    first = browser.post(address(school, "new"), data=typed)
    again = browser.post(address(school, "new"), data=typed)

    assert SECRET.search(first.text)
    assert again.status_code == 303
    assert not SECRET.search(browser.get(again.location).text)
    with school.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Webhook)) == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({**GOOD, "url": ""}, "请填写这一项"),
        ({**GOOD, "url": "http://example.com/"}, "以 https:// 开头"),
        ({**GOOD, "url": "https://192.168.1.1/"}, "内部网络"),
        ({"url": GOOD["url"]}, "请至少选一种事件"),
        ({**GOOD, "events": ["everything"]}, "请从列表里选择"),
    ],
)
def test_wrong_input_comes_back_with_its_reason(cast, typed, said):
    answer = post_form(cast.client(cast.school.admin), address(cast.school, "new"), typed)

    assert answer.status_code == 422
    assert said in answer.text


def test_a_trial_is_queued_and_listed(cast):
    school = cast.school
    page, _ = registered(cast, school, school.admin)
    browser = cast.client(school.admin)

    answer = pressed(browser, page, "trial")

    assert answer.status_code == 303
    shown = browser.get(page).text
    assert "试发" in shown
    assert "等待发送" in shown


def test_a_paused_address_says_so_and_is_resumed(cast):
    school = cast.school
    page, _ = registered(cast, school, school.admin)
    browser = cast.client(school.admin)
    pressed(browser, page, "trial")
    changed(school, paused_at=datetime.now().astimezone(), failures=5, error="webhook.status_503")
    shown = browser.get(page).text
    assert "推送已暂停" in shown
    assert "HTTP 503" in shown
    assert f"{page}/trial" not in shown

    answer = pressed(browser, page, "resume")

    assert answer.status_code == 303
    shown = browser.get(page).text
    assert "已恢复，1 封重新排队" in shown
    assert "推送已暂停" not in shown


def test_an_ended_address_stays_listed_and_takes_no_orders(cast):
    school = cast.school
    page, _ = registered(cast, school, school.admin)
    browser = cast.client(school.admin)
    pressed(browser, page, "trial")

    pressed(browser, page, "end")

    shown = browser.get(page).text
    assert "已停用" in shown
    assert f"{page}/end" not in shown
    assert browser.post(f"{page}/trial", data=tokens_of(browser.get(address(school, "new")).text)).status_code == 409
    with school.transaction() as session:
        assert session.scalars(select(Delivery.state)).all() == ["failed"]


def test_letters_to_systems_do_not_stand_among_the_messages_to_people(cast):
    school = cast.school
    page, _ = registered(cast, school, school.admin)
    browser = cast.client(school.admin)
    pressed(browser, page, "trial")

    assert "还没有发过短信" in browser.get(f"/o/{school.slug}/deliveries/").text


def test_an_address_belongs_to_its_organisation(cast):
    page, _ = registered(cast, cast.school, cast.school.admin)
    foreign = page.replace(cast.school.slug, cast.kindergarten.slug)
    browser = cast.client(cast.kindergarten.head)

    assert browser.get(foreign).status_code == 404
    assert browser.get(page).status_code == 404
