"""The main job by hand, on a phone, with JavaScript switched off: everything works without it."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from shared.people.rules import Actor
from tests.e2e.browser import window
from tests.e2e.scene import Scene
from tests.support.cast import PASSWORD
from tests.support.rosters import HEAD, child, xlsx

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

MOST_FIELDS, MOST_TAPS = 4, 6
PLAN = """留守儿童帮扶计划
一、班主任每月与留守儿童家长电话联系一次。
二、学校每学期召开一次留守儿童家长会。
"""
Opened = Callable[[Actor], Page]


@pytest.fixture
def opened(scene: Scene, chromium: Browser) -> Iterator[Opened]:
    """A phone without JavaScript in somebody's hand, at the page they see after logging in."""
    held = []

    def log_in(actor: Actor) -> Page:
        phone = window(chromium, scene.address, scene.cast, script=False)
        held.append(phone)
        page = phone.__enter__().new_page()
        page.goto("/log-in")
        page.get_by_label("手机号").fill(scene.cast.phone(actor))
        page.get_by_label("密码").fill(PASSWORD)
        page.locator("main").get_by_role("button", name="登录").click()
        return page

    yield log_in
    for phone in held:
        phone.__exit__(None, None, None)


def said(page: Page) -> Locator:
    """What the page answers to what was just done."""
    return page.locator("main .told")


def test_a_teacher_keeps_a_promise_in_few_taps_and_takes_it_back(scene: Scene, opened: Opened) -> None:
    page, taps = opened(scene.cast.school.teacher), 0

    def tap(what: Locator) -> None:
        nonlocal taps
        taps += 1
        what.click()

    expect(page.get_by_role("heading", level=1)).to_have_text("今日待办")
    tap(page.get_by_role("link", name="王小明 · 谈心").first)
    tap(page.get_by_label("简单记几句"))  # waits for the form, so that its fields are counted and not those before it
    fields = page.locator("main form .field").count()
    page.keyboard.type("最近想妈妈，周末安排一次视频。")
    tap(page.get_by_role("button", name="保存"))
    expect(said(page)).to_contain_text("谈心已补做")
    tap(said(page).get_by_role("button", name="撤销"))

    expect(said(page)).to_contain_text("又回到待办里")
    assert 0 < fields <= MOST_FIELDS
    assert taps <= MOST_TAPS


def test_the_administrator_checks_a_roster_before_it_is_written(scene: Scene, opened: Opened) -> None:
    page = opened(scene.cast.school.admin)
    roll = f"/o/{scene.cast.school.slug}/children/?q=丁小雨"
    names = xlsx([HEAD, child("丁小雨", "2016-04-02"), child("丁小雪", "2016-04-03")])

    page.goto(f"/o/{scene.cast.school.slug}/imports/")
    page.get_by_label("名单文件").set_input_files(FilePayload(name="名单.xlsx", mimeType="x/x", buffer=names))
    page.get_by_role("button", name="上传并检查").click()
    preview = page.url
    expect(page.get_by_text("现在还没有写入")).to_be_visible()
    page.goto(roll)
    expect(page.get_by_role("link", name="丁小雨")).to_have_count(0)
    page.goto(preview)
    page.get_by_role("button", name="确认导入").click()

    expect(said(page)).to_contain_text("新增 2 名")
    page.goto(roll)
    expect(page.get_by_role("link", name="丁小雨")).to_be_visible()


def test_the_administrator_puts_a_pasted_plan_into_force(scene: Scene, opened: Opened) -> None:
    page = opened(scene.cast.school.admin)

    page.goto(f"/o/{scene.cast.school.slug}/plans/new")
    page.get_by_label("计划的文字").fill(PLAN)
    page.get_by_label("领导小组组长").fill("郝校长")
    page.get_by_role("button", name="读计划").click()
    expect(page.locator("mark").first).to_be_visible()
    page.locator("main .choice input[type=checkbox]").last.uncheck()
    page.get_by_role("button", name="下一步").click()
    page.locator("main form button.primary").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("留守儿童帮扶计划")
    expect(page.locator("main .chip.good").first).to_have_text("已生效")
    expect(page.get_by_text("没有勾选的 1 条")).to_be_visible()


def test_the_head_starts_the_clocks_of_an_incident_with_three_fields(scene: Scene, opened: Opened) -> None:
    page = opened(scene.cast.school.head)

    page.goto(f"/o/{scene.cast.school.slug}/incidents/new")
    page.get_by_label("什么事").select_option(label="意外受伤")
    page.get_by_label("孩子姓名").fill("周静怡")
    page.get_by_label("发生了什么").fill("下楼时崴了脚。")
    page.get_by_role("button", name="登记，开始计时").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("意外受伤：周静怡")
    expect(page.get_by_text("还剩")).to_have_count(4)


def test_a_stranger_sees_nothing_of_it(scene: Scene, opened: Opened) -> None:
    page, org = opened(scene.cast.stranger.head), f"/o/{scene.cast.school.slug}"
    own = scene.cast.school.children["王小明"]

    for place in ("/", "/children/", f"/children/{own}", "/records/", "/incidents/", "/plans/", "/inbox/"):
        answer = page.goto(org + place)

        assert answer is not None
        assert answer.status == 404
        assert "王小明" not in page.content()
        assert scene.cast.school.name not in page.content()
