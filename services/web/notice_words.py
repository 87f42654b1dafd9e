"""How notices, messages and the states of incidents are put into words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from flask import g

from services.web.care_words import short_day, window_words
from services.web.edge.spoken import gettext, ngettext, written_moment
from services.web.edge.view import moment
from shared.care.escalations.rules import ANSWERS, LEVEL_TITLES, WHY_TITLES, Level, Why
from shared.care.kinds import KIND_TITLES
from shared.incidents.ladders import TELL_TITLES, Tell
from shared.incidents.rules import CATEGORY_TITLES, CHANNELS, PROTECTIVE, Category
from shared.kernel.clock import CHINA, local_day
from shared.kernel.errors import N_
from shared.notifications.kinds import GROUPS, Word
from shared.notifications.queries import NoticeView, Place

HURRY = 15  # minutes left at which a clock is shown as pressing
AN_HOUR = 60  # minutes
IN_MINUTES = 120  # a longer delay is told in hours
Choices = list[tuple[str, str]]
DELIVERY_WORDS: dict[str, tuple[str, str]] = {
    "queued": (N_("等待发送"), "wait"),
    "sending": (N_("正在发送"), "wait"),
    "sent": (N_("已发出"), "good"),
    "delivered": (N_("已送达"), "good"),
    "read": (N_("已读"), "good"),
    "failed": (N_("没有发出"), "bad"),
    "unknown": (N_("不确定是否发出"), "late"),
}
ERROR_WORDS = {
    "gateway.none": N_("还没有接通短信，请联系县级管理员。"),
    "crash": N_("发送时服务中断，可能已经发出。"),
}
STEP_WORDS: dict[str, tuple[str, str]] = {
    "done": (N_("已告知"), "good"),
    "done_late": (N_("超时后告知"), "late"),
    "excluded": (N_("保护性回避，暂不通知"), "quiet"),
}
CALL_WORDS: dict[str, tuple[str, str]] = {
    "waiting": (N_("还没到时间"), "quiet"),
    "open": (N_("等待答复"), "wait"),
    "answered": (N_("已答复"), "good"),
    "lapsed": (N_("超期未答复"), "bad"),
}
CONTACTS = {
    "father": N_("父亲"),
    "mother": N_("母亲"),
    "parent": N_("家长"),
    "guardian": N_("监护人"),
}


def sentence(view: NoticeView) -> str:
    """What a notice says, in the language of the request."""
    return str(gettext(view.sentence) % words_of(view.places))


def words_of(places: Mapping[str, Place]) -> dict[str, str]:
    """Places as text: codes translated, times written out, a window from its two days."""
    said = {name: _said(place) for name, place in places.items()}
    start, end = places.get("from"), places.get("until")
    if isinstance(start, date) and isinstance(end, date):
        said["window"] = window_words(start, end)
        said["due_day"] = short_day(end)
    return said


def _said(place: Place) -> str:
    if isinstance(place, Word):
        return str(gettext(place))
    if isinstance(place, datetime):
        return moment(place)
    return short_day(place) if isinstance(place, date) else str(place)


def place_url(link: str | None) -> str | None:
    """The address of what a notice is about."""
    return None if link is None else f"/o/{g.organisation.slug}/{link}"


def clock(moment: datetime, now: datetime) -> str:
    """11:04, or with its day when that is not today: 11月21日 11:04."""
    if local_day(moment) == local_day(now):
        return written_moment(moment, "HH:mm")
    return written_moment(moment, gettext("M月d日 HH:mm"))


def left(due_at: datetime, now: datetime) -> tuple[str, str]:
    """What a clock still gives, and its tone: 还剩 23 分钟, 超时 6 分钟."""
    minutes = int((due_at - now).total_seconds() // 60)
    if minutes >= AN_HOUR:
        hours, rest = divmod(minutes, AN_HOUR)
        return gettext("还剩 %(hours)s 小时 %(minutes)s 分", hours=hours, minutes=rest), "wait"
    if minutes >= 0:
        return ngettext("还剩 %(num)s 分钟", "还剩 %(num)s 分钟", minutes), "late" if minutes < HURRY else "wait"
    if -minutes < IN_MINUTES:
        return ngettext("超时 %(num)s 分钟", "超时 %(num)s 分钟", -minutes), "bad"
    return ngettext("超时 %(num)s 小时", "超时 %(num)s 小时", -minutes // 60), "bad"


def category(code: str) -> str:
    """意外受伤."""
    return str(gettext(CATEGORY_TITLES[Category(code)]))


def category_choices(*, protective: bool) -> Choices:
    """Everyday categories, or those in which somebody near the child may be the suspect."""
    return [(one.value, gettext(said)) for one, said in CATEGORY_TITLES.items() if (one in PROTECTIVE) is protective]


def channel(code: str) -> str:
    """电话."""
    return str(gettext(CHANNELS[code]))


def channel_choices() -> Choices:
    """Ways in which one person reaches another."""
    return [(code, gettext(said)) for code, said in CHANNELS.items()]


def tell(code: str) -> str:
    """委托监护人."""
    return str(gettext(TELL_TITLES[Tell(code)]))


def contact(code: str) -> str:
    """父亲."""
    return str(gettext(CONTACTS[code]))


def kind(code: str) -> str:
    """家访."""
    return str(gettext(KIND_TITLES[code]))


def level(code: str) -> str:
    """部门负责人."""
    return str(gettext(LEVEL_TITLES[Level(code)]))


def why(code: str) -> str:
    """连续两次没有做到."""
    return str(gettext(WHY_TITLES[Why(code)]))


def answer(code: str) -> str:
    """已知悉."""
    return str(gettext(ANSWERS[code]))


def answer_choices() -> Choices:
    """What an answer may be."""
    return [(code, gettext(said)) for code, said in ANSWERS.items()]


def group(code: str) -> str:
    """突发事件."""
    return str(gettext(GROUPS[code]))


def group_choices() -> Choices:
    """What the inbox is filtered by."""
    return [(code, gettext(said)) for code, said in GROUPS.items()]


def state(words: Mapping[str, tuple[str, str]], code: str) -> tuple[str, str]:
    """A state's word and tone."""
    said, tone = words[code]
    return gettext(said), tone


def error(code: str | None) -> str:
    """Why a message did not go out."""
    return str(gettext(ERROR_WORDS.get(code or "", N_("短信网关没有接收，请稍后重发。"))))


def local_minute(moment: datetime) -> str:
    """What a datetime field is filled with."""
    return moment.astimezone(CHINA).strftime("%Y-%m-%dT%H:%M")
