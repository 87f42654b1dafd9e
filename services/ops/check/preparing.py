"""The first half of the story: roster, colleagues, plan, and the promises that come of it."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from services.ops.demo_data.names import Inventor
from shared.kernel.clock import CHINA

from .asking import NotSo, Resources, expect, figure, ok, until
from .browser import Browser, Values
from .desk import Desk, months_on
from .documents import Documents

SCOPES = ("children:read", "units:read", "members:read", "plan-items:read", "occurrences:read")
VISITS = ("home_visit", "field_visit")
AHEAD = timedelta(weeks=9)
COLLEAGUES = 61  # another seed than that of the people who are there


@dataclass
class Story:
    """What is known so far; the later steps need what the earlier ones found."""

    desk: Desk
    documents: Documents
    browsers: dict[str, Browser] = field(default_factory=dict)
    resources: Resources | None = None
    teacher_unit: str = ""
    plan_id: str = ""
    visit: dict[str, Any] = field(default_factory=dict)
    starts: list[date] = field(default_factory=list)
    meetings: int = 0
    missed: dict[str, Any] = field(default_factory=dict)

    def browser(self, who: str) -> Browser:
        """The browser of somebody who is logged in."""
        if who not in self.browsers:
            one = self.desk.log_in_of(who)
            browser = self.browsers[who] = Browser(self.desk.address)
            ok(browser.log_in(one.phone, one.password))
        return self.browsers[who]

    def place(self, who: str) -> str:
        """Where that person's pages lie."""
        return self.desk.log_in_of(who).path

    @property
    def school(self) -> str:
        """Where the school's pages lie."""
        return self.place("administrator")

    @property
    def api(self) -> Resources:
        """The school's API."""
        if self.resources is None:
            raise NotSo("no key was issued")
        return self.resources


def import_roster(story: Story) -> str:
    """Upload, look at the preview, confirm, count the roll."""
    browser, docs = story.browser("administrator"), story.documents
    page = ok(browser.get(f"{story.school}imports/"))
    sent: Values = {"file": (docs.roster_name, docs.roster), "as_of": docs.as_of.isoformat()}
    preview = ok(browser.send(page, sent, action="/imports/"))
    said = [int(figure(preview, rf"{words} (\d+) 名")) for words in ("可导入", "其中留守儿童")]
    expect(said, [docs.pupils, docs.left_behind], "the preview")
    expect(_roll(story, ""), 0, "children before the confirmation")
    ok(browser.send(preview, {}, action="/confirm"))
    expect([_roll(story, ""), _roll(story, "?left_behind=on")], said, "the roll")
    return f"{said[0]} pupils, {said[1]} of them left-behind"


def _roll(story: Story, asked: str) -> int:
    page = ok(story.browser("administrator").get(f"{story.school}children/{asked}"))
    found = re.search(r"共 ([\d,]+) 人", page.words)
    return int(found[1].replace(",", "")) if found else 0


def invite_colleagues(story: Story) -> str:
    """A key for scripts, two class teachers of one grade, the second of them its head."""
    browser = story.browser("administrator")
    form = ok(browser.get(f"{story.school}keys/new"))
    issued = ok(browser.send(form, {"name": "hehu demo --check", "scopes": SCOPES}, action="/keys/new"))
    secret = re.search(r'value="(hehu_[^"]+)"', issued.html)
    if secret is None:
        raise NotSo("the page of the new key does not show it")
    story.resources = Resources(story.desk.address, story.school.strip("/").split("/")[1], secret[1])
    units = {one["id"]: one for one in story.api.items("units")}
    mine, other = _two_classes(story, units)
    story.teacher_unit = mine
    make = Inventor(COLLEAGUES)
    _join(story, "teacher", make, mine)
    _join(story, "grade_head", make, other)
    _make_head(story, units[mine]["parent_id"])
    return f"{units[mine]['name']} and its grade have somebody who answers for them"


def _two_classes(story: Story, units: dict[str, Any]) -> tuple[str, str]:
    """A class with left-behind children, and another one of its grade."""
    first = story.api.page("children", left_behind="true")["items"][0]
    mine = units[first["unit_id"]]
    beside = [one for one in units.values() if one["parent_id"] == mine["parent_id"] and one["id"] != mine["id"]]
    return mine["id"], beside[0]["id"]


def _join(story: Story, who: str, make: Inventor, unit: str) -> None:
    """Invited by the administrator, joined in a browser of their own."""
    name, phone, password = make.adult(), make.phone(block=8), secrets.token_hex(8)
    inviting = story.browser("administrator")
    form = ok(inviting.get(f"{story.school}members/invite"))
    given = {"name": name, "phone": phone, "roles": ["class_teacher"], "unit_id": unit}
    listed = ok(inviting.send(form, given, action="/invite"))
    link = re.search(rf"{story.school}join/[0-9a-f]+", listed.html)
    if link is None:
        raise NotSo("the list of invitations shows no link")
    own = Browser(story.desk.address)
    ok(own.send(own.get(link[0]), {"name": name, "new_password": password}, action=link[0]))
    ok(own.log_in(phone, password) if "/log-in" in own.get(story.school).url else own.get(story.school))
    story.browsers[who] = own


def _make_head(story: Story, grade: str) -> None:
    heads = [one["head_id"] for one in story.api.items("units") if one["parent_id"] == grade and one["head_id"]]
    mine = next(one["head_id"] for one in story.api.items("units") if one["id"] == story.teacher_unit)
    page = ok(story.browser("administrator").get(f"{story.school}units/{grade}"))
    head = next(one for one in heads if one != mine)
    ok(story.browser("administrator").send(page, {"head_id": head}, action=f"/units/{grade}"))


def hand_in_plan(story: Story) -> str:
    """Upload the plan and read what the reader proposes."""
    browser, docs = story.browser("administrator"), story.documents
    form = ok(browser.get(f"{story.school}plans/new"))
    sent: Values = {"file": (docs.plan_name, docs.plan), "leader": "校长"}
    page = ok(browser.send(form, sent, action="/plans/new"))
    story.plan_id = page.url.rstrip("/").split("/")[-1]
    items = story.api.items("plan-items", plan_id=story.plan_id)
    expect(int(figure(page, r"共 (\d+) 条")), len(items), "promises on the page")
    ticked = sum(one["chosen"] for one in items)
    waiting = sum(one["period"] == "unstated" for one in items)
    if not items or not waiting or not any(one["kind"] in VISITS for one in items):
        raise NotSo(f"{len(items)} promises were read, {waiting} without a period, and they need visits among them")
    return f"{len(items)} promises read, {ticked} ticked, {waiting} wait for a period"


def correct_plan(story: Story) -> str:
    """Give the visits a period and somebody who makes them, and tick them and the class meetings alone."""
    browser = story.browser("administrator")
    items = story.api.items("plan-items", plan_id=story.plan_id)
    visits = [one for one in items if one["kind"] in VISITS]
    visit = min(visits, key=lambda one: (one["period"] != "monthly", one["position"]))
    if (visit["period"], visit["subject"], visit["doer_role"]) != ("monthly", "child", "class_teacher"):
        form = ok(browser.get(f"{story.school}plans/items/{visit['id']}"))
        wanted = {"period": "monthly", "subject": "child", "doer_role": "class_teacher", "grace_days": "5"}
        ok(browser.send(form, wanted, action=visit["id"]))
    meetings = [one["id"] for one in items if one["kind"] == "class_meeting" and one["period"] == "monthly"]
    page = ok(browser.get(f"{story.school}plans/{story.plan_id}"))
    ticks = {"shown": [one["id"] for one in items], "chosen": [visit["id"], *meetings]}
    page = ok(browser.send(page, ticks, action="/choice"))
    story.visit = next(one for one in story.api.items("plan-items", plan_id=story.plan_id) if one["id"] == visit["id"])
    expect(int(figure(page, r"勾选 (\d+) 条")), 1 + len(meetings), "ticked promises")
    classes = [one for one in story.api.items("units") if one["kind"] == "class"]
    story.meetings = len(meetings) * len(classes)
    return f"{story.visit['kind']} {story.visit['period']}, {1 + len(meetings)} promises ticked"


def activate_plan(story: Story) -> str:
    """See the load, put it into force."""
    browser = story.browser("administrator")
    page = ok(browser.get(f"{story.school}plans/{story.plan_id}/activation"))
    ok(browser.send(page, {}, action="/activation"))
    states = {one["state"] for one in story.api.items("plan-items", plan_id=story.plan_id) if one["chosen"]}
    expect(states, {"active"}, "state of the ticked promises")
    return "in force"


def count_occurrences(story: Story) -> str:
    """Each left-behind child has a visit in each month that begins within the next nine weeks."""
    today = datetime.now(CHINA).date()
    months = [months_on(today, number) for number in range(4)]
    story.starts = [first for first in months if today <= first <= today + AHEAD]
    wanted = story.documents.left_behind * len(story.starts)
    item = story.visit["id"]
    until(lambda: story.api.total("occurrences", item_id=item), lambda total: total == wanted, "promised visits")
    found = story.api.items("occurrences", item_id=item)
    starts = sorted({one["window_start"] for one in found})
    expect(starts, [first.isoformat() for first in story.starts], "months with visits")
    expect(len({one["child_id"] for one in found}), story.documents.left_behind, "children with visits")
    return f"{wanted} visits = {story.documents.left_behind} children × {len(story.starts)} months"
