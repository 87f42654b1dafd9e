"""Weeks of care that lie behind the demo: most promises kept, some late, some not, as in any school.

Which is decided here, by a seed; what follows from it (done, late, missed and who hears of it) by the product.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.care import excuse_usecases, record_usecases
from shared.care.models import Occurrence
from shared.care.record_usecases import Deed
from shared.children import usecases as children
from shared.children.models import Child
from shared.kernel.clock import CHINA, local_day
from shared.people.models import Membership
from shared.people.rules import Actor

from .founding import Company
from .words import EXCUSE, KEY_REASONS, NOTES, PROBLEMS

KEPT_IN_TIME, KEPT_LATE = 0.91, 0.04
DONE_BY_NOW = 0.8  # of a window that runs evenly
PROBLEM_FOUND = 0.03
NEVER_TALKED_TO = 2  # children of the school whose talks are missed three times running: the education bureau hears
EXCUSED = 3
KEEPERS = {"school": "administrator", "kindergarten": "head", "village": "director", "community": "director"}
ON_SCHOOL_DAYS = frozenset({"talk", "class_meeting", "leading_group_meeting", "lecture", "letter"})
TALKED, MET, CALLED = "talk", frozenset({"home_visit", "field_visit"}), frozenset({"call", "video"})
SATURDAY = 5


@dataclass(frozen=True, order=True)
class Step:
    """One record to write: when it was typed, for which promise."""

    at: datetime
    occurrence_id: UUID
    kind: str
    doer_id: UUID | None


def write(companies: dict[str, Company], random: Random, *, until: datetime) -> None:
    """Records, excuses and the children to be looked at twice, in the order in which they happened."""
    _mark_key_children(companies["school"], until)
    for key, keeper in KEEPERS.items():
        company = companies[key]
        with company.acting(keeper) as (session, by):
            quiet = _quiet(session) if key == "school" else frozenset()
            steps = sorted(_steps(_begun(session, until), random, quiet, until))
            actors = _Actors(company, session, by)
            for step in steps:
                _record(session, step, actors, random)
    _excuse(companies["school"], until)


def _begun(session: Session, until: datetime) -> Iterable[Occurrence]:
    wanted = select(Occurrence).where(Occurrence.window_start <= local_day(until))
    ordered = wanted.join(Child, Child.id == Occurrence.child_id, isouter=True).order_by(
        Occurrence.window_start, Occurrence.kind, Child.id_no_tail, Child.name, Occurrence.id
    )
    return session.scalars(ordered).all()


def _quiet(session: Session) -> frozenset[UUID]:
    wanted = select(Child.id).where(Child.left_behind).order_by(Child.name).limit(NEVER_TALKED_TO)
    return frozenset(session.scalars(wanted))


def _steps(rows: Iterable[Occurrence], random: Random, quiet: frozenset[UUID], until: datetime) -> Iterator[Step]:
    for row in rows:
        for _ in range(row.times):
            day = _day_of(row, random, local_day(until))
            if day is None or (row.child_id in quiet and row.kind == TALKED):
                continue
            typed = datetime.combine(day, time(16, random.randrange(60)), CHINA)
            yield Step(min(typed, until), row.id, row.kind, row.doer_id)


def _day_of(row: Occurrence, random: Random, today: date) -> date | None:
    """The day on which it was done, None where it was not (yet).

    Nothing is done in the first days of a window: it would count for the one before, whose grace still runs.
    """
    grace = local_day(row.grace_until) - local_day(row.due_at)
    first, last = row.window_start + grace, row.window_end
    chance = random.random()
    if chance < KEPT_IN_TIME:
        day = first + timedelta(days=random.randrange(max(1, (last - first).days + 1)))
        waits = last >= today and random.random() > DONE_BY_NOW
        return None if waits else _on_school_day(row, day, first, today)
    if chance < KEPT_IN_TIME + KEPT_LATE:
        day = last + timedelta(days=1 + random.randrange(max(1, grace.days)))
        return day if day <= today else None
    return None


def _on_school_day(row: Occurrence, day: date, first: date, today: date) -> date | None:
    if row.kind in ON_SCHOOL_DAYS and day.weekday() >= SATURDAY:
        friday = day - timedelta(days=day.weekday() - SATURDAY + 1)
        day = friday if friday >= first else day
    return day if day <= today else None


class _Actors:
    """The doers as actors, each looked up once; the keeper writes what is nobody's."""

    def __init__(self, company: Company, session: Session, keeper: Actor) -> None:
        self.keeper = keeper
        people = session.execute(select(Membership.id, Membership.person_id)).tuples()
        self._of = {membership: company.actor(session, person) for membership, person in people}

    def of(self, membership_id: UUID | None) -> Actor:
        """The actor behind a membership."""
        return self._of[membership_id] if membership_id else self.keeper


def _record(session: Session, step: Step, actors: _Actors, random: Random) -> None:
    notes = NOTES.get(step.kind)
    problem = bool(notes) and random.random() < PROBLEM_FOUND
    deed = Deed(
        on_day=local_day(step.at),
        method="phone" if step.kind == "call" else "video" if step.kind == "video" else "in_person",
        reached=True if step.kind in MET | CALLED else None,
        minutes=random.randrange(3, 25) if step.kind in CALLED else None,
        note=random.choice(PROBLEMS if problem else notes) if notes else None,
        problem_found=problem,
    )
    by = actors.of(step.doer_id)
    record_usecases.write_record(
        session, kind=step.kind, deed=deed, occurrence_id=step.occurrence_id, by=by, now=step.at
    )


def _mark_key_children(school: Company, now: datetime) -> None:
    with school.acting("administrator") as (session, by):
        wanted = select(Child.id, Child.version).where(Child.left_behind).order_by(Child.name.desc())
        found = session.execute(wanted.limit(len(KEY_REASONS))).tuples().all()
        for (child_id, version), reason in zip(found, KEY_REASONS, strict=True):
            children.change(session, child_id, version=version, by=by, now=now, is_key=True, key_reason=reason)


def _excuse(school: Company, now: datetime) -> None:
    with school.acting("head") as (session, by):
        running = select(Occurrence.id).where(
            Occurrence.state == "open", Occurrence.kind.in_(MET), Occurrence.window_start <= local_day(now)
        )
        still = running.where(Occurrence.grace_until > now).order_by(Occurrence.due_at, Occurrence.id)
        for occurrence_id in session.scalars(still.limit(EXCUSED)).all():
            excuse_usecases.excuse(session, occurrence_id, reason=EXCUSE, by=by, now=now)
