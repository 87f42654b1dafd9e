"""Pages of a plan's items: correct, decide, add, remove, switch off."""

from sqlalchemy import select

from shared.care.models import PlanItem
from tests.web.forms import post_form
from tests.web.plans import activate, admin, items_of, page, plan, school, url, version_of

__all__ = ["admin", "page", "plan", "school"]  # the fixtures


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


def test_an_item_nobody_does_is_refused(admin, school, plan, page):
    with school.transaction() as session:
        item = session.scalars(select(PlanItem).where(PlanItem.kind == "talk")).one()
        item.doer_role = None

    answer = activate(admin, page, plan.version)

    assert answer.status_code == 409
    assert "还没有写由谁来做" in answer.text


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
