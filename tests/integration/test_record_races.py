"""A record and a sweep, or two records, at the same instant: one of them wins."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from shared.care import record_usecases as usecases
from shared.care.record_usecases import Deed, Subject, Written
from shared.care.timed import OCCURRENCES
from shared.kernel.timers import sweep
from tests.support.cast import Cast
from tests.support.promises import Promise, a_promise, counted_for, promise_now

CHILD = "王小明"
DAYS, GRACE, BEGAN = 30, 5, timedelta(days=40)


def lapsed(cast: Cast) -> Promise:
    """A promise whose grace ran out some days ago, not yet swept."""
    start = cast.now().date() - BEGAN
    return a_promise(cast.school, child=CHILD, doer=cast.school.teacher, start=start, days=DAYS, grace=GRACE)


def write(cast: Cast, before_commit: Callable[[], None] = lambda: None) -> Written:
    """A visit of the last day of the window, entered now."""
    with cast.school.transaction() as session:
        written = usecases.write_record(
            session,
            kind="home_visit",
            deed=Deed(on_day=cast.now().date() - BEGAN + timedelta(days=DAYS - 1)),
            subject=Subject(child_id=cast.school.children[CHILD]),
            by=cast.school.teacher,
            now=cast.now(),
        )
        before_commit()
    return written


def sweep_all(cast: Cast, before_commit: Callable[[], None] = lambda: None) -> None:
    with cast.house.system.transaction(None) as session:
        sweep(session, OCCURRENCES, most=10_000)
        before_commit()


def misses(cast: Cast, promise: Promise) -> int:
    told = cast.events(cast.school, "occurrence.missed")
    return sum(event["occurrence_id"] == str(promise.id) for event in told)


def test_a_sweep_passes_by_a_promise_that_a_record_holds(cast):
    promise = lapsed(cast)

    write(cast, before_commit=lambda: sweep_all(cast))
    sweep_all(cast)

    assert promise_now(cast.school, promise).state == "done"
    assert misses(cast, promise) == 0


def test_a_record_that_waited_for_a_sweep_leaves_the_miss(cast):
    promise = lapsed(cast)
    swept, waiting = threading.Event(), threading.Event()

    with ThreadPoolExecutor(1) as pool:
        going = pool.submit(sweep_all, cast, lambda: hold(swept, waiting))
        assert swept.wait(20)
        written = pool_write(cast, waiting)
        going.result(20)

    assert promise_now(cast.school, promise).state == "missed"
    assert misses(cast, promise) == 1
    assert counted_for(cast.school, written.record) == set()


def hold(swept: threading.Event, waiting: threading.Event) -> None:
    """Keep the sweep's transaction open until the record stands at its lock."""
    swept.set()
    waiting.wait(20)


def together(*deeds: Callable[[], Any]) -> list[Any]:
    """Start all at the same instant, each in a thread of its own; their results in order."""
    start = threading.Barrier(len(deeds))

    def run(deed: Callable[[], Any]) -> Any:
        start.wait(20)
        return deed()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def pool_write(cast: Cast, waiting: threading.Event) -> Written:
    """Start the record in another thread, and let the sweep commit once the record stands at its lock."""
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write, cast)
        while not writing.done() and not blocked(cast):
            pass
        waiting.set()
        return writing.result(20)


def blocked(cast: Cast) -> bool:
    asked = text("SELECT count(*) > 0 FROM pg_locks l WHERE NOT l.granted")
    with cast.house.app.transaction(None) as session:
        return bool(session.execute(asked).scalar_one())


def test_of_a_sweep_and_a_record_at_once_exactly_one_wins(cast):
    for _ in range(12):
        promise = lapsed(cast)

        _, written = together(lambda: sweep_all(cast), lambda: write(cast))
        sweep_all(cast)

        state = promise_now(cast.school, promise).state
        counted = promise.id in counted_for(cast.school, written.record)
        assert (state, counted, misses(cast, promise)) in {("done", True, 0), ("missed", False, 1)}


def test_two_records_at_once_count_once(cast):
    promise = lapsed(cast)

    written = together(lambda: write(cast), lambda: write(cast))

    assert promise_now(cast.school, promise).done_times == 1
    assert sum(promise.id in counted_for(cast.school, one.record) for one in written) == 1


def test_a_record_voided_after_the_grace_is_missed_once_by_the_next_sweep(cast):
    promise = lapsed(cast)
    written = write(cast)
    with cast.school.transaction() as session:
        usecases.void_record(session, written.record.id, reason="误录", by=cast.school.teacher, now=cast.now())

    opened = promise_now(cast.school, promise).state
    sweep_all(cast)
    sweep_all(cast)

    assert opened == "open"
    assert promise_now(cast.school, promise).state == "missed"
    assert misses(cast, promise) == 1
