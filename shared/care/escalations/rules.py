"""Whom a miss calls, when and why (model part 4, `occurrence.missed`).  Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from shared.kernel.errors import N_, Conflict, NotAllowed, NotFound, Refused
from shared.people.rules import Actor, Right, Role


class Level(StrEnum):
    """E1 the unit head, E2 the organisation's head, E3 a superior organisation."""

    E1 = "E1"
    E2 = "E2"
    E3 = "E3"


class Why(StrEnum):
    """The reason of a level."""

    MISSED = "missed"
    REPEATED = "repeated"
    KEY = "key"
    YELLOW = "yellow"
    RED = "red"
    UNANSWERED = "unanswered"
    THIRD = "third"


WHY_TITLES: dict[Why, str] = {
    Why.MISSED: N_("没有做到"),
    Why.REPEATED: N_("连续两次没有做到"),
    Why.KEY: N_("重点帮扶儿童"),
    Why.YELLOW: N_("风险等级：黄色"),
    Why.RED: N_("风险等级：红色"),
    Why.UNANSWERED: N_("部门负责人两天内没有答复"),
    Why.THIRD: N_("连续三次没有做到"),
}
LEVEL_TITLES: dict[Level, str] = {
    Level.E1: N_("部门负责人"),
    Level.E2: N_("单位负责人"),
    Level.E3: N_("上级单位"),
}

ANSWERS: dict[str, str] = {"seen": N_("已知悉"), "acted": N_("已采取措施")}
LONG_NUMBER = re.compile(r"\d[\d\s-]{8,}\d")  # a phone or an ID number, however it is spaced
ANSWER_WITHIN = timedelta(days=2)  # E1; whoever is called later waits for nobody's clock
RED_GOES_UP_AFTER = timedelta(hours=24)
TWICE, THRICE = 2, 3
NEITHER_NOR = frozenset({"excused", "void", "open"})  # neither kept nor broken: a run goes on across it

UP_LINES: dict[str, tuple[str, ...]] = {
    "school": ("education", "county"),
    "kindergarten": ("education", "county"),
    "village": ("township", "county"),
    "community": ("township", "county"),
}


@dataclass(frozen=True)
class Rung:
    """One level that a miss calls, `after` which time, and why."""

    level: Level
    why: Why
    after: timedelta = timedelta(0)


def running_misses(states: Iterable[str]) -> int:
    """How many promises were missed in a row; `states` of the same promise, the newest first."""
    count = 0
    for state in states:
        if state == "missed":
            count += 1
        elif state not in NEITHER_NOR:
            break
    return count


def levels(*, running: int, risk: str | None, is_key: bool) -> tuple[Rung, ...]:
    """What a miss calls.  `running` counts this miss; `risk` is the child's level (None: not assessed, no child).

    E1 always.  E2 from the second miss running, or at once for a key, yellow or red child.  E3 from the third
    miss running, or for a red child a day after E2, whether or not somebody answered by then.
    """
    rungs = [Rung(Level.E1, Why.MISSED)]
    if why := _head_hears_why(running, risk, is_key):
        rungs.append(Rung(Level.E2, why))
    if running >= THRICE:
        rungs.append(Rung(Level.E3, Why.THIRD))
    elif risk == "red":
        rungs.append(Rung(Level.E3, Why.RED, after=RED_GOES_UP_AFTER))
    return tuple(rungs)


def _head_hears_why(running: int, risk: str | None, is_key: bool) -> Why | None:
    if risk in (Why.RED, Why.YELLOW):
        return Why(risk)
    if is_key:
        return Why.KEY
    return Why.REPEATED if running >= TWICE else None


def unit_head(doer_id: UUID | None, heads_above: Sequence[UUID], leaders: Sequence[UUID]) -> UUID | None:
    """Who answers for the doer: the nearest head above who is not the doer, else somebody who leads the organisation.

    Only where the doer leads alone does the doer answer.
    """
    others = [one for one in (*heads_above, *leaders) if one != doer_id]
    return others[0] if others else next(iter(leaders), None)


def head(doer_id: UUID | None, leaders: Sequence[UUID]) -> UUID | None:
    """Who hears at E2: the first leader who is not the doer, else the doer who leads alone."""
    return unit_head(doer_id, (), leaders)


def superiors(kind: str, lines: Sequence[tuple[str, UUID]]) -> list[UUID]:
    """The organisations E3 goes to; `lines` are (matter, superior).

    Township government for village and community, education for school and kindergarten; where that line has
    nobody on the site, the county: a third miss must not stay unheard.
    """
    for wanted in UP_LINES.get(kind, ()):
        if found := [superior for line, superior in lines if line == wanted]:
            return found
    return []


_LEADERS = frozenset({Role.HEAD, Role.DEPUTY})


def may_answer(actor: Actor, *, recipient_id: UUID | None, superior_id: UUID | None) -> None:
    """The person called answers, or a leader in that person's place.  Raises Conflict, NotAllowed."""
    if superior_id is not None:
        raise Conflict("escalation.with_superior", N_("这一步由上级单位答复，本单位不用填写。"))
    called = recipient_id is not None and recipient_id == actor.membership_id
    leads = bool(_LEADERS & actor.roles) and actor.may(Right.ESCALATION_ANSWER)
    if not called and not leads:
        raise NotAllowed()


def may_see(actor: Actor, involved: Iterable[UUID | None]) -> None:
    """The doer, those called, and who sees all children.  Raises NotFound: for others there is no such case."""
    mine = actor.membership_id is not None and actor.membership_id in set(involved)
    if not mine and not actor.sees_all_children:
        raise NotFound("occurrence.not_found")


def check_answer(answer: str, note: str | None, *, crosses: bool = False) -> None:
    """“Acted” says what was done; what `crosses` to another organisation holds no number.  Raises Refused."""
    if answer == "acted" and not note:
        raise Refused("answer.note_missing", errors={"note": [N_("请写一句采取了什么措施。")]})
    if crosses and note and LONG_NUMBER.search(note):
        said = N_("这段话会发给另一个单位，请不要写电话号码或身份证号。")
        raise Refused("answer.number", errors={"note": [said]})
