"""The second half: a visit made, others missed, who hears of it, the answer, and the county's figures."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from shared.care.escalations.rules import LEVEL_TITLES, WHY_TITLES, Level, Why
from shared.kernel.clock import CHINA, day_start

from .asking import NotSo, expect, figure, ok, until, until_done
from .desk import months_on
from .preparing import Story

RECORDED = "家里只有奶奶在，腿脚不便；和孩子一起看了作业本。"
ANSWER = "已派人到校核对家访安排，要求本月底前补访。"
MOST_FIELDS = 4
HOUSEKEEPING = {"csrf_token", "form_token", "kind", "occurrence_id"}
ANSWER_WITHIN = timedelta(days=2)
LETTERS = "inbox/messages/"


def record_visit(story: Story) -> str:
    """A day in the first month: the class teacher opens today's list, taps a visit, fills in the form."""
    first = story.starts[0]
    story.desk.set_clock(datetime.combine(first + timedelta(days=2), time(10), CHINA))
    teacher = story.browsers["teacher"]
    today = ok(teacher.get(story.school))
    link = next((one for one in today.links if "records/new?occurrence=" in one), None)
    if link is None:
        raise NotSo(f"nothing to do on the teacher's page of the day: {today.words[:300]}")
    form = ok(teacher.get(link))
    fields = set(re.findall(r'name="(\w+)"', form.html.split("<main")[1])) - HOUSEKEEPING
    if len(fields) > MOST_FIELDS:
        raise NotSo(f"the form of a visit has {len(fields)} fields: {sorted(fields)}")
    ok(teacher.send(form, {"note": RECORDED, "reached": "true"}, action="/records/new"))
    expect(_totals(story, "done"), 1, "visits done")
    return f"1 visit done, in a form of {len(fields)} fields"


def miss_and_kill(story: Story) -> str:
    """The grace of the first month runs out; the worker is killed while it works on what follows."""
    wanted = story.documents.left_behind - 1
    _until_missed(story, story.starts[0], wanted)
    killed = story.desk.kill_worker()
    restarted = until(story.desk.worker, lambda pid: pid not in (None, killed), "the worker after it was killed")
    mine = {one["id"] for one in story.api.items("children", unit=story.teacher_unit, left_behind="true")}
    missed = story.api.items("occurrences", item_id=story.visit["id"], state="missed")
    story.missed = next(one for one in missed if one["child_id"] in mine)
    return f"{wanted} visits missed, once each; worker {killed} killed, {restarted} went on"


def hear_of_it(story: Story) -> str:
    """The notice of the teacher who did not go."""
    inbox = f"{story.school}inbox/"
    until(
        lambda: story.browsers["teacher"].get(inbox).links,
        lambda links: any(story.missed["id"] in one for one in links),
        "the teacher's notice",
    )
    number = figure(story.browsers["teacher"].get(inbox), r"共 (\d+) 条")
    return f"the class teacher has {number} notices"


def call_unit_head(story: Story) -> str:
    """E1: the head of the grade is asked."""
    until_done(story.desk.open_reactions, "what follows from the misses")
    case = _case(story, "grade_head", Level.E1, Why.MISSED)
    if "等待答复" not in case:
        raise NotSo(f"E1 does not wait for an answer: {case[:400]}")
    return "the head of the grade is asked, and says nothing"


def call_head(story: Story) -> str:
    """E2: two days later the head hears that nobody answered."""
    grace = datetime.fromisoformat(story.missed["grace_until"])
    story.desk.set_clock(grace + ANSWER_WITHIN + timedelta(hours=3))
    _case(story, "head", Level.E2, Why.UNANSWERED)
    return "the head hears that nobody answered within two days"


def call_superior(story: Story) -> str:
    """E3: the second and the third month are missed too; the education bureau gets a letter for each third miss.

    It names no child.
    """
    children = story.documents.left_behind
    seconds = [months_on(story.starts[0], 1), months_on(story.starts[0], 2)]
    for number, first in enumerate(seconds, start=1):
        _until_missed(story, first, children - 1 + children * number)
        until_done(story.desk.open_reactions, f"what follows from the misses of month {number + 1}")
    thirds = children - 1 + story.meetings  # nobody held the class meetings either
    letters = until(lambda: _letters(story), lambda found: found == thirds, f"{thirds} letters at the education bureau")
    return f"{letters} letters at the education bureau"


def answer_above(story: Story) -> str:
    """The bureau says what it did."""
    bureau = story.browser("recipient")
    listed = ok(bureau.get(f"{story.place('recipient')}{LETTERS}"))
    link = next(one for one in listed.links if re.search(r"inbox/messages/[0-9a-f-]{36}$", one))
    letter = ok(bureau.get(link))
    ok(bureau.send(letter, {"answer": "acted", "note": ANSWER}, action=link))
    expect(_letters(story, "?state=answered"), 1, "answered letters")
    return "the bureau answered one of them"


def answer_below(story: Story) -> str:
    """The school's head reads the answer where the miss stands."""
    case = until(lambda: _answered_case(story), lambda found: ANSWER in found, "the bureau's answer at the school")
    expect("云砚县教育局" in case, True, "the bureau's name beside its answer")
    return "the school's head reads it beside the miss"


def read_county(story: Story) -> str:
    """The county page says the share, and how many visits were missed."""
    docs, officer = story.documents, story.browser("officer")
    missed = docs.left_behind * 3 - 1
    share = (Decimal(docs.left_behind) * 100 / docs.pupils).quantize(Decimal("0.1"), ROUND_HALF_UP)
    wanted = (f"{share} %", str(docs.left_behind), str(missed))
    patterns = (r"留守学生占比 ([\d.]+ %)", r"留守儿童 (\d+) 人", r"走访未完成 (\d+) 次")

    def read() -> tuple[str, ...]:
        page = officer.get(story.place("officer"))
        return tuple(figure(page, pattern) for pattern in patterns)

    until(read, lambda found: found == wanted, "the county's figures")
    return f"{docs.left_behind} of {docs.pupils} = {share} %, {missed} visits missed"


def _totals(story: Story, state: str) -> int:
    return story.api.total("occurrences", item_id=story.visit["id"], state=state)


def _until_missed(story: Story, first: date, wanted: int) -> None:
    """Move the clock past the grace of the month that begins on `first`."""
    grace = timedelta(days=story.visit["grace_days"])
    story.desk.set_clock(day_start(months_on(first, 1)) + grace + timedelta(hours=1))
    until(lambda: _totals(story, "missed"), lambda total: total == wanted, "missed visits")


def _case(story: Story, who: str, level: Level, why: Why) -> str:
    """The words of the page of the miss as that person sees it, once it says why it calls."""
    browser = story.browsers.get(who) or story.browser(who)
    path = f"{story.school}misses/{story.missed['id']}"
    said = f"{LEVEL_TITLES[level]} {WHY_TITLES[why]}"
    return until(lambda: browser.get(path).words, lambda words: said in words, f"“{said}” on the page of the miss")


def _letters(story: Story, asked: str = "") -> int:
    page = ok(story.browser("recipient").get(f"{story.place('recipient')}{LETTERS}{asked}"))
    found = re.search(r"共 ([\d,]+) ", page.words)
    return int(found[1].replace(",", "")) if found else 0


def _answered_case(story: Story) -> str:
    """The page of the newest miss of which the head was told an answer."""
    head = story.browser("head")
    inbox: dict[str, Any] = {"page": ok(head.get(f"{story.school}inbox/?unread=1"))}
    told = [one for one in inbox["page"].links if "/misses/" in one][-40:]
    pages = (ok(head.get(one)).words for one in dict.fromkeys(told))
    return next((words for words in pages if ANSWER in words), "")
