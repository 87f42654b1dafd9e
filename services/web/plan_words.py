"""How plans are put into words: what is promised, how often, by whom, and what a term asks for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import g

from services.web import care_words, titles
from services.web.edge.spoken import gettext
from shared.care.kinds import KIND_TITLES
from shared.care.load import Share
from shared.care.load_queries import TermLoad
from shared.care.plan_dates import TITLES
from shared.care.plan_queries import ItemView
from shared.care.plan_rules import FILTER_TITLES, PERIOD_TITLES, SUBJECT_TITLES
from shared.kernel.errors import N_

LEAP_YEAR = 2024  # any year that has every day
Choices = list[tuple[str, str]]

STATES: dict[str, tuple[str, str]] = {
    "draft": (N_("草稿"), "wait"),
    "active": (N_("已生效"), "good"),
    "off": (N_("已停用"), "quiet"),
}


def kind(item: ItemView) -> str:
    """家访."""
    return gettext(KIND_TITLES[item.kind])


def when(item: ItemView) -> str:
    """每月 2 次; 儿童节、10月."""
    said = gettext("、").join(day(code) for code in item.dates) or gettext(PERIOD_TITLES[item.period])
    return gettext("%(period)s %(times)s 次", period=said, times=item.times) if item.times > 1 else said


def day(code: str) -> str:
    """儿童节, 10月, 5月30日, 农历3月3日."""
    if code in TITLES:
        return gettext(TITLES[code])
    if code.startswith("month:"):
        return care_words.window_words(date(LEAP_YEAR, int(code[6:]), 1), date(LEAP_YEAR, int(code[6:]), 28))
    month, number = (int(part) for part in code.removeprefix("lunar:").split("-"))
    if code.startswith("lunar:"):
        return gettext("农历%(month)s月%(day)s日", month=month, day=number)
    return care_words.short_day(date(LEAP_YEAR, month, number))


def whom(item: ItemView) -> str:
    """每名留守儿童; 重点留守儿童."""
    of_all = item.subject != "child" or item.child_filter == "all"
    return gettext(SUBJECT_TITLES[item.subject] if of_all else FILTER_TITLES[item.child_filter])


def who(item: ItemView) -> str:
    """班主任; nothing where nobody is named."""
    return titles.role(item.doer_role) if item.doer_role else ""


def share_name(share: Share, load: TermLoad) -> str:
    """A member's name, or the role that nobody in particular holds for these children."""
    if share.doer_id:
        return load.names.get(share.doer_id, "")
    role = titles.role(share.role) if share.role else gettext("未定")
    return gettext("%(role)s（还没有落实到人）", role=role)


def kinds_of(counts: Sequence[tuple[str, int]]) -> str:
    """610 次家访，122 次书信."""
    return gettext("，").join(
        gettext("%(count)s 次%(kind)s", count=count, kind=gettext(KIND_TITLES[code])) for code, count in counts
    )


def monthly(share: Share) -> str:
    """每月 36 次家访；全学期 36 次书信."""
    often = [(one.kind, one.a_month) for one in share.kinds if one.a_month]
    seldom = [(one.kind, one.in_term) for one in share.kinds if not one.a_month]
    parts = [gettext("每月 %(what)s", what=kinds_of(often))] if often else []
    parts += [gettext("全学期 %(what)s", what=kinds_of(seldom))] if seldom else []
    return gettext("；").join(parts)


def period_choices() -> Choices:
    """Periods somebody may choose."""
    return [(code, gettext(title)) for code, title in PERIOD_TITLES.items()]


def choices() -> dict[str, Choices]:
    """The lists of the item's form."""
    return {
        "kinds": [(code, gettext(title)) for code, title in KIND_TITLES.items()],
        "periods": period_choices(),
        "subjects": [(code, gettext(title)) for code, title in SUBJECT_TITLES.items()],
        "filters": [(code, gettext(title)) for code, title in FILTER_TITLES.items()],
        "roles": titles.role_choices(g.organisation.kind),
        "holidays": [("pause", gettext("放假时暂停")), ("keep", gettext("放假时照做"))],
    }
