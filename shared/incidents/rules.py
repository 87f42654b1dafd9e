"""What an incident is, who may see it, and when a duty to tell is done.  Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from shared.kernel.errors import N_, Conflict, NotAllowed, Refused
from shared.people.rules import RIGHTS, Actor, Right, Role


class Category(StrEnum):
    """What happened."""

    ACCIDENT = "accident"
    TRAFFIC = "traffic"
    DROWNING = "drowning"
    ILLNESS = "illness"
    FOOD_POISONING = "food_poisoning"
    MISSING = "missing"
    FIRE_DISASTER = "fire_disaster"
    BULLYING = "bullying"
    SELF_HARM = "self_harm"
    NO_CARER = "no_carer"
    VIOLENCE_ABUSE = "violence_abuse"
    SEXUAL_HARM = "sexual_harm"
    GUARDIAN_NEGLECT = "guardian_neglect"
    CARER_MISCONDUCT = "carer_misconduct"
    STAFF_MISCONDUCT = "staff_misconduct"
    OTHER = "other"


CATEGORY_TITLES: dict[Category, str] = {
    Category.ACCIDENT: N_("意外受伤"),
    Category.TRAFFIC: N_("交通事故"),
    Category.DROWNING: N_("溺水"),
    Category.ILLNESS: N_("突发疾病"),
    Category.FOOD_POISONING: N_("食物中毒"),
    Category.MISSING: N_("走失或联系不上"),
    Category.FIRE_DISASTER: N_("火灾或自然灾害"),
    Category.BULLYING: N_("欺凌"),
    Category.SELF_HARM: N_("自伤或有轻生念头"),
    Category.NO_CARER: N_("无人照料"),
    Category.VIOLENCE_ABUSE: N_("遭受暴力或虐待"),
    Category.SEXUAL_HARM: N_("遭受性侵害"),
    Category.GUARDIAN_NEGLECT: N_("监护人不尽责"),
    Category.CARER_MISCONDUCT: N_("照护人行为不当"),
    Category.STAFF_MISCONDUCT: N_("工作人员行为不当"),
    Category.OTHER: N_("其他突发情况"),
}
PROTECTIVE = frozenset(
    {
        Category.VIOLENCE_ABUSE,
        Category.SEXUAL_HARM,
        Category.GUARDIAN_NEGLECT,
        Category.CARER_MISCONDUCT,
        Category.STAFF_MISCONDUCT,
    }
)
CHANNELS: dict[str, str] = {
    "phone": N_("电话"),
    "in_person": N_("当面"),
    "video": N_("视频通话"),
    "answered": N_("发消息，对方本人已回复"),
}
MOST_CHILDREN = 50
OLDEST_KNOWN = timedelta(days=30)
OLDEST_OCCURRED = timedelta(days=20 * 365)
TRUSTED = (Role.HEAD, Role.TENANT_ADMIN)  # who alone, with the reporter, knows of a protective matter
ALL_OF_THEM = RIGHTS[Right.CHILD_READ_ALL] - {Role.COUNSELLOR}  # model part 7: the counsellor only if concerned
CLOSERS = frozenset({Role.HEAD, Role.DEPUTY, Role.TENANT_ADMIN, Role.CHILD_DIRECTOR})


class StepState(StrEnum):
    """Of one duty: breached is no state, the duty stays open and can still be done, late."""

    OPEN = "open"
    DONE = "done"
    DONE_LATE = "done_late"
    EXCLUDED = "excluded"


def sees_protective(actor: Actor) -> bool:
    """Head and administrator; an API key stands for nobody in particular and sees none."""
    return actor.membership_id is not None and bool(actor.roles & set(TRUSTED))


def sees_all(actor: Actor) -> bool:
    """Who sees every incident that is not protective; the others see those they have to do with."""
    return bool(actor.roles & ALL_OF_THEM)


def check_times(*, known_at: datetime, occurred_at: datetime | None, now: datetime, entered: bool = False) -> None:
    """Nobody learns of a thing before it happens, or in the future.  Raises Refused.

    `entered`: `known_at` stands already and is not asked about again.
    """
    errors: dict[str, list[str]] = {}
    if known_at > now:
        errors["known_at"] = [N_("知悉时间不能晚于现在。")]
    if known_at < now - OLDEST_KNOWN and not entered:
        errors["known_at"] = [N_("知悉时间超过 30 天了，请检查日期。")]
    if occurred_at and occurred_at > known_at:
        errors["occurred_at"] = [N_("发生时间不能晚于知悉时间。")]
    if occurred_at and occurred_at < known_at - OLDEST_OCCURRED:
        errors["occurred_at"] = [N_("发生时间太早了，请检查年份。")]
    if errors:
        raise Refused("incident.times", errors=errors)


@dataclass(frozen=True, kw_only=True)
class Report:
    """What somebody says happened.  Children by id, or by full names in one line."""

    category: str
    account: str
    child_ids: Sequence[UUID] = ()
    names: str | None = None
    known_at: datetime | None = None
    occurred_at: datetime | None = None
    place: str | None = None


@dataclass(frozen=True)
class Told:
    """A person reached a person: automatic messages are nobody's telling (model part 0, decision 4)."""

    channel: str
    person_reached: str
    told_at: datetime
    late_reason: str | None = None


def check_moment(moment: datetime, *, field: str, known_at: datetime, now: datetime) -> None:
    """A call lies between the knowing and now.  Raises Refused.

    The clock of a form knows minutes alone, so the minute in which one learnt of it counts in full.
    """
    if moment > now:
        raise Refused("step.time", errors={field: [N_("这个时间不能晚于现在。")]})
    if moment < known_at.replace(second=0, microsecond=0):
        raise Refused("step.time", errors={field: [N_("这个时间不能早于知悉时间。")]})


def state_when_told(told: Told, *, known_at: datetime, due_at: datetime, now: datetime) -> StepState:
    """Done or done late, by the time of the telling and not of the entry.  Raises Refused naming the field."""
    check_moment(told.told_at, field="told_at", known_at=known_at, now=now)
    if told.told_at <= due_at:
        return StepState.DONE
    if not told.late_reason:
        raise Refused("step.late_reason", errors={"late_reason": [N_("已经超过时限，请写明原因。")]})
    return StepState.DONE_LATE


def may_still_be_told(state: str) -> None:
    """Raises Conflict for a duty that is done or that nobody may do."""
    if state == StepState.EXCLUDED:
        raise Conflict("step.excluded", N_("这一步涉及保护性回避，暂不通知。"))
    if state != StepState.OPEN:
        raise Conflict("step.done", N_("这一步已经登记过告知。"))


def may_close(actor: Actor, *, protective: bool, open_steps: int) -> None:
    """Closing ends no duty: all have been done before.  Raises NotAllowed, Conflict."""
    if not actor.roles & (set(TRUSTED) if protective else CLOSERS):
        raise NotAllowed()
    if open_steps:
        raise Conflict("incident.steps_open", N_("还有 %(count)s 项告知没有完成，暂时不能结案。"), count=open_steps)


def owner(wanted: Iterable[UUID | None], leaders: Iterable[UUID], reporter: UUID | None) -> UUID | None:
    """Who sees to a duty: the one the ladder names, else who leads, else who reported it."""
    return next((one for one in (*wanted, *leaders, reporter) if one), None)


def names_in(typed: str | None) -> list[str]:
    """The names in a line, each once: 王小明、李红 and the like, however they are parted."""
    return list(dict.fromkeys(name for name in re.split(r"[、，,；;/\s]+", typed or "") if name))
