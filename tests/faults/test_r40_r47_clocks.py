"""The sweeper as a process: how late it is, what it does after an outage, under a wrong clock, and when one freezes."""

import time
from collections import Counter
from collections.abc import Iterator
from statistics import quantiles
from typing import Any
from uuid import UUID

import psutil
import psycopg
import pytest

from tests.faults.fleet import Fleet, cast_in, running_fleet
from tests.faults.outage import OCCURRENCES, due_within_hours, promises, the_ids
from tests.faults.scale import FULL, times
from tests.support.cast import Company
from tests.support.cluster import dsn
from tests.support.promises import an_item

Connection = psycopg.Connection[Any]
WAITING = """
    SELECT (SELECT count(*) FROM reaction WHERE state <> 'done')
         + (SELECT count(*) FROM occurrence WHERE alert_at <= app_now())
         + (SELECT count(*) FROM escalation WHERE alert_at <= app_now())
         + (SELECT count(*) FROM incident_step WHERE alert_at <= app_now())
"""
RUNGS = """
    SELECT stage, skipped, count(*) FROM occurrence
     WHERE tenant_id = ANY(%s) AND (state <> 'missed' OR skipped IS NOT NULL) GROUP BY 1, 2
"""
TOLD_TWICE = """
    SELECT count(*) FROM (
        SELECT told.recipient_id,
               coalesce(e.payload->>'occurrence_id', e.payload->>'step_id', e.payload->>'escalation_id') AS item
          FROM {table} told JOIN event e ON e.tenant_id = told.tenant_id AND e.id = told.event_id
         GROUP BY 1, 2 HAVING count(*) > 1) twice
"""
LATE = """
    SELECT extract(epoch FROM e.occurred_at - o.due_soon_at)::float FROM occurrence o
      JOIN event e ON e.tenant_id = o.tenant_id AND e.subject_id = o.id WHERE o.id = ANY(%s)
"""
MOVED = """
    SELECT o.stage, o.skipped, array_agg(e.name ORDER BY e.id) FROM occurrence o
      JOIN event e ON e.tenant_id = o.tenant_id AND e.subject_id = o.id WHERE o.id = ANY(%s) GROUP BY o.tenant_id, o.id
"""


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with running_fleet(tmp_path_factory.mktemp("clocks"), tenants=0) as made:
        yield made


@pytest.fixture
def connection(fleet: Fleet) -> Iterator[Connection]:
    """For set-up and oracle; afterwards no process runs."""
    with psycopg.connect(dsn(fleet.urls.superuser), autocommit=True) as made:
        yield made
        made.execute("UPDATE clock_offset SET ahead = '0'")
    for name in list(fleet.processes):
        fleet.kill(name)


def one(connection: Connection, query: str) -> int:
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])


def ids_of(company: Company, superior: Company) -> dict[str, Any]:
    with company.transaction() as session:
        item = an_item(session)
    return the_ids(company, item, superior.id)


def places(fleet: Fleet, casts: int) -> Iterator[dict[str, Any]]:
    """Four organisations of each of `casts` counties."""
    for _ in range(casts):
        cast = cast_in(fleet.house, fleet.urls)
        for company in (cast.school, cast.kindergarten):
            yield ids_of(company, cast.education)
        for company in (cast.village, cast.community):
            yield ids_of(company, cast.township)


def quiet_after(connection: Connection, most: float) -> float:
    """Seconds until nothing is due or open.  Fails after `most`."""
    started = time.monotonic()
    while waiting := one(connection, WAITING):
        assert time.monotonic() - started < most, f"{waiting} things wait after {most} s"
        time.sleep(0.2)
    return time.monotonic() - started


@pytest.mark.full
@pytest.mark.alone
@pytest.mark.timeout(400)
def test_r42_after_three_hours_of_outage_everybody_hears_once_of_the_highest_rung(
    fleet: Fleet, connection: Connection
) -> None:
    each = times(250)
    organisations = list(places(fleet, 5))
    for ids in organisations:
        due_within_hours(connection, ids, each)
    for name in ("worker", "worker2"):
        fleet.start(name)

    connection.execute("UPDATE clock_offset SET ahead = ahead + interval '3 hours'")
    fleet.start("clock")
    seconds = quiet_after(connection, 300)

    print(f"{len(organisations) * each} items caught up in {seconds:.1f} s, {one(connection, DONE)} effects")
    share = len(organisations) * (each * 7 // 50)
    rungs = [("due_soon", []), ("overdue", []), ("missed", []), ("overdue", ["due_soon"])]
    expected = {(stage, tuple(skipped)): share for stage, skipped in [*rungs, ("missed", ["due_soon", "overdue"])]}
    found = connection.execute(RUNGS, [[ids["tenant"] for ids in organisations]])  # other tests have promises of theirs
    assert {(stage, tuple(skipped)): count for stage, skipped, count in found} == expected
    assert len(OCCURRENCES) == len(expected)
    assert one(connection, TOLD_TWICE.format(table="notice")) == 0
    assert one(connection, TOLD_TWICE.format(table="delivery")) == 0
    assert one(connection, "SELECT count(*) FROM delivery") > 0
    assert seconds <= 60


DONE = "SELECT count(*) FROM reaction WHERE state = 'done'"


@pytest.mark.full
@pytest.mark.beside
@pytest.mark.timeout(400)
def test_r40_nothing_is_early_and_hardly_anything_late(fleet: Fleet, connection: Connection) -> None:
    ids, steps = next(places(fleet, 1)), (30, 60, 120) if FULL else (3, 5, 7)
    fleet.start("sweeper")
    due: list[UUID] = []
    for seconds in steps:
        due += promises(connection, ids, times(2000) // 3, (seconds / 60, 10_000, 20_000), None)

    time.sleep(max(steps) + 1)
    quiet = time.monotonic() + 30
    while len(late := [row[0] for row in connection.execute(LATE, [due])]) < len(due):
        assert time.monotonic() < quiet, f"{len(due) - len(late)} have not moved"
        time.sleep(0.1)

    p99 = quantiles(late, n=100)[98]
    print(f"{len(late)} items late by p50 {quantiles(late, n=2)[0]:.2f} s, p99 {p99:.2f} s, max {max(late):.2f} s")
    assert min(late) >= 0
    assert p99 <= 10
    assert max(late) <= 30


# Due a day ago, twenty minutes ago, now; and in five minutes, and tomorrow.
DUE = [((-1450, -1445, -1441), None), ((-2000, -20, 5), "due_soon"), ((0, 1000, 2000), None)]
NOT_DUE = [((5, 1000, 2000), None), ((1450, 2000, 3000), None)]
EACH = 5


@pytest.mark.full
@pytest.mark.beside
@pytest.mark.parametrize("minutes", [-10, 10, -1440, 1440] if FULL else [-10, 1440])
def test_r43_an_applications_wrong_clock_moves_nothing_else(
    fleet: Fleet, connection: Connection, minutes: float
) -> None:
    ids = next(places(fleet, 1))
    fleet.start("sweeper")

    right = moved_within_a_second(connection, ids)
    fleet.jump("sweeper", minutes * 60)
    wrong = moved_within_a_second(connection, ids)

    assert right == wrong
    assert sum(right.values()) == EACH * len(DUE)


def moved_within_a_second(connection: Connection, ids: dict[str, Any]) -> Counter[Any]:
    """The transitions of new promises, once those that are due have moved."""
    rows = [row for moments, stage in [*DUE, *NOT_DUE] for row in promises(connection, ids, EACH, moments, stage)]
    deadline = time.monotonic() + 30
    while len(connection.execute(MOVED, [rows]).fetchall()) < EACH * len(DUE):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(1)
    return Counter((stage, *skipped, *names) for stage, skipped, names in connection.execute(MOVED, [rows]))


@pytest.mark.full
@pytest.mark.beside
@pytest.mark.timeout(120)
def test_r47_what_a_frozen_sweeper_holds_is_taken_over_within_thirty_seconds(
    fleet: Fleet, connection: Connection
) -> None:
    ids = next(places(fleet, 1))
    hurried = [] if FULL else ["tests.faults.tricks:hurried"]
    fleet.start("sweeper", first=["tests.faults.trials:freeze_in_hand", *hurried], HEHU_IDLE="3")
    due = promises(connection, ids, 100, (0, 10_000, 20_000), None)
    while fleet.processes["sweeper"].status() != psutil.STATUS_STOPPED:
        time.sleep(0.05)
    frozen = time.monotonic()

    fleet.start("sweeper2")
    while len(connection.execute(MOVED, [due]).fetchall()) < len(due):
        assert time.monotonic() - frozen < 60
        time.sleep(0.2)
    seconds = time.monotonic() - frozen
    fleet.processes["sweeper"].resume()
    time.sleep(2)

    print(f"taken over after {seconds:.1f} s")
    assert [names for _, _, names in connection.execute(MOVED, [due])] == [["occurrence.due_soon"]] * len(due)
    assert seconds <= 30
