"""Pages and API of plans: hand in, tick, decide, put into force, see it kept; clear answers to everything else."""

import io
import secrets
import zipfile
from datetime import datetime
from uuid import uuid4

import pytest
from sqlalchemy import select

from services.web.edge.login import key_hash
from shared.care.models import Occurrence, Plan, PlanItem
from shared.kernel.clock import CHINA
from shared.kernel.models import ApiKey
from tests.web.forms import post_form, tokens_of

TEXT = """向阳学校关爱工作计划
一、代理家长每月到留守儿童家中家访一次。
二、班主任每周与留守儿童谈心一次。
三、学校定期召开留守儿童座谈会。
四、六一儿童节慰问留守儿童。
"""
STALE = "刚被别人改过"


@pytest.fixture
def school(cast):
    cast.clock(datetime(2026, 9, 1, 8, 0, tzinfo=CHINA))
    return cast.school


@pytest.fixture
def admin(cast, school):
    return cast.client(school.admin)


def url(company, rest=""):
    return f"/o/{company.slug}/plans/{rest}"


def hand_in(client, company, **values):
    return post_form(client, url(company, "new"), {"text": TEXT, "leader": "组长", **values})


def plans_of(company):
    with company.transaction() as session:
        return session.scalars(select(Plan).order_by(Plan.created_at)).all()


def items_of(company, **where):
    with company.transaction() as session:
        return session.scalars(select(PlanItem).filter_by(**where).order_by(PlanItem.position)).all()


@pytest.fixture
def plan(admin, school):
    hand_in(admin, school)
    return plans_of(school)[0]


@pytest.fixture
def page(school, plan):
    return url(school, str(plan.id))


def activate(client, page, version):
    return post_form(client, f"{page}/activation", {"version": version}, page=page)


def version_of(company):
    return plans_of(company)[0].version


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


def test_an_item_is_corrected_with_days_as_people_type_them(admin, school, plan):
    item = items_of(school)[0]
    given = {
        "version": plan.version,
        "title": "节日家访",
        "kind": "home_visit",
        "subject": "child",
        "child_filter": "key",
        "period": "festival",
        "dates": "中秋节、10月1日",
        "times": "1",
        "doer_role": "class_teacher",
        "grace_days": item.grace_days,
        "holiday": "keep",
    }

    answer = post_form(admin, url(school, f"items/{item.id}"), given, follow_redirects=True)

    assert "已改好" in answer.text
    [changed] = items_of(school, title="节日家访")
    assert (changed.dates, changed.child_filter, changed.grace_days) == (["lunar:08-15", "10-01"], "key", 3)
    again = admin.get(url(school, f"items/{item.id}")).text
    assert "中秋节、国庆节" in again


def test_wrong_fields_of_an_item_are_named_and_nothing_is_kept(admin, school, plan):
    item = items_of(school)[0]
    given = {"version": plan.version, "title": "", "kind": "magic", "period": "date", "dates": "下雨天", "times": "99"}

    answer = post_form(admin, url(school, f"items/{item.id}"), given)

    assert answer.status_code == 422
    assert "看不懂这个日期" in answer.text
    assert items_of(school)[0].title == item.title


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


def test_an_item_nobody_does_is_refused(admin, school, plan, page):
    with school.transaction() as session:
        item = session.scalars(select(PlanItem).where(PlanItem.kind == "talk")).one()
        item.doer_role = None

    answer = activate(admin, page, plan.version)

    assert answer.status_code == 409
    assert "还没有写由谁来做" in answer.text


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


def test_a_period_decided_later_lets_the_item_follow(cast, admin, school, plan, page):
    activate(admin, page, plan.version)
    [open_one] = items_of(school, period="unstated")
    given = {"version": version_of(school), "period": "monthly", "doer_role": "head"}

    decided = post_form(admin, url(school, f"items/{open_one.id}/decision"), given, follow_redirects=True)
    activate(admin, page, version_of(school))

    assert "还没有生效" in decided.text
    [followed] = items_of(school, id=open_one.id)
    assert (followed.state, followed.period_source) == ("active", "decided")


def test_a_decision_without_a_period_is_asked_for_again(admin, school, plan):
    [open_one] = items_of(school, period="unstated")

    answer = post_form(admin, url(school, f"items/{open_one.id}/decision"), {"version": plan.version, "period": ""})

    assert answer.status_code == 422
    assert "定下周期" in answer.text


def test_an_own_item_is_added_and_can_be_removed(admin, school, plan, page):
    given = {"version": plan.version, "title": "自己的", "kind": "call", "subject": "child", "period": "monthly"}
    post_form(admin, f"{page}/items/new", given)
    [own] = items_of(school, title="自己的")

    post_form(
        admin,
        url(school, f"items/{own.id}/removal"),
        {"version": version_of(school)},
        page=url(school, f"items/{own.id}"),
    )

    assert (own.chosen, own.grace_days) == (True, 5)
    assert items_of(school, title="自己的") == []


def test_an_item_in_force_is_not_changed_but_switched_off(admin, school, plan, page):
    activate(admin, page, plan.version)
    item = items_of(school, state="active")[0]
    given = {"version": version_of(school), "title": "x", "kind": "call", "subject": "child", "period": "monthly"}

    refused = post_form(admin, url(school, f"items/{item.id}"), given)
    post_form(admin, url(school, f"items/{item.id}/end"), {"version": version_of(school)}, page=page)

    assert refused.status_code == 409
    assert "已经生效" in refused.text
    assert items_of(school, id=item.id)[0].state == "off"


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


SCOPES = ["plans:read", "plans:write", "plan-items:read", "plan-items:write", "occurrences:read"]


@pytest.fixture
def script(cast, school):
    secret = "hehu_" + secrets.token_urlsafe(20)
    with school.transaction() as session:
        session.add(ApiKey(name="robot", prefix=secret[:9], key_hash=key_hash(secret), scopes=SCOPES))
    client = cast.client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    return client


def api(company, rest):
    return f"/api/v1/orgs/{company.slug}/{rest}"


def test_a_script_hands_in_a_plan_and_corrects_an_item(script, school):
    made = script.post(api(school, "plans"), json={"text": TEXT}, headers={"Idempotency-Key": "p1"})
    items = script.get(api(school, f"plan-items?plan_id={made.json['id']}&page_size=1"))
    item = items.json["items"][0]
    changed = script.patch(
        api(school, f"plan-items/{item['id']}"), json={"version": made.json["version"], "period": "weekly"}
    )
    stale = script.patch(api(school, f"plan-items/{item['id']}"), json={"version": 1, "chosen": False})

    assert made.status_code == 201
    assert script.get(api(school, f"plans/{made.json['id']}")).json["text"] == TEXT.strip()
    assert items.json["total"] >= 3
    assert (changed.json["period"], changed.json["grace_days"]) == ("weekly", 2)
    assert (stale.status_code, stale.json["code"]) == (409, "plan.stale")


def test_a_script_reads_what_is_due(cast, admin, script, school, plan, page):
    activate(admin, page, plan.version)
    cast.run_reactions()
    child = school.children["王小明"]

    found = script.get(api(school, f"occurrences?state=open&child_id={child}&due_before=2026-10-02T00:00:00%2B08:00"))
    one = script.get(api(school, f"occurrences/{found.json['items'][0]['id']}"))

    assert found.json["total"] == 5  # one visit and four talks
    assert one.json["due_at"].startswith("2026-09-0")
    assert script.get(api(school, f"occurrences/{uuid4()}")).status_code == 404


@pytest.mark.parametrize(
    "rest", ["plans?page=0", "plan-items?plan_id=x", "occurrences?state=lost", "occurrences?due_before=gestern"]
)
def test_wrong_questions_of_a_script_are_problems(script, school, rest):
    answer = script.get(api(school, rest))

    assert answer.status_code == 422
    assert answer.json["errors"]


def test_a_text_of_a_hundred_thousand_characters_is_refused_before_it_is_read(script, school):
    answer = script.post(api(school, "plans"), json={"text": "字" * 100_001}, headers={"Idempotency-Key": "p2"})

    assert answer.status_code == 422
    assert plans_of(school) == []
