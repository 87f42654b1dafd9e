"""Killed processes, a Redis that forgets or is away, a PostgreSQL that crashes: nothing is lost, nothing doubled.

A tenth of the numbers of R17, R18, R20 and R21; leases of 2 seconds.
"""

import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
import redis

from tests.faults.fleet import Fleet, cast_in, running_fleet, totals
from tests.faults.web import real_web, reporter, watched_web

POINTS = {
    "worker": ["after_receive", "before_commit", "after_commit", "after_ack"],
    "clock": ["after_publish"],
}
CRASHES = 20
NOISE_SECONDS = 0.02  # of a machine on which the faults themselves run


@pytest.fixture(scope="module")
def shared_fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Servers for the whole file; each test starts the processes it needs."""
    with running_fleet(tmp_path_factory.mktemp("logs")) as fleet:
        yield fleet


@pytest.fixture
def fleet(shared_fleet: Fleet) -> Iterator[Fleet]:
    """Clock, two workers; afterwards nothing may be lost or doubled, whatever the test did."""
    for name in ("clock", "worker", "worker2"):
        shared_fleet.start(name)
    yield shared_fleet
    for name in list(shared_fleet.processes):
        shared_fleet.kill(name)


def sending(fleet: Fleet, count: int, *, pause: float = 0.0) -> threading.Thread:
    """Send in the background."""
    thread = threading.Thread(target=fleet.send, args=(count,), kwargs={"pause": pause})
    thread.start()
    return thread


def nothing_lost_or_doubled(fleet: Fleet, *, within: float = 120) -> None:
    """Wait for quiet and compare the ledger."""
    fleet.wait_quiet(within)
    assert fleet.ledger.compare(fleet.urls) == (0, 0)


def test_r17_random_kills_lose_and_double_nothing(fleet: Fleet) -> None:
    driver = sending(fleet, 3000)

    for _ in range(30):
        victim = random.choice(list(fleet.processes))
        fleet.kill(victim)
        fleet.start(victim)
        time.sleep(random.expovariate(2))
    driver.join()

    nothing_lost_or_doubled(fleet)


@pytest.mark.parametrize(("process", "point"), [(name, point) for name, points in POINTS.items() for point in points])
def test_r18_dying_at_a_named_place_loses_and_doubles_nothing(fleet: Fleet, process: str, point: str) -> None:
    fleet.kill("worker2")
    fleet.kill(process)
    crashes = 0
    fleet.start(process, HEHU_CRASH_AT=f"{point}:2")

    deadline = time.monotonic() + 120
    while crashes < CRASHES and time.monotonic() < deadline:
        fleet.send(3)
        if fleet.died(process):
            crashes += 1
            fleet.kill(process)
            fleet.start(process, HEHU_CRASH_AT=f"{point}:2")
        time.sleep(0.02)
    fleet.kill(process)
    fleet.start(process)

    assert crashes == CRASHES
    nothing_lost_or_doubled(fleet)


@pytest.mark.parametrize("point", ["before_commit", "after_commit"])
def test_r18_a_web_process_dying_at_a_named_place_keeps_each_answered_request_once(fleet: Fleet, point: str) -> None:
    cast = cast_in(fleet.house, fleet.urls)

    with real_web(fleet, HEHU_CRASH_AT=f"{point}:3") as web:
        script = reporter(web, cast.school)
        before = totals(fleet.urls)
        script.report()
        fleet.wait_quiet()
        of_one = totals(fleet.urls) - before
        while script.unanswered < CRASHES:
            script.report()
    fleet.wait_quiet()

    reported = len(script.acked)
    assert totals(fleet.urls) - before == Counter({table: rows * reported for table, rows in of_one.items()})
    assert of_one["incident"] == 1
    assert script.refused == []


@pytest.mark.parametrize("seconds", [5, 30])
def test_r20_a_redis_outage_ends_by_itself(fleet: Fleet, seconds: int) -> None:
    fleet.send(50)

    with watched_web(fleet) as web:
        time.sleep(3)
        web.mark()
        fleet.servers.valkey.kill()
        driver = sending(fleet, 100, pause=seconds / 200)
        time.sleep(seconds)
        driver.join()
        web.mark()
        fleet.servers.valkey.start()
        nothing_lost_or_doubled(fleet, within=60)

    assert web.failures() == []
    print(f"p95 of pages: {web.p95(0):.4f} s, without Redis {web.p95(1):.4f} s")
    assert web.p95(1) <= 1.2 * web.p95(0) + NOISE_SECONDS


def test_r21_a_redis_that_forgets_everything_loses_nothing(fleet: Fleet) -> None:
    for _ in range(2):
        driver = sending(fleet, 250)
        time.sleep(random.random() / 2)
        redis.Redis.from_url(fleet.urls.redis).flushall()
        driver.join()

    nothing_lost_or_doubled(fleet)


def crash(fleet: Fleet) -> None:
    """As the power goes."""
    fleet.servers.postgres.kill()


def restart(fleet: Fleet) -> None:
    """As an administrator does it."""
    fleet.servers.postgres.stop()


@pytest.mark.parametrize("ending", [crash, restart])
def test_a_postgresql_that_goes_and_comes_back_has_all_that_was_acknowledged(
    fleet: Fleet, ending: Callable[[Fleet], None]
) -> None:
    driver = sending(fleet, 400)
    time.sleep(0.5)

    ending(fleet)
    time.sleep(1)
    fleet.servers.postgres.start()
    driver.join()

    nothing_lost_or_doubled(fleet)


def test_a_graceful_stop_finishes_what_it_has_in_hand(fleet: Fleet) -> None:
    fleet.send(100)

    for name in ("worker", "worker2", "clock"):
        fleet.kill(name, signal.SIGTERM, within=25)
        fleet.start(name)

    nothing_lost_or_doubled(fleet)
