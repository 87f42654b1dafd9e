"""What waits for somebody today: own promises by urgency, what needs a decision, and what a new organisation lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, exists, false, func, literal, or_, select, true
from sqlalchemy.orm import Session, aliased

from shared.children.models import Child, RosterImport
from shared.children.queries import visible_children
from shared.kernel.clock import day_start, local_day
from shared.kernel.together import Read, Steps
from shared.organisations.models import Unit
from shared.people.kept import Kept
from shared.people.models import Membership
from shared.people.rules import Actor, Right

from . import record_queries as reading
from . import scope
from .models import Assignment, CareRecord, Occurrence, Plan, PlanItem
from .record_queries import DueLine

SHOWN = 30
URGENCIES = 4
MOST_ON_PAPER = 1000
WEEK = timedelta(days=7)
MONTH = timedelta(days=31)
LOOK_BACK = 2 * MONTH
Units = frozenset[UUID] | Select[tuple[UUID]]


@dataclass(frozen=True)
class Day:
    """Own open promises by urgency, at most SHOWN of them in `lines`; the numbers count all.

    `later`: already possible, due after this week.
    """

    overdue: int
    due_soon: int
    this_week: int
    later: int
    lines: Sequence[DueLine]

    @property
    def total(self) -> int:
        """All that could be done today."""
        return self.overdue + self.due_soon + self.this_week + self.later


@dataclass(frozen=True)
class Waiting:
    """How many things wait for a decision of this person."""

    overdue_of_unit: int
    imports: int
    plans: int
    without_carer: int


@dataclass(frozen=True)
class FollowUp:
    """A problem somebody wanted to look at again."""

    record_id: UUID
    kind: str
    child_id: UUID | None
    child_name: str | None
    follow_up_on: date


@dataclass(frozen=True)
class Start:
    """What a new organisation has done already; a step is done by doing it, not by a tick."""

    units: bool
    colleagues: bool
    children: bool
    plan: bool
    pairing: bool

    @property
    def finished(self) -> bool:
        """Nothing is left to set up."""
        return all(getattr(self, one.name) for one in fields(self))


def week_of(day: date) -> date:
    """Its Monday."""
    return day - timedelta(days=day.weekday())


@Read
def my_day(_session: Session, actor: Actor, *, now: datetime) -> Steps[Day]:
    """The actor's open promises that have begun, the oldest due first."""
    [rows] = yield [_mine_first.asked(actor=actor, today=local_day(now), now=now, week_end=_week_end(now))]
    past, near, now_on, later = rows[0][:URGENCIES] if rows else (0,) * URGENCIES
    lines = [DueLine(*row[URGENCIES:]) for row in rows]
    return Day(overdue=past, due_soon=near, this_week=now_on, later=later, lines=lines)


@Kept
def _mine_first(*, actor: Actor, today: date, now: datetime, week_end: datetime) -> Select[Any]:
    """The first lines, each with the numbers of all before it."""
    overdue, soon, week = Occurrence.due_at <= now, Occurrence.due_soon_at <= now, Occurrence.due_at <= week_end
    urgencies = (overdue, and_(~overdue, soon), and_(~overdue, ~soon, week), and_(~overdue, ~soon, ~week))
    mine = Occurrence.doer_id == actor.membership_id, Occurrence.state == "open", Occurrence.window_start <= today
    lines = _by_urgency(and_(*mine)).limit(SHOWN)
    return lines.with_only_columns(*(func.count().filter(one).over() for one in urgencies), *reading.PROMISE_COLUMNS)


def due_page(
    session: Session, mine: ColumnElement[bool], *, limit: int, offset: int, now: datetime
) -> tuple[list[DueLine], int]:
    """One page of open promises that have begun, the oldest due first, and how many there are."""
    wanted = and_(mine, Occurrence.state == "open", Occurrence.window_start <= local_day(now))
    total = session.scalar(select(func.count()).select_from(Occurrence).where(wanted)) or 0
    return reading.lines(session, _by_urgency(wanted).limit(limit).offset(offset)), total


@Read
def waiting(_session: Session, actor: Actor, *, now: datetime) -> Steps[Waiting]:
    """Counts by right, in one statement; what the actor may not decide is 0."""
    [[counts]] = yield [_waiting.asked(actor=actor, now=now)]
    return Waiting(*counts)


@Kept
def _waiting(*, actor: Actor, now: datetime) -> Select[Any]:
    pending = RosterImport.state == "open", RosterImport.expires_at > now
    overdue = excusable(actor, scope.heading(actor)), Occurrence.due_at <= now
    return select(
        _if(actor, Right.EXCUSE, _count(Occurrence, *overdue)),
        _if(actor, Right.ROSTER_IMPORT, _count(RosterImport, *pending)),
        _if(actor, Right.PLAN_WRITE, _count(Plan, Plan.state == "draft")),
        _if(actor, Right.PAIRING_WRITE, _count(Child, *without_carer(actor))),
    )


def excusable(actor: Actor, headed: Units) -> ColumnElement[bool]:
    """Open promises of others that the actor may excuse: of the own units, for keepers all."""
    not_mine = Occurrence.doer_id.is_distinct_from(actor.membership_id)
    return and_(Occurrence.state == "open", not_mine, _in_charge(actor, headed))


def missed_lately(session: Session, actor: Actor, headed: frozenset[UUID], *, now: datetime) -> list[DueLine]:
    """What was missed in the last month in the own units: it stays missed, and is answered, not excused."""
    wanted = reading.due_select().where(
        Occurrence.state == "missed", Occurrence.grace_until > now - MONTH, _in_charge(actor, headed)
    )
    return reading.lines(session, wanted.order_by(Occurrence.grace_until.desc(), Occurrence.id).limit(SHOWN))


def _in_charge(actor: Actor, headed: Units) -> ColumnElement[bool]:
    return true() if actor.may(Right.RECORD_KEEP) else _of_units(headed)


def _of_units(units: Units) -> ColumnElement[bool]:
    child = aliased(Child)
    return or_(exists().where(child.id == Occurrence.child_id, child.unit_id.in_(units)), Occurrence.unit_id.in_(units))


def without_carer(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """Left-behind children on the roll whom nobody is paired with."""
    paired = exists().where(Assignment.child_id == Child.id, Assignment.until_on.is_(None))
    return Child.status == "active", Child.left_behind.is_(True), ~paired, visible_children(actor)


@Read
def follow_ups(_session: Session, actor: Actor, *, now: datetime) -> Steps[list[FollowUp]]:
    """Own records whose follow-up has come and after which nothing was recorded for the child."""
    today = local_day(now)
    [rows] = yield [_follow_ups.asked(actor=actor, today=today, since=today - LOOK_BACK)]
    return [FollowUp(*row) for row in rows]


@Kept
def _follow_ups(*, actor: Actor, today: date, since: date) -> Select[Any]:
    later = aliased(CareRecord)
    done = exists().where(
        later.child_id == CareRecord.child_id, later.state == "valid", later.created_at > CareRecord.created_at
    )
    return (
        select(CareRecord.id, CareRecord.kind, CareRecord.child_id, Child.name, CareRecord.follow_up_on)
        .outerjoin(Child, Child.id == CareRecord.child_id)
        .where(CareRecord.doer_id == actor.membership_id, CareRecord.state == "valid")
        .where(CareRecord.follow_up_on <= today, CareRecord.on_day >= since)
        .where(~done)
        .order_by(CareRecord.follow_up_on, CareRecord.id)
        .limit(SHOWN)
    )


def start_of(session: Session) -> Start:
    """How far a new organisation has come, in one statement."""
    colleagues = select(func.count() > 1).select_from(Membership).scalar_subquery()
    row = session.execute(
        select(
            exists().where(Unit.id.is_not(None)),
            colleagues,
            exists().where(Child.id.is_not(None)),
            exists().where(Plan.state == "active"),
            exists().where(Assignment.id.is_not(None)),
        )
    ).one()
    return Start(*row)


def week_lines(session: Session, whose: ColumnElement[bool], *, monday: date, now: datetime) -> list[DueLine]:
    """What is due in the week and, in the present week, what is overdue already; by doer, then by day.

    At most MOST_ON_PAPER lines.
    """
    in_week = and_(
        Occurrence.due_at > day_start(monday),
        Occurrence.due_at <= day_start(monday + WEEK),
        Occurrence.state != "void",
    )
    if week_of(local_day(now)) == monday:
        in_week = or_(in_week, and_(Occurrence.state == "open", Occurrence.due_at <= now))
    wanted = reading.due_select().where(whose, in_week)
    ordered = wanted.order_by(
        Membership.pinyin.nulls_last(), Occurrence.doer_id, Occurrence.due_at, Child.pinyin, Occurrence.id
    )
    return reading.lines(session, ordered.limit(MOST_ON_PAPER))


def whose(actor: Actor, headed: frozenset[UUID], wanted: str) -> ColumnElement[bool]:
    """`mine`, `unit` or `all` as a condition, as far as the actor's rights go; anything else is `mine`."""
    if wanted == "all" and actor.may(Right.RECORD_KEEP):
        return scope.visible_occurrences(actor)
    if wanted == "unit" and headed:
        return _of_units(headed)
    return Occurrence.doer_id == actor.membership_id if actor.membership_id else false()


def _week_end(now: datetime) -> datetime:
    """The midnight after Sunday."""
    return day_start(week_of(local_day(now)) + WEEK)


def _by_urgency(wanted: ColumnElement[bool]) -> Select[Any]:
    ordered = reading.due_select().where(wanted).order_by(Occurrence.due_at, Child.pinyin, PlanItem.position)
    return ordered.order_by(Occurrence.id)


def _count(table: Any, *conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    counted: Select[tuple[int]] = select(func.count()).select_from(table).where(*conditions)
    return counted.scalar_subquery()


def _if(actor: Actor, right: Right, counted: ScalarSelect[int]) -> Any:
    return counted if actor.may(right) else literal(0)
