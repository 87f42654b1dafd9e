"""Faults that come two and three at a time (R19): each takes place, lasts, and is over."""

import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psutil

from tests.faults.fleet import LEASE_SECONDS
from tests.faults.site import PROCESSES, Site

Fault = Callable[[Site, random.Random], None]
AWAY_SECONDS = LEASE_SECONDS / 2
FULL_BATCH = 600  # the bell claims 500 at once
SLOW_SECONDS = 2.0
HOUR = 3600.0


def kill_worker(site: Site, chance: random.Random) -> None:
    """SIGKILL to one of the two."""
    site.kill(chance.choice(("worker", "worker2")))


def kill_clock(site: Site, chance: random.Random) -> None:
    """SIGKILL to one of the two: bells and sweeper."""
    site.kill(chance.choice(("clock", "clock2")))


def redis_down(site: Site, _chance: random.Random) -> None:
    """Killed, and away for half a lease."""
    site.fleet.servers.valkey.kill()
    time.sleep(AWAY_SECONDS)
    site.fleet.servers.valkey.start()


def postgres_restart(site: Site, _chance: random.Random) -> None:
    """As an administrator does it."""
    site.fleet.servers.postgres.restart()


def clock_jump(site: Site, chance: random.Random) -> None:
    """One process's clock is an hour off for half a lease; it may die meanwhile."""
    name = chance.choice(PROCESSES)
    for seconds in (chance.choice((-HOUR, HOUR)), 0.0):
        with suppress(KeyError):
            site.fleet.jump(name, seconds)
        time.sleep(AWAY_SECONDS / 2)


def slow_postgres(site: Site, _chance: random.Random) -> None:
    """No statement is answered for a whole lease, as when a disk hangs."""
    processes: list[psutil.Process] = []
    with suppress(psutil.NoSuchProcess, ValueError):  # it is just being restarted
        server = psutil.Process(site.fleet.servers.postgres.pid or -1)
        processes = [server, *server.children()]
    _each(psutil.Process.suspend, processes)
    time.sleep(SLOW_SECONDS)
    _each(psutil.Process.resume, processes)


def _each(do: Callable[[psutil.Process], None], processes: Sequence[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            do(process)


def full_batch(site: Site, _chance: random.Random) -> None:
    """More at once than the bell takes in one hand."""
    site.fleet.send_together(FULL_BATCH)


FAULTS: tuple[Fault, ...] = (
    kill_worker,
    kill_clock,
    redis_down,
    postgres_restart,
    clock_jump,
    slow_postgres,
    full_batch,
)


def strike(site: Site, faults: Sequence[Fault], chance: random.Random) -> None:
    """All of them at once, each a moment after the other, until all are over."""
    print(*(fault.__name__ for fault in faults))
    chances = [random.Random(chance.random()) for _ in faults]

    def one(fault: Fault, own: random.Random) -> None:
        time.sleep(own.random() / 2)
        fault(site, own)

    with ThreadPoolExecutor(len(faults)) as pool:
        list(pool.map(one, faults, chances))
