"""Pages of plans: hand in, tick, put into force, see it kept; clear answers to everything else."""

import io
import zipfile
from uuid import uuid4

import pytest
from sqlalchemy import select

from shared.care.models import Occurrence
from tests.web.forms import post_form, tokens_of
from tests.web.plans import (
    STALE,
    TEXT,
    activate,
    admin,
    hand_in,
    items_of,
    page,
    plan,
    plans_of,
    school,
    url,
    version_of,
)

__all__ = ["admin", "page", "plan", "school"]  # the fixtures


def test_a_pasted_plan_is_shown_beside_what_it_promises(admin, school):
    answer = hand_in(admin, school)

    shown = admin.get(answer.location).text
    assert "<mark>" in shown
    assert "家访" in shown
    assert "周期待定" in shown
    assert plans_of(school)[0].title == "向阳学校关爱工作计划"


def test_the_load_of_the_term_is_shown(admin, page):
    shown = admin.get(page).text

    assert "本学期" in shown
    assert "15 次家访" in shown  # three children, five months
    assert "戴家长" in shown  # the one proxy parent
    assert "每月 3 次家访" in shown


def test_a_word_file_is_read_too(admin, school):
    body = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in TEXT.splitlines())
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("word/document.xml", f"<w:document {space}><w:body>{body}</w:body></w:document>")

    hand_in(admin, school, text="", file=(io.BytesIO(packed.getvalue()), "计划.docx"))

    [plan] = plans_of(school)
    assert plan.file_name == "计划.docx"
    assert items_of(school, kind="home_visit")


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("计划.pdf", b"%PDF-1.7", "PDF"),
        ("计划.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "另存为 .docx"),
        ("计划.docx", b"PK\x03\x04broken", "已损坏"),
        ("计划.txt", b" ", "没有文字"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do_instead(admin, school, name, data, said):
    answer = hand_in(admin, school, text="", file=(io.BytesIO(data), name))

    assert answer.status_code == 422
    assert said in answer.text
    assert plans_of(school) == []


def test_neither_text_nor_file_is_asked_for_again(admin, school):
    answer = hand_in(admin, school, text="", title="只有名称")

    assert answer.status_code == 422
    assert "请粘贴计划的文字" in answer.text
    assert "只有名称" in answer.text


def test_a_text_without_promises_offers_to_add_one(admin, school):
    answer = hand_in(admin, school, text="今天天气很好。")

    assert "没有从这份文字里读出约定" in admin.get(answer.location).text


def test_ticks_of_the_page_are_kept(admin, school, plan, page):
    items = items_of(school)
    given = {"version": plan.version, "shown": [item.id for item in items], "chosen": [items[-1].id]}

    answer = post_form(admin, f"{page}/choice", given, page=page, follow_redirects=True)

    assert "勾选已保存" in answer.text
    assert [item.id for item in items_of(school, chosen=True)] == [items[-1].id]


def test_going_on_keeps_the_ticks_first(admin, school, plan, page):
    items = items_of(school)
    given = {"version": plan.version, "shown": [item.id for item in items], "chosen": [items[0].id]}

    answer = post_form(admin, f"{page}/choice", {**given, "then": "activation"}, page=page)

    assert answer.location == f"{page}/activation"
    assert [item.id for item in items_of(school, chosen=True)] == [items[0].id]


def test_a_stale_page_changes_nothing_and_says_so(admin, school, plan, page):
    post_form(admin, f"{page}/head", {"version": plan.version, "title": "新名称", "leader": "组长"})
    items = items_of(school)
    given = {"version": plan.version, "shown": [item.id for item in items], "chosen": []}

    answer = post_form(admin, f"{page}/choice", given, page=page)

    assert answer.status_code == 409
    assert STALE in answer.text
    assert items_of(school, chosen=True)


def test_activating_without_a_period_is_refused_with_the_items_and_recorded(cast, admin, school, plan, page):
    [open_one] = items_of(school, period="unstated")
    every = [item.id for item in items_of(school)]
    post_form(admin, f"{page}/choice", {"version": plan.version, "shown": every, "chosen": every}, page=page)

    answer = activate(admin, page, version_of(school))

    assert answer.status_code == 409
    assert "还没有周期" in answer.text
    assert open_one.title in answer.text
    assert plans_of(school)[0].state == "draft"
    [tried] = cast.events(school, "plan_item.period_missing")
    assert tried["item_ids"] == [str(open_one.id)]


def test_without_a_leading_group_no_plan_goes_into_force(admin, school):
    answer = hand_in(admin, school, leader="")
    page = answer.location

    refused = activate(admin, page, version_of(school))

    assert "填写领导小组" in admin.get(f"{page}/activation").text
    assert refused.status_code == 409
    assert "请先填写领导小组组长" in refused.text


def test_the_whole_way_from_text_to_due_promises(cast, admin, school, plan, page):
    before = admin.get(f"{page}/activation").text
    answer = activate(admin, page, plan.version)
    cast.run_reactions()

    shown = admin.get(page).text
    assert "将会发生什么" in before
    assert "2026年9月1日" in before
    assert answer.status_code == 303
    assert "正在执行的约定" in shown
    assert "周期待定" in shown
    with school.transaction() as session:
        kinds = set(session.scalars(select(Occurrence.kind)))
    assert {"home_visit", "talk"} <= kinds
    assert len(cast.events(school, "plan.activated")) == 1


def test_pressing_activate_twice_activates_once(cast, admin, page, plan, school):
    first = activate(admin, page, plan.version)
    second = activate(admin, page, plan.version)

    assert (first.status_code, second.status_code) == (303, 303)
    assert len(cast.events(school, "plan.activated")) == 1


def test_a_plan_is_switched_off_as_a_whole(admin, school, plan, page):
    activate(admin, page, plan.version)

    post_form(admin, f"{page}/end", {"version": version_of(school)})

    assert plans_of(school)[0].state == "off"
    assert items_of(school, state="active") == []
    assert "已停用" in admin.get(page).text


def test_two_plans_may_be_in_force_at_once(admin, school):
    for _ in range(2):
        answer = hand_in(admin, school)
        assert activate(admin, answer.location, 1).status_code == 303

    assert [plan.state for plan in plans_of(school)] == ["active", "active"]


def test_a_teacher_reads_plans_but_does_not_change_them(cast, school, page):
    teacher = cast.client(school.teacher)

    assert teacher.get(page).status_code == 200
    assert "下一步：生效" not in teacher.get(page).text
    assert teacher.get(f"{page}/activation").status_code == 403


def test_another_schools_plan_and_item_are_not_there(cast, school, plan):
    stranger = cast.client(cast.stranger.admin)
    item = items_of(school)[0]

    for rest in (f"{plan.id}", f"{plan.id}/text", f"{plan.id}/activation", f"items/{item.id}", f"{uuid4()}"):
        assert stranger.get(url(cast.stranger, rest)).status_code == 404
    tokens = tokens_of(stranger.get(url(cast.stranger, "new")).text)
    for rest in (f"{plan.id}/activation", f"{plan.id}/end", f"items/{item.id}/removal"):
        given = {**tokens, "version": 1}
        assert stranger.post(url(cast.stranger, rest), data=given).status_code == 404


@pytest.mark.parametrize("version", ["", "x", "0", "99999999999999999999"])
def test_a_version_that_is_no_number_is_refused(admin, page, version):
    answer = activate(admin, page, version)

    assert answer.status_code == 422
