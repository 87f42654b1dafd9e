"""From a commitment that was read to an item of a plan, and what an item must have to go into force.  Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.kernel.errors import N_

from .calendar import DATED, GRACE_DAYS, TILING, Rhythm
from .plan_roles import proposed_role
from .reader.values import KINDS, PERIODS, Commitment

PERIOD_TITLES: dict[str, str] = {
    "unstated": N_("周期待定"),
    "daily": N_("每天"),
    "weekly": N_("每周"),
    "biweekly": N_("每两周"),
    "monthly": N_("每月"),
    "quarterly": N_("每季度"),
    "half_year": N_("每半年"),
    "term": N_("每学期"),
    "school_year": N_("每学年"),
    "year": N_("每年"),
    "date": N_("指定日期"),
    "festival": N_("节日"),
    "once": N_("一次"),
    "event": N_("有情况时"),
}
SUBJECTS = ("child", "class", "tenant")
SUBJECT_TITLES: dict[str, str] = {"child": N_("每名留守儿童"), "class": N_("每个班（组）"), "tenant": N_("全单位")}
FILTERS = ("all", "key")
FILTER_TITLES: dict[str, str] = {"all": N_("全部留守儿童"), "key": N_("重点留守儿童")}

# What the reader counts → for what an occurrence is made.  A carer's duty is kept for each of the carer's children.
SUBJECT_OF = {
    "child": "child",
    "carer": "child",
    "guardian": "child",
    "class": "class",
    "staff": "tenant",
    "facility": "tenant",
    "tenant": "tenant",
}
NEVER_DUE = ("incident_notice", "good_news")  # the first has its own clock, the second can never be missed
PAUSING_KINDS = ("school", "kindergarten")
KEY_WORDS = re.compile(
    r"重点(?:帮扶|关爱|关注)?(?:对象|儿童|留守|学生)|(?:问题|困难|特困|特殊)(?:家庭)?(?:留守|儿童|学生)"
)
TITLE_LONGEST = 40
_EDGES = " \t\r\n　，。；、：:;,.（）()0123456789一二三四五六七八九十"
MOST_TIMES = 31
MOST_GRACE = 60


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """An item as proposed; the fields are those of the plan item."""

    title: str
    quote: str | None
    quote_start: int | None
    subject: str
    child_filter: str
    kind: str
    period: str
    times: int
    min_quantity: int | None
    within_minutes: int | None
    dates: list[str]
    doer_words: str | None
    doer_role: str | None
    must: bool
    chosen: bool
    grace_days: int
    holiday: str


def propose(found: Commitment, *, plan_title: str, organisation_kind: str) -> Proposal:
    """What a person will tick or correct.  Ticked beforehand is what has a day or a period of its own."""
    subject = SUBJECT_OF[found.subject]
    role = proposed_role(found.doer, subject=subject, plan_title=plan_title, organisation_kind=organisation_kind)
    dates = list(found.dates) if found.period in DATED else []
    return Proposal(
        title=short_title(found.quote),
        quote=found.quote,
        quote_start=found.start,
        subject=subject,
        child_filter="key" if subject == "child" and KEY_WORDS.search(found.quote) else "all",
        kind=found.kind,
        period=found.period,
        times=min(found.times or 1, MOST_TIMES),
        min_quantity=found.min_quantity,
        within_minutes=found.within_minutes,
        dates=dates,
        doer_words=found.doer,
        doer_role=role,
        must=found.must,
        chosen=_ticked(found, dates),
        grace_days=GRACE_DAYS[found.period],
        holiday=holiday_of(organisation_kind, dates),
    )


def _ticked(found: Commitment, dates: Sequence[str]) -> bool:
    """A promise of the staff with a rhythm; single acts only where the plan sets them a time."""
    if found.subject == "guardian" or found.kind in NEVER_DUE:
        return False
    if found.period == "once":
        return found.must
    return Rhythm(found.period, tuple(dates)).makes_windows


def holiday_of(organisation_kind: str, dates: Sequence[str]) -> str:
    """Schools and kindergartens pause in the holidays; a day that a plan names is meant, wherever it falls."""
    return "pause" if organisation_kind in PAUSING_KINDS and not dates else "keep"


def short_title(quote: str) -> str:
    """The quote without what stands around it, at most 40 characters."""
    plain = re.sub(r"\s+", "", quote).strip(_EDGES) or quote.strip()
    return plain if len(plain) <= TITLE_LONGEST else plain[: TITLE_LONGEST - 1] + "…"


class Item(Protocol):
    """What the rules ask of an item."""

    @property
    def kind(self) -> str:
        """Of KINDS."""

    @property
    def period(self) -> str:
        """Of PERIODS."""

    @property
    def dates(self) -> list[str]:
        """Codes of days."""

    @property
    def doer_role(self) -> str | None:
        """Who does it."""

    @property
    def holiday(self) -> str:
        """Pause or keep."""


def rhythm_of(item: Item) -> Rhythm:
    """When the item recurs."""
    return Rhythm(item.period, tuple(item.dates), pauses=item.holiday == "pause")


def recurs(item: Item) -> bool:
    """Whether occurrences are made: not for triggers, notices of incidents and good news, which are only kept."""
    return item.kind not in NEVER_DUE and rhythm_of(item).makes_windows


def lacks_period(item: Item) -> bool:
    """周期待定: soft words (定期, 经常), a date without a day.  Must be decided before the item goes into force."""
    if item.kind in NEVER_DUE:
        return False
    return item.period == "unstated" or (item.period == "date" and not item.dates)


def lacks_doer(item: Item) -> bool:
    """Whether nobody's role is named."""
    return item.doer_role is None


def needs_terms(item: Item) -> bool:
    """Whether the item cannot run without term dates."""
    return recurs(item) and rhythm_of(item).needs_terms


def default_grace(period: str) -> int:
    """Days between due and missed (model part 0, decision 2)."""
    return GRACE_DAYS[period]


assert set(PERIOD_TITLES) == set(PERIODS) == {*TILING, *DATED, "once", "event", "unstated"}
assert set(KINDS).issuperset(NEVER_DUE)
