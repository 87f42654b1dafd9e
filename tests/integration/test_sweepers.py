"""Many sweepers, dying sweepers, a broken row: each due item moves once, with its event, and none holds up another."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from uuid import UUID

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from services.ops.reactions import parked_of
from shared.kernel import reactions, timers
from tests.faults.scale import FULL, times
from tests.support.cluster import Urls, dsn
from tests.support.sheet import TORN, Sheet, sheet_in

RUNS = 20 if FULL else 1
KILL = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
     WHERE datname = current_database() AND usename = 'hehu_system' AND query LIKE '%%WITH moved%%' AND state <> 'idle'
"""
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


@pytest.fixture
def sheet(fresh_urls: Urls) -> Iterator[Sheet]:
    with sheet_in(fresh_urls) as made:
        yield made


def together(count: int, work: Callable[[], object]) -> None:
    """`count` times at once."""
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def each_moves_once(sheet: Sheet, sweepers: int) -> None:
    """Everything due, and moved by so many at once."""
    items = sheet.occurrences(times(10_000), soon=-300, due=-200, grace=-100)
    moved: list[int] = []

    together(sweepers, lambda: moved.append(sheet.sweep()))

    assert sum(moved) == len(items)
    assert sheet.count(TORN) == 0
    assert sheet.count("SELECT count(*) FROM event WHERE subject_id = ANY(%s)", items) == len(items)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("sweepers", [1, 2, 4, 8])
def test_r39_any_number_of_sweepers_moves_each_item_once(sheet: Sheet, sweepers: int) -> None:
    for _ in range(RUNS):
        each_moves_once(sheet, sweepers)

    assert sheet.count(DEADLOCKS) == 0


def test_r47_without_the_lock_that_saves_work_each_item_still_moves_once(
    sheet: Sheet, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_lock = timers._sql
    monkeypatch.setattr(timers, "_sql", lambda timed: with_lock(timed).replace("FOR NO KEY UPDATE SKIP LOCKED", ""))

    each_moves_once(sheet, 8)


def test_r41_a_sweep_that_is_killed_leaves_state_and_event_together(sheet: Sheet) -> None:
    over = threading.Event()
    sweepers = [threading.Thread(target=sweep_whatever_comes, args=(sheet, over)) for _ in range(2)]

    for thread in sweepers:
        thread.start()
    kill_sweeps(sheet, times(300))
    over.set()
    for thread in sweepers:
        thread.join()
    sheet.sweep()

    assert sheet.count(TORN) == 0
    assert sheet.count("SELECT count(*) FROM occurrence WHERE stage IS DISTINCT FROM 'missed'") == 0


def sweep_whatever_comes(sheet: Sheet, over: threading.Event) -> None:
    """As the sweeper does: trouble in one round is forgotten in the next."""
    while not over.is_set():
        with contextlib.suppress(OperationalError):
            sheet.sweep()


def kill_sweeps(sheet: Sheet, wanted: int) -> None:
    """Terminate the connections of so many sweeps while their statement, or their commit, is under way."""
    killed = 0
    with psycopg.connect(dsn(sheet.urls.superuser), autocommit=True) as killer:
        while killed < wanted:
            if not sheet.count("SELECT count(*) FROM occurrence WHERE alert_at <= app_now()"):
                sheet.occurrences(2000, soon=-300, due=-200, grace=-100)
            [hit] = killer.execute(KILL).fetchone() or [0]
            killed += hit


BREAK = {
    "the row": "BEFORE UPDATE ON occurrence FOR EACH ROW WHEN (old.id = %s)",
    "its event": "BEFORE INSERT ON event FOR EACH ROW WHEN (new.subject_id = %s AND new.name LIKE 'trial.%%')",
}


def broken(sheet: Sheet, where: str, row: UUID) -> None:
    """From now on the statement fails at this row."""
    body = "BEGIN RAISE EXCEPTION 'broken'; END"
    sheet.connection.execute(f"CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $${body}$$")
    sheet.connection.execute("SET session_replication_role = DEFAULT")
    sheet.connection.execute(f"CREATE TRIGGER broken {BREAK[where]} EXECUTE FUNCTION broken()" % f"'{row}'")


@pytest.mark.parametrize("where", list(BREAK))
def test_r45_one_broken_item_is_parked_and_the_others_are_on_time(sheet: Sheet, where: str) -> None:
    items = sheet.occurrences(times(1000), soon=-300, due=-200, grace=-100)
    bad = items[len(items) // 3]
    broken(sheet, where, bad)

    moved = sheet.sweep()

    assert moved == len(items) - 1
    [parked] = parked_of(sheet.house)
    assert (parked.event, parked.last_error.partition(":")[0]) == ("timer.stuck", "RaiseException")
    assert sheet.row(bad) == ("open", None)


def test_r45_a_parked_item_is_passed_by_until_it_is_replayed(sheet: Sheet) -> None:
    [bad] = sheet.occurrences(1, soon=-300, due=-200, grace=-100)
    broken(sheet, "the row", bad)
    sheet.sweep()

    assert sheet.sweep() == 0
    replay(sheet)
    assert sheet.sweep() == 0  # it still fails, and is parked again
    assert len(parked_of(sheet.house)) == 1
    sheet.connection.execute("DROP FUNCTION broken CASCADE")
    replay(sheet)

    assert sheet.sweep() == 1
    assert sheet.events(bad) == [("timer.stuck", None), ("trial.happened", ["due_soon", "overdue"])]


def replay(sheet: Sheet) -> None:
    """What `hehu reactions replay` does."""
    [parked] = parked_of(sheet.house)
    with sheet.house.app.transaction(sheet.tenant) as session:
        assert reactions.replay(session, sheet.tenant, parked.id)
