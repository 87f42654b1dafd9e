"""The house itself: who may enter, what a form keeps, what is sent twice, what goes wrong."""

import re
from dataclasses import asdict

import pytest
from flask import Blueprint
from sqlalchemy import select

from services.web.app import create_app
from services.web.edge.access import Undeclared, member
from shared.bootstrap import build
from shared.kernel.settings import Settings
from shared.organisations.models import Unit
from tests.support.cast import PASSWORD
from tests.web.forms import post_form, tokens_of

MASKED = re.compile(
    r'01[0-9a-f]{30}|nonce-[\w-]+|nonce="[^"]+"|inlineScriptNonce":"[^"]+"|value="[^"]+"|content="[^"]{40,}"'
)


def units_named(company, name):
    with company.transaction() as session:
        return len(session.scalars(select(Unit).where(Unit.name == name)).all())


def test_a_route_that_says_nothing_stops_the_start(house):
    room = Blueprint("silent", __name__, url_prefix="/silent")
    room.add_url_rule("/", view_func=lambda: "", methods=["GET", "POST"])

    with pytest.raises(Undeclared, match="silent"):
        create_app(house, pages=[room])


def test_a_right_without_an_organisation_in_the_path_stops_the_start(house):
    room = Blueprint("lost", __name__, url_prefix="/lost")
    room.add_url_rule("/", endpoint="x", view_func=member(lambda: ""))

    with pytest.raises(Undeclared, match="needs <org>"):
        create_app(house, pages=[room])


def test_nobody_is_sent_to_the_log_in(cast_at_probe):
    answer = cast_at_probe.client().get(f"/o/{cast_at_probe.school.slug}/probe/?q=%E7%8E%8B")

    assert answer.status_code == 303
    assert answer.location.startswith("/log-in?next=%2Fo%2F")


def test_a_stranger_gets_what_nobody_has(cast_at_probe):
    browser = cast_at_probe.client(cast_at_probe.stranger.head)
    browser.get("/help")  # the first page gives the browser its CSRF cookie

    foreign = browser.get(f"/o/{cast_at_probe.school.slug}/probe/")
    missing = browser.get("/o/there-is-no-such-school/probe/")

    assert foreign.status_code == missing.status_code == 404
    assert MASKED.sub("", foreign.text) == MASKED.sub("", missing.text)
    names = {name for name, _ in foreign.headers} ^ {name for name, _ in missing.headers}
    assert not names
    assert cast_at_probe.school.name not in foreign.text


def test_a_member_without_the_right_is_told_so(cast_at_probe):
    official = next(iter(cast_at_probe.county.members.values()))

    answer = cast_at_probe.client(official).get(f"/o/{cast_at_probe.county.slug}/probe/")

    assert answer.status_code == 403
    assert "岗位" in answer.text


def test_the_page_of_a_member(cast_at_probe):
    answer = cast_at_probe.client(cast_at_probe.school.head).get(f"/o/{cast_at_probe.school.slug}/probe/")

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert " style=" not in answer.text
    assert "onclick" not in answer.text
    assert "1,234" in answer.text
    assert "未采集" in answer.text


def test_a_form_keeps_what_was_typed_and_counts_the_mistakes(cast_at_probe):
    browser = cast_at_probe.client(cast_at_probe.school.head)
    url = f"/o/{cast_at_probe.school.slug}/probe/new"

    typed = {
        "name": "",
        "grade": "12",
        "note": "写了很久",
        "since": "2026年9月1日",
        "password": "geheim",
        "tags": ["b"],
    }
    answer = post_form(browser, url, typed)

    assert answer.status_code == 422
    assert "有 2 处需要修改" in answer.text
    assert "<title>错误：" in answer.text
    assert 'href="#f-grade">年级：要在 1 和 9 之间。' in answer.text
    assert "写了很久" in answer.text
    assert "geheim" not in answer.text
    assert 'value="b" checked' in answer.text.replace(' id="f-tags"', "")


@pytest.mark.parametrize(("name", "status", "said"), [("撞名", 409, "已经有撞名了"), ("错字", 422, "名称里有错字")])
def test_a_rule_that_says_no_brings_the_form_back(cast_at_probe, name, status, said):
    browser = cast_at_probe.client(cast_at_probe.school.head)

    answer = post_form(browser, f"/o/{cast_at_probe.school.slug}/probe/new", {"name": name, "note": "留着"})

    assert answer.status_code == status
    assert said in answer.text
    assert "留着" in answer.text


def test_a_fault_of_ours_loses_nothing(cast_at_probe):
    browser = cast_at_probe.client(cast_at_probe.school.head)

    answer = post_form(
        browser,
        f"/o/{cast_at_probe.school.slug}/probe/new",
        {"name": "炸", "note": "写了很久", "password": "geheim"},
        headers={"Origin": "http://localhost"},
    )

    assert answer.status_code == 500
    assert 'value="写了很久"' in answer.text
    assert "geheim" not in answer.text
    assert "a fault of ours" not in answer.text
    assert answer.headers["X-Request-ID"] in answer.text


def test_a_double_tap_makes_one_record(cast_at_probe):
    browser = cast_at_probe.client(cast_at_probe.school.head)
    url = f"/o/{cast_at_probe.school.slug}/probe/new"
    form = {**tokens_of(browser.get(url).text), "name": "双击班"}

    first, second = browser.post(url, data=form), browser.post(url, data=form)

    assert first.status_code == second.status_code == 303
    assert first.location == second.location
    assert units_named(cast_at_probe.school, "双击班") == 1
    assert "已保存" in browser.get(second.location).text


def test_the_same_token_with_other_words_is_refused(cast_at_probe):
    browser = cast_at_probe.client(cast_at_probe.school.head)
    url = f"/o/{cast_at_probe.school.slug}/probe/new"
    form = {**tokens_of(browser.get(url).text), "name": "甲班"}

    browser.post(url, data=form)
    answer = browser.post(url, data={**form, "name": "乙班"})

    assert answer.status_code == 422
    assert units_named(cast_at_probe.school, "乙班") == 0


def test_a_post_without_or_with_a_foreign_token_is_refused_and_kept(cast_at_probe):
    browser = cast_at_probe.client(cast_at_probe.school.head)
    url = f"/o/{cast_at_probe.school.slug}/probe/new"
    form = {**tokens_of(browser.get(url).text), "name": "丙班"}

    bare = browser.post(url, data={"name": "丙班"}, headers={"Origin": "http://localhost"})
    foreign = browser.post(url, data=form, headers={"Origin": "https://elsewhere.example"})

    assert bare.status_code == foreign.status_code == 400
    assert 'name="name" value="丙班"' in bare.text
    assert "丙班" not in foreign.text
    assert units_named(cast_at_probe.school, "丙班") == 0


def test_a_form_survives_the_end_of_the_session(cast_at_probe):
    browser = cast_at_probe.client()

    answer = browser.post(
        f"/o/{cast_at_probe.school.slug}/probe/new", data={"name": "丁班"}, headers={"Origin": "http://localhost"}
    )

    assert answer.status_code == 401
    assert 'value="丁班"' in answer.text


def test_the_wrong_method_says_which_are_right(cast):
    answer = cast.client().delete("/log-in")

    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_every_route_of_the_house_is_declared_and_every_macro_draws(cast_at_probe):
    browser = cast_at_probe.client(cast_at_probe.school.head)

    page = browser.get(f"/o/{cast_at_probe.school.slug}/probe/new")

    assert page.status_code == 200
    assert page.text.count("（选填）") >= 5


def test_logging_in_and_out(cast):
    browser, phone = cast.client(), cast.phone(cast.school.head)

    refused = post_form(browser, "/log-in", {"phone": phone, "password": "not this one"})
    entered = post_form(browser, "/log-in", {"phone": f"+86 {phone[:3]} {phone[3:]}", "password": PASSWORD})
    stolen = browser.get_cookie("hehu").value
    post_form(browser, "/log-out", {}, page="/account")
    browser.set_cookie("hehu", stolen)

    assert refused.status_code == 422
    assert phone in refused.text
    assert entered.location == "/organisations"
    assert browser.get("/account").status_code == 303


def test_ten_wrong_passwords_close_the_number_for_a_while(cast):
    browser, phone = cast.client(), cast.phone(cast.school.head)
    for _ in range(10):
        post_form(browser, "/log-in", {"phone": phone, "password": "not this one"})

    answer = post_form(browser, "/log-in", {"phone": phone, "password": PASSWORD})

    assert answer.status_code == 422


def test_a_new_password_logs_the_other_devices_out(cast):
    head = cast.school.head
    here, there = cast.client(head), cast.client(head)

    weak = post_form(
        here, "/account/password", {"old_password": PASSWORD, "new_password": "password1"}, page="/account"
    )
    changed = post_form(
        here, "/account/password", {"old_password": PASSWORD, "new_password": "three ducks on ice"}, page="/account"
    )

    assert weak.status_code == 422
    assert "太常见" in weak.text
    assert changed.status_code == 303
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 303


def test_readiness_and_health(cast):
    browser = cast.client()

    assert browser.get("/healthz").json == {"status": "ok"}
    assert browser.get("/readyz").json == {"status": "ok", "database": "ok", "migrations": "ok", "redis": "ok"}


def test_the_language_switch_stays(cast):
    browser = cast.client()

    post_form(browser, "/language", {"language": "en", "next": "/help"}, page="/")
    page = browser.get("/help")

    assert '<html lang="en"' in page.text


def test_without_a_database_the_page_says_so_and_health_still_answers(cast):
    dead = Settings(**{**asdict(cast.house.settings), "database_url": "postgresql+psycopg://x@127.0.0.1:1/x"})
    app = create_app(build(dead))
    browser = app.test_client()
    with browser.session_transaction() as cookie:
        cookie["_user_id"] = "a token of earlier"

    page, health, ready = browser.get("/account"), browser.get("/healthz"), browser.get("/readyz")

    assert (page.status_code, health.status_code, ready.status_code) == (503, 200, 503)
    assert "暂时打不开" in page.text


def test_too_many_tries_from_one_address_are_slowed_down(cast):
    browser = cast.client()
    browser.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    tokens = tokens_of(browser.get("/log-in").text)

    answers = [browser.post("/log-in", data={**tokens, "phone": ""}) for _ in range(61)]

    assert answers[0].status_code == 422
    assert answers[-1].status_code == 429
    assert answers[-1].headers["Retry-After"] == "900"
    assert cast.client().get("/log-in").status_code == 200
