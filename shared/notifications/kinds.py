"""What a notice says: one sentence for each kind, and what stands in its places.  Data.

Places are filled when the notice is read, from ids in `params`: a notice stores no name.  `Word` places are codes
whose title is translated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.care.escalations.rules import ANSWERS, LEVEL_TITLES, WHY_TITLES
from shared.care.kinds import KIND_TITLES
from shared.incidents.ladders import TELL_TITLES
from shared.incidents.rules import CATEGORY_TITLES
from shared.kernel.errors import N_


class Word(str):
    """A sentence or word to be translated at the edge."""


@dataclass(frozen=True)
class NoticeKind:
    """`group` is what the inbox is filtered by.  `sms`: also sent by message.

    `alarm`: rings, and is sent at least once.  `protective`: only head and administrator learn that there is one.
    """

    sentence: str
    group: str
    urgent: bool = False
    sms: bool = False
    alarm: bool = False
    protective: bool = False


GROUPS: dict[str, str] = {
    "promise": N_("承诺提醒"),
    "miss": N_("没做到的事"),
    "incident": N_("突发事件"),
    "superior": N_("下级单位来信"),
    "work": N_("工作进展"),
}

KINDS: dict[str, NoticeKind] = {
    "occurrence.due_soon": NoticeKind(N_("%(subject)s：%(kind)s快到期了，请在%(due_day)s前完成。"), "promise"),
    "occurrence.overdue": NoticeKind(N_("%(subject)s：%(kind)s已过期，请尽快补上；再不补就算没有做到。"), "promise"),
    "occurrence.missed": NoticeKind(N_("%(subject)s：%(window)s的%(kind)s没有做到。"), "miss"),
    "missed.E1": NoticeKind(
        N_("%(doer)s没有做到：%(subject)s的%(kind)s（%(window)s）。请在两天内答复。"), "miss", urgent=True
    ),
    "missed.E2": NoticeKind(
        N_("%(doer)s没有做到：%(subject)s的%(kind)s（%(window)s）。通知您是因为：%(why)s。请答复。"),
        "miss",
        urgent=True,
        sms=True,
    ),
    "escalation.answered": NoticeKind(N_("%(subject)s的%(kind)s没有做到一事，已有答复：%(answer)s。"), "miss"),
    "plan.activated": NoticeKind(N_("工作计划《%(plan)s》已生效，其中有您负责的工作。"), "work"),
    "roster.confirmed": NoticeKind(N_("名册已导入：新增 %(new)s 人，更新 %(updated)s 人。"), "work"),
    "webhook.paused": NoticeKind(
        N_("推送地址 %(host)s 连续多次没有收下，已暂停。改好后请恢复推送。"), "work", urgent=True
    ),
    "incident.opened": NoticeKind(
        N_("突发事件：%(category)s。知悉时间 %(known_at)s，请按时限告知。"),
        "incident",
        urgent=True,
        sms=True,
        alarm=True,
    ),
    "incident.protective": NoticeKind(
        N_("有一件需要保护孩子的事情：%(category)s。知悉时间 %(known_at)s，请立即处理。"),
        "incident",
        urgent=True,
        sms=True,
        alarm=True,
        protective=True,
    ),
    "incident.step_breached": NoticeKind(
        N_("突发事件超时：还没有告知%(tell)s，请马上告知并写明原因。"), "incident", urgent=True, sms=True, alarm=True
    ),
    "incident.protective_breached": NoticeKind(
        N_("需要保护孩子的事情超时：还没有告知%(tell)s，请马上告知。"),
        "incident",
        urgent=True,
        sms=True,
        alarm=True,
        protective=True,
    ),
    "miss.reported": NoticeKind(
        N_("%(organisation)s：%(kind)s连续 %(running)s 次没有做到（%(why)s），请答复。"),
        "superior",
        urgent=True,
        sms=True,
    ),
    "incident.reported": NoticeKind(
        N_("%(organisation)s报告突发事件：%(category)s，请在 %(due_at)s 前确认接报。"),
        "superior",
        urgent=True,
        sms=True,
        alarm=True,
    ),
}

TITLES: dict[str, Mapping[Any, str]] = {
    "kind": KIND_TITLES,
    "why": WHY_TITLES,
    "answer": ANSWERS,
    "category": CATEGORY_TITLES,
    "tell": TELL_TITLES,
    "level": LEVEL_TITLES,
}
SMS_TEXT = N_("您有一条紧急通知，请登录呵护查看")  # ux 25: no name and no circumstance leaves by message
