"""Whatever is written, voided, corrected and swept, in whatever order: the promises are what a plain oracle says."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.care import record_usecases as usecases
from shared.care.models import CareRecord
from shared.care.record_usecases import Deed, Subject
from shared.children.models import Child
from shared.kernel.clock import day_end, day_start
from tests.support.cast import Company
from tests.support.promises import Promise, a_promise, miss, promise_now

FIRST = date(2026, 10, 1)
HOUR = timedelta(hours=9)


def covers(*, on_day: date, window_start: date, grace_until: datetime) -> bool:
    """Whether a deed of `on_day` can count for the window."""
    return window_start <= on_day and day_start(on_day) < grace_until


def state_after(days: list[date], *, times: int, due_at: datetime) -> str:
    """open, done or late: what the counted days make of a promise that has not been missed."""
    if len(days) < times:
        return "open"
    in_time = sum(day_start(day) < due_at for day in days)
    return "done" if in_time >= times else "late"


@dataclass
class Due:
    """A promise as the oracle sees it."""

    promise: Promise
    start: date
    due_at: datetime
    grace_until: datetime
    times: int
    state: str = "open"
    counted: list["Told"] = field(default_factory=list)

    def judge(self) -> None:
        """What its records make of it; what was missed stays so."""
        if self.state != "missed":
            days = [told.day for told in self.counted]
            self.state = state_after(days, times=self.times, due_at=self.due_at)


@dataclass
class Told:
    """A record as the oracle sees it."""

    row: CareRecord
    day: date
    valid: bool = True


class Oracle:
    """The rules of record_rules.py, acted out one row after the other."""

    def __init__(self, dues: list[Due]) -> None:
        self.dues = dues
        self.told: list[Told] = []

    def count(self, told: Told) -> None:
        """For the oldest open one that it covers, once."""
        if any(told in due.counted for due in self.dues):
            return
        for due in self.dues:
            fits = covers(on_day=told.day, window_start=due.start, grace_until=due.grace_until)
            if due.state == "open" and fits:
                due.counted.append(told)
                due.judge()
                return

    def release(self, told: Told) -> list[Due]:
        """Off what it counted for."""
        freed = [due for due in self.dues if told in due.counted]
        for due in freed:
            due.counted.remove(told)
            due.judge()
        return freed

    def stand_in(self, opened: list[Due], instead_of: Told) -> None:
        """Other records of the window count for what was opened."""
        opened = [due for due in opened if due.state == "open" and instead_of not in due.counted]
        if not opened:
            return
        earliest = min(due.start for due in opened)
        others = [one for one in self.told if one.valid and one is not instead_of and one.day >= earliest]
        for other in sorted(others, key=lambda one: one.day)[:20]:
            self.count(other)

    def sweep(self, now: datetime) -> list[Due]:
        """Misses whose grace has run out."""
        over = [due for due in self.dues if due.state == "open" and due.grace_until <= now]
        for due in over:
            due.state = "missed"
        return over


@dataclass(frozen=True)
class Shape:
    """Windows of one item: how many, how long, with how much grace (days), and how often in each."""

    windows: int
    days: int
    grace: int
    times: int


SHAPES = st.builds(
    Shape,
    windows=st.integers(1, 3),
    days=st.integers(1, 30),
    grace=st.integers(0, 14),
    times=st.integers(1, 3),
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["write", "write", "write", "void", "correct", "sweep"]),
        st.integers(0, 12),  # days that pass before the step
        st.integers(0, 31),  # how many days back the deed was
        st.integers(0, 9),  # which of the records
    ),
    min_size=1,
    max_size=10,
)


def test_promises_are_what_the_oracle_says(cast):
    school = cast.school

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(steps=STEPS, shape=SHAPES)
    def holds(steps, shape):
        child = a_child(school)
        oracle = Oracle(consecutive(school, child, shape))
        now = day_start(FIRST) + HOUR

        for what, passed, back, which in steps:
            now += timedelta(days=passed)
            act(school, oracle, what, child=child, day=now.date() - timedelta(days=back), which=which, now=now)

        for due in oracle.dues:
            found = promise_now(school, due.promise)
            assert (found.state, found.done_times) == (due.state, len(due.counted))
            assert (found.alert_at is not None) == (due.state == "open")

    holds()


def act(school: Company, oracle: Oracle, what: str, *, child: str, day: date, which: int, now: datetime) -> None:
    """One step, in the database and in the oracle."""
    valid = [told for told in oracle.told if told.valid]
    if what == "sweep":
        for due in oracle.sweep(now):
            miss(school, due.promise, at=now)
    elif what == "write":
        told = Told(write(school, child, day, now), day)
        oracle.told.append(told)
        oracle.count(told)
    elif valid and what == "void":
        told = valid[which % len(valid)]
        change(school, usecases.void_record, told, reason="误录", now=now)
        told.valid = False
        oracle.stand_in(oracle.release(told), told)
    elif valid:
        told = valid[which % len(valid)]
        change(school, usecases.correct_record, told, version=told.row.version, changes={"on_day": day}, now=now)
        if told.day != day:
            told.day = day
            freed = oracle.release(told)
            oracle.count(told)
            oracle.stand_in(freed, told)


def change(school: Company, usecase: Any, told: Told, **given: Any) -> None:
    with school.transaction() as session:
        told.row = usecase(session, told.row.id, by=school.teacher, **given).record


def write(school: Company, child: str, day: date, now: datetime) -> CareRecord:
    with school.transaction() as session:
        return usecases.write_record(
            session,
            kind="home_visit",
            deed=Deed(on_day=day),
            subject=Subject(child_id=school.children[child]),
            by=school.teacher,
            now=now,
        ).record


def a_child(school: Company) -> str:
    """Another child of the teacher's class, with no promises yet."""
    name = f"孩子{len(school.children)}"
    with school.transaction() as session:
        child = Child(name=name, pinyin=name, unit_id=school.units["三年级一班"], left_behind=True)
        session.add(child)
        session.flush()
        school.children[name] = child.id
    return name


def consecutive(school: Company, child: str, shape: Shape) -> list[Due]:
    """Windows of one item, one after the other."""
    item: UUID | None = None
    dues = []
    for number in range(shape.windows):
        start = FIRST + timedelta(days=shape.days * number)
        promise = a_promise(
            school,
            child=child,
            doer=school.teacher,
            start=start,
            days=shape.days,
            grace=shape.grace,
            times=shape.times,
            item_id=item,
        )
        item = promise.item_id
        due_at = day_end(start + timedelta(days=shape.days - 1))
        dues.append(Due(promise, start, due_at, due_at + timedelta(days=shape.grace), shape.times))
    return dues
