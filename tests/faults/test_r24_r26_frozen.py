"""Workers that stop in the middle of their work, for a while or for good, or that live in another time.

Times are told in leases (2 seconds here, 20 in production).  A worker stays frozen until others have done what it has
in hand: after it was silent for a lease (IDLE_SECONDS in production) and the lease of that work has run out.
"""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import quantiles

import psycopg
import pytest

from tests.faults.fleet import LEASE_SECONDS, Fleet
from tests.faults.scale import FULL, times
from tests.faults.site import PROCESSES, Site, at_work
from tests.support.cluster import dsn

TRICKS = [f"tests.faults.tricks:{name}" for name in ("slow_probes", "hurried")]
VICTIMS = tuple(f"worker{number}" for number in range(3, 8))
THREADS = 2  # of a worker
IN_FLIGHT, PROBE_SECONDS = 8, 1.0  # in hand long enough for ten threads to begin on a busy machine
SKEWS = (-3600, -120, 120, 3600)  # seconds
LATE = """
    SELECT extract(epoch FROM pg_xact_commit_timestamp(xmin) - %s)::float FROM reaction WHERE done_at > %s
"""
TWICE = "SELECT count(*) FROM reaction WHERE rings > 1"
IN_HAND = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'hehu_app' AND state = 'idle in transaction'"


def number(fleet: Fleet, query: str) -> int:
    """What a count says."""
    with psycopg.connect(dsn(fleet.urls.superuser)) as connection:
        [found] = connection.execute(query.encode()).fetchone() or [0]
    return int(found)


@contextmanager
def victims_with_work_in_hand(site: Site, seconds: float, idle: float) -> Iterator[None]:
    """Five workers whose every thread has eight probes in hand, `seconds` each; at the end of the block others come.

    Whoever is silent for `idle` seconds loses what it has in hand.
    """
    fleet = site.fleet
    for name in ("worker", "worker2"):
        fleet.kill(name)
    for name in VICTIMS:
        fleet.start(name, first=TRICKS, HEHU_SLOW=str(seconds), HEHU_IDLE=str(idle))
    for taken in range(len(VICTIMS) * THREADS):
        fleet.send_together(IN_FLIGHT)
        deadline = time.monotonic() + 20
        while number(fleet, IN_HAND) <= taken:
            assert time.monotonic() < deadline, f"{taken} of {len(VICTIMS) * THREADS} threads have something in hand"
            time.sleep(0.02)
    yield
    for name in ("worker", "worker2"):
        fleet.start(name)


@pytest.mark.full
@pytest.mark.beside
@pytest.mark.timeout(900)
def test_r24_what_a_frozen_worker_has_in_hand_others_do_and_it_does_not_when_it_goes_on(site: Site) -> None:
    for _ in range(times(50) // len(VICTIMS)):
        with victims_with_work_in_hand(site, seconds=PROBE_SECONDS, idle=LEASE_SECONDS):
            for name in VICTIMS:
                site.fleet.processes[name].suspend()
        site.settle()
        for name in VICTIMS:
            site.fleet.processes[name].resume()
        time.sleep(LEASE_SECONDS)  # their transactions were cut: each finds that nothing is left to do
        site.settle()
        for name in VICTIMS:
            assert not site.fleet.died(name)
            site.fleet.kill(name)

    print(f"delivered twice: {number(site.fleet, TWICE)}")


@pytest.mark.full
@pytest.mark.beside
@pytest.mark.timeout(900)
def test_r25_a_process_in_another_time_doubles_and_loses_nothing(site: Site, chance: random.Random) -> None:
    skews = [seconds for seconds in SKEWS for _ in range(times(20))]
    chance.shuffle(skews)

    with at_work(site.send, site.script.work):
        time.sleep(1)  # at its start a process would refuse another time
        for seconds in skews:
            name = chance.choice(PROCESSES)
            site.fleet.jump(name, seconds)
            time.sleep(LEASE_SECONDS / 4)
            site.fleet.jump(name, 0)

    site.settle()
    assert not any(site.fleet.died(name) for name in PROCESSES)


@pytest.mark.full
@pytest.mark.alone
@pytest.mark.timeout(900)
def test_r26_what_a_killed_worker_had_in_flight_is_done_soon(site: Site) -> None:
    late: list[float] = []

    for _ in range(times(100, 20) // len(VICTIMS)):
        with victims_with_work_in_hand(site, seconds=600, idle=600):
            for name in VICTIMS:
                site.fleet.kill(name)
            with psycopg.connect(dsn(site.fleet.urls.superuser)) as connection:
                [killed] = connection.execute("SELECT now()").fetchone() or [None]
        site.settle()
        with psycopg.connect(dsn(site.fleet.urls.backup)) as connection:
            late += [row[0] for row in connection.execute(LATE, [killed, killed])]

    p95, most = quantiles(late, n=20)[18] / LEASE_SECONDS, max(late) / LEASE_SECONDS
    print(f"{len(late)} reactions done after p95 {p95:.2f}, max {most:.2f} leases")
    assert not FULL or (p95 <= 1.5 and most <= 3)  # 30 and 60 seconds with a lease of 20
