"""How promises and records are put into words: windows, days left, and what a saved record did."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.web.edge.spoken import gettext, in_chinese, ngettext, written_day
from shared.care.closing import Counted
from shared.care.kinds import KIND_TITLES, direct_kinds
from shared.care.pairing_usecases import QuotaWarning
from shared.care.record_queries import DueLine, RecordLine
from shared.care.record_usecases import Written
from shared.kernel.clock import local_day
from shared.kernel.errors import N_
from shared.people.rules import ROLE_TITLES, Actor, Right, Role

MOST_OF_A_MONTH = 14

STATES: dict[str, tuple[str, str]] = {
    "open": (N_("待办"), "wait"),
    "done": (N_("已完成"), "good"),
    "late": (N_("已补做"), "wait"),
    "missed": (N_("未做"), "bad"),
    "excused": (N_("已免除"), "quiet"),
    "void": (N_("已作废"), "quiet"),
}


def window_words(start: date, end: date) -> str:
    """11月, 11月16日至22日, 9月1日至1月22日."""
    if (start.year, start.month) == (end.year, end.month) and (end - start).days >= MOST_OF_A_MONTH:
        return written_day(start, "M月" if in_chinese() else "MMMM")
    if start == end:
        return short_day(start)
    same_month = (start.year, start.month) == (end.year, end.month) and in_chinese()
    last = written_day(end, "d日") if same_month else short_day(end)
    return gettext("%(start)s至%(end)s", start=short_day(start), end=last)


def short_day(day: date) -> str:
    """11月21日."""
    return written_day(day, "M月d日" if in_chinese() else "d MMM")


def due_words(line: DueLine, now: datetime) -> tuple[str, str]:
    """How urgent, in words and as a tone."""
    left = (line.window_end - local_day(now)).days
    if line.state != "open":
        return gettext(STATES[line.state][0]), STATES[line.state][1]
    if line.due_at <= now:
        return ngettext("已过期 %(num)s 天", "已过期 %(num)s 天", -left), "late"
    if left == 0:
        return gettext("今天到期"), "wait"
    tone = "wait" if line.due_soon_at <= now else "quiet"
    return gettext("%(day)s前", day=short_day(line.window_end)), tone


def line_words(line: DueLine) -> str:
    """王小明 · 家访."""
    whom = line.child_name or line.unit_name
    title = line.title if line.kind == "other" or not whom else gettext(line.kind_title)
    return f"{whom} · {title}" if whom else title


def hint_words(line: DueLine) -> str:
    """三年级一班 · 11月 · 还差 2 次."""
    parts = [line.unit_name if line.child_name else None, window_words(line.window_start, line.window_end)]
    left = line.times - line.done_times
    if line.state == "open" and line.times > 1:
        parts.append(ngettext("还差 %(num)s 次", "还差 %(num)s 次", left))
    return " · ".join(part for part in parts if part)


def saved_words(written: Written) -> str:
    """What saving a record did: 已保存，11月的家访已完成；还差 2 次。"""
    if written.record.reached is False:
        return gettext("已记下：这次没有见到或没有联系上，事情还要再做。")
    if not written.counted:
        return gettext("已保存。目前没有要靠它完成的待办。")
    said = gettext("；").join(_counted_words(one) for one in written.counted)
    return gettext("已保存，%(what)s。", what=said)


def voided_words(written: Written) -> str:
    """What voiding did."""
    if not written.reopened:
        return gettext("已作废。")
    said = gettext("、").join(_what(one) for one in written.reopened)
    return gettext("已作废，%(what)s又回到待办里。", what=said)


def paired_words(count: int, warnings: Sequence[QuotaWarning]) -> str:
    """已结对 3 人。…, with a word where somebody has more children than are meant for one."""
    said = ngettext("已结对 %(num)s 人。", "已结对 %(num)s 人。", count)
    for one in warnings:
        said += gettext(
            "请注意：%(name)s作为%(role)s现有 %(children)s 个孩子，超过 %(quota)s 个。",
            name=one.name,
            role=gettext(ROLE_TITLES[Role(one.role)]),
            children=one.children,
            quota=one.quota,
        )
    return said


def child_timeline(
    actor: Actor, child_id: UUID, *, records: Sequence[RecordLine], promises: Sequence[DueLine], now: datetime
) -> dict[str, Any]:
    """What `care/_timeline.html` needs to draw a child's promises and records."""
    return {
        "records": records,
        "promises": promises,
        "direct_kinds": direct_kinds(actor.organisation_kind) if actor.may(Right.RECORD_WRITE) else [],
        "child_id": child_id,
        "words": sys.modules[__name__],
        "now": now,
    }


def _counted_words(one: Counted) -> str:
    if one.left:
        return ngettext("%(what)s还差 %(num)s 次", "%(what)s还差 %(num)s 次", one.left, what=_what(one))
    if one.state == "late":
        return gettext("%(what)s已补做", what=_what(one))
    return gettext("%(what)s已完成", what=_what(one))


def _what(one: Counted) -> str:
    window = window_words(one.window_start, one.window_end)
    return gettext("%(window)s的%(kind)s", window=window, kind=gettext(KIND_TITLES[one.kind]))
