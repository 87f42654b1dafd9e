"""What a record may say, when it counts (closing.py does the counting), and who may write it.  Pure.

1. A record counts for an open occurrence whose window has begun by the record's day and whose grace has not run
   out on it; the day of the talk decides, never the day it was typed in.
2. It counts once for each plan item: for the oldest occurrence still open.
3. An occurrence is *done* when its acts took place before `due_at`, *late* when the last one needed the grace.
4. One that is already missed stays missed: the record is kept, and shown as entered afterwards.
"""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from shared.kernel.errors import N_, Invalid, NotAllowed
from shared.people.rules import Actor, Right

from .kinds import CHILD_KINDS, NO_TEXT_KINDS

DAYS_BACK = 31
FOLLOW_UP_AFTER = timedelta(days=7)
NO_TEXT = N_("电话、视频和书信只记录发生过，不记录内容。听到需要处理的事，请另行上报。")


def check_day(on_day: date, *, today: date) -> None:
    """Raises Invalid for a day to come, or one more than 31 days past."""
    if on_day > today:
        raise Invalid("record.future", errors={"on_day": [N_("日期还没有到。请填今天或以前的日期。")]})
    if on_day < today - timedelta(days=DAYS_BACK):
        raise Invalid("record.too_old", errors={"on_day": [N_("最多补记 31 天以内的。更早的请写进儿童档案。")]})


def check_text(kind: str, note: str | None) -> None:
    """Raises Invalid where a call, video or letter comes with words (decision 8 of the model)."""
    if kind in NO_TEXT_KINDS and note:
        raise Invalid("record.no_text", errors={"note": [NO_TEXT]})


def check_subject(kind: str, child_id: UUID | None) -> None:
    """Raises Invalid for a talk, visit or call with nobody."""
    if kind in CHILD_KINDS and child_id is None:
        raise Invalid("record.child", errors={"child_id": [N_("请选择孩子。")]})


def check_follow_up(follow_up_on: date | None, *, on_day: date) -> None:
    """Raises Invalid for a follow-up before the deed itself."""
    if follow_up_on is not None and follow_up_on < on_day:
        raise Invalid("record.follow_up", errors={"follow_up_on": [N_("跟进日期要在记录日期之后。")]})


def follow_up(given: date | None, *, problem_found: bool, on_day: date) -> date | None:
    """A problem is looked at again after a week, unless a day was named."""
    if given is None and problem_found:
        return on_day + FOLLOW_UP_AFTER
    return given


def require_hand(actor: Actor, doer_id: UUID, *, heads_unit: bool) -> None:
    """The doer writes; the unit head and the keepers may write, correct and void for others.  Raises NotAllowed."""
    if actor.membership_id == doer_id or heads_unit or actor.may(Right.RECORD_KEEP):
        return
    raise NotAllowed("record.not_yours", N_("只有本人、班级或小组负责人和档案管理人员可以写这条记录。"))


def require_second_person(actor: Actor, doer_id: UUID | None, *, heads_unit: bool) -> None:
    """An excuse needs a second person: the unit head, or a keeper, never the doer.  Raises NotAllowed."""
    if not heads_unit and not actor.may(Right.RECORD_KEEP):
        raise NotAllowed("excuse.not_head", N_("请由班级或小组负责人来办理。"))
    if doer_id is not None and actor.membership_id == doer_id:
        raise NotAllowed("excuse.second_person", N_("不能免去自己的任务，请由单位负责人来办理。"))
