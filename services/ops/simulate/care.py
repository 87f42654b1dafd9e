"""What carers do in a day: promises kept in time, kept late, or never."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.ops.demo_data.words import NOTES, PROBLEMS
from shared.care import record_usecases
from shared.care.kinds import CALL_KINDS, NO_TEXT_KINDS, VISIT_KINDS
from shared.care.record_usecases import Deed
from shared.kernel.clock import local_day
from shared.people.rules import Actor

from . import days
from .post import Post

IN_TIME, LATE = 0.80, 0.12
FORGOTTEN = 0.04  # of the children: nothing at all is done for them, so that misses come one after the other
AGAIN = 0.5  # of what is open again after its day, by a void record or an excuse taken back: how much is done again
PROBLEM = 0.03

RUNNING = text(
    """
    SELECT o.id, i.title, o.kind, o.window_start, o.window_end, o.due_at, o.grace_until, o.times, o.done_times,
           o.state, o.doer_id, coalesce(c.name || coalesce(c.id_no_tail, ''), u.name, '') AS whom, o.subject_kind
      FROM occurrence o
      JOIN plan_item i ON i.tenant_id = o.tenant_id AND i.id = o.item_id
      LEFT JOIN child c ON c.tenant_id = o.tenant_id AND c.id = o.child_id
      LEFT JOIN unit u ON u.tenant_id = o.tenant_id AND u.id = o.unit_id
     WHERE o.state IN ('open', 'excused') AND o.window_start <= :today AND o.grace_until > :now
     ORDER BY o.window_start, i.title, whom
    """
)


@dataclass(frozen=True)
class Running:
    """A promise whose window has begun, as somebody at work knows it."""

    id: UUID
    title: str
    kind: str
    window_start: date
    window_end: date
    due_at: datetime
    grace_until: datetime
    times: int
    done_times: int
    state: str
    doer_id: UUID | None
    whom: str
    subject_kind: str

    @property
    def about(self) -> tuple[object, ...]:
        """What it is, whatever its id."""
        return (self.title, self.whom, self.window_start)

    @property
    def grace(self) -> timedelta:
        """The time after the window."""
        return self.grace_until - self.due_at


def running(session: Session, now: datetime) -> list[Running]:
    """Promises that can be kept today, excused ones too."""
    return [Running(*row) for row in session.execute(RUNNING, {"today": local_day(now), "now": now})]


class Carers:
    """The carers of one organisation; `counts` says what they did."""

    def __init__(self, post: Post) -> None:
        self.post, self.chance = post, post.chance
        self.counts: Counter[str] = Counter()
        self._days: dict[UUID, list[date]] = {}

    def work(self, rows: Sequence[Running], day: date) -> None:
        """A working day's records, a transaction for each carer."""
        due = [(row, acts) for row in rows if row.state == "open" and (acts := self._acts(row, day))]
        by_doer = sorted(due, key=lambda one: str(one[0].doer_id))  # ids say who is first, not what is done
        for doer, work in groupby(by_doer, key=lambda one: one[0].doer_id):
            tasks = [row for row, acts in work for _ in range(acts)]
            self._write(self.post.acting(doer), tasks, day)

    def _write(self, by: Actor, tasks: Sequence[Running], day: date) -> None:
        def write(session: Session, now: datetime) -> None:
            for row in tasks:
                record_usecases.write_record(
                    session, kind=row.kind, deed=self._deed(row, day), occurrence_id=row.id, by=by, now=now
                )

        self.post.once(f"{day} records {tasks[0].doer_id}", write)
        self.counts["records"] += len(tasks)

    def _deed(self, row: Running, day: date) -> Deed:
        about = (self.post.name, *row.about, day)
        has_text, is_call = row.kind not in NO_TEXT_KINDS, row.kind in CALL_KINDS
        problem = has_text and self.chance.happens(PROBLEM, "problem", *about)
        words = PROBLEMS if problem else NOTES.get(row.kind, ("按计划完成。",))
        return Deed(
            on_day=day,
            method="in_person" if not is_call else "phone" if row.kind == "call" else "video",
            reached=True if is_call or row.kind in VISIT_KINDS else None,
            minutes=3 + self.chance.below(25, "minutes", *about) if is_call else None,
            note=self.chance.pick(words, "words", *about) if has_text else None,
            problem_found=problem,
        )

    def _acts(self, row: Running, day: date) -> int:
        """How often it is done today: what was meant for today, and what was meant earlier and is open again."""
        if row.id not in self._days:
            found = (self._day_of(row, number) for number in range(row.times))
            self._days[row.id] = [one for one in found if one]
        meant = self._days[row.id]
        behind = sum(one < day for one in meant) - row.done_times
        if behind > 0 and not self.chance.happens(AGAIN, "again", self.post.name, *row.about):
            behind = 0
        return min(row.times - row.done_times, max(0, meant.count(day) + behind))

    def _day_of(self, row: Running, number: int) -> date | None:
        """The working day on which a promise is kept; None for never."""
        about = (self.post.name, *row.about, number)
        to_child = row.subject_kind == "child"
        if to_child and self.chance.happens(FORGOTTEN, "forgotten", self.post.name, row.whom):
            return None
        kept = self.chance.of("kept", *about) * (1 - FORGOTTEN if to_child else 1)
        if kept < IN_TIME:
            return self._in_time(row, about)
        if kept < IN_TIME + LATE:
            after = 1 + self.chance.below(max(1, row.grace.days - 1), "late", *about)
            return days.workday_from(self.post.kind, row.window_end + timedelta(days=after))
        return None

    def _in_time(self, row: Running, about: tuple[object, ...]) -> date:
        """After the grace of the window before: earlier it would count for that one, if it is still open."""
        first = min(row.window_start + row.grace, row.window_end)
        working = [day for day in days.days_within(first, row.window_end) if days.works(self.post.kind, day)]
        return self.chance.pick(working, "day", *about) if working else days.workday_from(self.post.kind, first)
