"""Events that only a newer release knows, while older workers are still there: they wait, and nothing is dropped."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest

from tests.faults.fleet import LEASE_SECONDS, Fleet, running_fleet
from tests.faults.scale import times
from tests.faults.trials import TRIALS
from tests.support.cluster import dsn
from tests.worker.trial import happen, house_with, leave_trace, leave_trace_alarm

WORKERS = ("worker", "worker2")
DONE_SECONDS = 60
STATES = "SELECT state, count(*) FROM reaction WHERE reactor LIKE 'leave_trace%' GROUP BY 1"
UNKNOWN = """
    SELECT id, attempts FROM reaction
     WHERE reactor LIKE 'leave_trace%' AND state = 'open' AND attempts = 0 AND last_error = 'UnknownHere'
"""
TRACES = "SELECT subject_id, count(*) FROM audit_entry WHERE action = 'trial.trace' GROUP BY 1"


@pytest.fixture
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Whatever writes is of the newer release; no worker runs yet."""
    with running_fleet(tmp_path_factory.mktemp("releases"), tenants=3) as made:
        made.start("clock")
        yield made


def start(fleet: Fleet, *, newer: bool) -> None:
    """Workers of that release, in place of the others."""
    for name in WORKERS:
        if name in fleet.processes:
            fleet.kill(name)
        fleet.start(name, first=[TRIALS] if newer else ())


def of_newer_release(fleet: Fleet, count: int) -> set[UUID]:
    """Events that ring in two queues, and among them others that every release knows."""
    house, ids = house_with(fleet.house, leave_trace, leave_trace_alarm), set()
    for number in range(count):
        ids.add(happen(house, fleet.tenants[number % 3], now=datetime.now(UTC)))
        fleet.send()
    house.app.close()
    return ids


def asked(fleet: Fleet, query: str) -> dict[object, int]:
    """Key → number."""
    with psycopg.connect(dsn(fleet.urls.backup)) as connection:
        return dict(connection.execute(query.encode()).fetchall())


def wait_until_all_wait(fleet: Fleet, count: int) -> None:
    """The old workers have looked at each of them, and left it as it is."""
    deadline, seen = time.monotonic() + DONE_SECONDS, set[object]()
    while len(seen) < count:  # now and then one is being looked at again
        assert time.monotonic() < deadline, (len(seen), asked(fleet, STATES))
        seen |= set(asked(fleet, UNKNOWN))
        time.sleep(0.1)


@pytest.mark.full
@pytest.mark.beside
@pytest.mark.timeout(600)
def test_r28_what_only_the_newer_release_knows_waits_for_it_and_is_not_dropped(fleet: Fleet) -> None:
    count = times(200)
    start(fleet, newer=False)
    ids = of_newer_release(fleet, count)
    wait_until_all_wait(fleet, 2 * count)
    time.sleep(3 * LEASE_SECONDS)  # and looked at again, and again
    assert asked(fleet, STATES) == {"open": 2 * count}
    known_meanwhile = fleet.open_reactions() - 2 * count

    start(fleet, newer=True)
    seconds = fleet.wait_quiet(DONE_SECONDS)

    print(f"{2 * count} reactions done {seconds:.1f} s after the newer workers' start")
    assert known_meanwhile == 0
    assert asked(fleet, TRACES) == dict.fromkeys(ids, 2)
    assert fleet.ledger.compare(fleet.urls) == (0, 0)


@pytest.mark.full
@pytest.mark.beside
@pytest.mark.timeout(600)
def test_r28_after_a_downgrade_they_wait_as_well(fleet: Fleet) -> None:
    count = times(200)
    start(fleet, newer=True)
    done = of_newer_release(fleet, count)
    fleet.wait_quiet()

    start(fleet, newer=False)
    waiting = of_newer_release(fleet, count)
    wait_until_all_wait(fleet, 2 * count)
    assert asked(fleet, STATES) == {"open": 2 * count, "done": 2 * count}
    start(fleet, newer=True)
    fleet.wait_quiet(DONE_SECONDS)

    assert asked(fleet, TRACES) == dict.fromkeys(done | waiting, 2)
    assert fleet.ledger.compare(fleet.urls) == (0, 0)
