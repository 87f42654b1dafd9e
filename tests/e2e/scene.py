"""A county in the middle of a term: what people did there, done through its pages."""

import io
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from shared.kernel.clock import CHINA
from tests.support.cast import Cast, Company, new_phone
from tests.support.rosters import HEAD, child, xlsx
from tests.web.forms import post_form

BEGUN = datetime(2026, 10, 26, 8, 0, tzinfo=CHINA)
TODAY = datetime(2026, 11, 17, 10, 4, tzinfo=CHINA)
VERSION = re.compile(r'name="version" value="(\d+)"')
ITEM = re.compile(r'name="shown" value="([^"]+)"')
FAULT = re.compile(r'id="e-([^"]+)">.*?</p>|errors-title">([^<]+)')
PLAN = """留守儿童关爱工作计划
一、班主任每周与留守儿童谈心一次，了解学习和生活情况。
二、代理家长每月到留守儿童家中家访一次。
三、学校定期召开留守儿童座谈会。
四、每学期组织一次亲情电话活动。
五、六一儿童节慰问留守儿童。
"""
VILLAGE_PLAN = """石桥村关爱服务计划
一、儿童主任每月走访留守儿童一次，每周电话联系一次。
二、村委会每季度召开一次儿童工作例会。
三、春节慰问留守儿童。
"""


@dataclass(frozen=True)
class Scene:
    """The cast, its application, and where a browser finds it."""

    cast: Cast
    app: Flask
    address: str


def inhabit(cast: Cast) -> None:
    """Three weeks of a term: plans in force, promises kept and missed, an incident, papers on their way."""
    cast.clock(BEGUN)
    school, village = cast.client(cast.school.admin), cast.client(cast.village.child_director)
    plan_in_force(school, cast.school, PLAN)
    plan_in_force(village, cast.village, VILLAGE_PLAN)
    hand_in(school, cast.school, "心理健康工作计划\n一、心理教师每两周开展一次团体辅导。\n二、定期家访。")
    cast.run_reactions()
    cast.clock(TODAY)
    while cast.sweep():
        cast.run_reactions()  # a stage may lead to the next
    papers(cast, school)
    deeds(cast)
    cast.run_reactions()


def posted(browser: FlaskClient, url: str, values: dict[str, Any], *, page: str = "") -> str:
    """Send a form that must be taken; returns where it leads."""
    answer = post_form(browser, url, values, page=page)
    assert answer.status_code in (200, 303), FAULT.findall(answer.text)
    return answer.location or url


def hand_in(browser: FlaskClient, company: Company, text: str) -> str:
    """A plan read and not yet in force; returns its address."""
    return posted(browser, f"/o/{company.slug}/plans/new", {"text": text, "leader": "组长"})


def plan_in_force(browser: FlaskClient, company: Company, text: str) -> None:
    """A plan, ticked all but the last line."""
    page = hand_in(browser, company, text)
    shown = browser.get(page).text
    version, items = VERSION.findall(shown)[0], ITEM.findall(shown)
    ticks = {"version": version, "shown": items, "chosen": items[:-1]}
    posted(browser, f"{page}/choice", ticks, page=page)
    version = VERSION.findall(browser.get(page).text)[0]
    posted(browser, f"{page}/activation", {"version": version}, page=f"{page}/activation")


def papers(cast: Cast, admin: FlaskClient) -> None:
    """A roster to check, an invitation, a key, a webhook, a pairing, and an application at the county."""
    school = f"/o/{cast.school.slug}"
    rows = [HEAD, child("江一帆"), child("江小满", "2017-05-01", phone="12345"), child("柳青青", "2018-13-01")]
    posted(admin, f"{school}/imports/", {"file": (io.BytesIO(xlsx(rows)), "三年级名单.xlsx")})
    posted(admin, f"{school}/members/invite", {"name": "新老师", "phone": new_phone(), "roles": ["proxy_parent"]})
    posted(admin, f"{school}/keys/new", {"name": "学籍同步", "scopes": ["units:read"]})
    posted(admin, f"{school}/webhooks/new", {"url": "https://example.com/hook", "events": ["incident.closed"]})
    pairing = {
        "role": "proxy_parent",
        "membership_ids": [str(cast.school.proxy_parent.membership_id)],
        "child_ids": [str(cast.school.children["王小明"])],
    }
    posted(admin, f"{school}/pairings/new", pairing)
    application = {
        "kind": "school",
        "name": "柳河小学",
        "area_id": cast.areas["柳河乡"],
        "contact_name": "申请老师",
        "contact_phone": new_phone(),
    }
    posted(cast.client(), f"/sign-up/{cast.county.slug}", application)


def deeds(cast: Cast) -> None:
    """A guardian became known, somebody was visited, somebody fell."""
    for company, who, name in (
        (cast.school, cast.school.teacher, "陈晓芳"),
        (cast.village, cast.village.child_director, "郑小石"),
    ):
        browser, own = cast.client(who), company.children[name]
        file = f"/o/{company.slug}/children/{own}/edit"
        version = VERSION.findall(browser.get(file).text)[0]
        reached = {"name": name, "left_behind": "true", "version": version, "guardian_phone": "13900000001"}
        posted(browser, file, reached | {"guardian_name": f"{name}的奶奶"})
        talk = {"kind": "home_visit", "child_id": own, "reached": "true", "note": "奶奶身体不好，要多留意。"}
        posted(browser, f"/o/{company.slug}/records/new?kind=home_visit&child={own}", talk)
        fell = {"category": "accident", "child_ids": str(own), "account": "从单杠上摔下来，手臂疼。"}
        posted(browser, f"/o/{company.slug}/incidents/new", fell)
