"""A Redis that is away, forgets, loses its last second, wakes with an old file or is full: PostgreSQL knows all.

Of R20's outages of 5 and 30 seconds the short set has one each; of those of 5 minutes the full set has one.  Some forty
events a second and an incident every half second go on meanwhile, more than any county has.
"""

import itertools
import random
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial

import pytest
import redis

from services.ops.embedded.valkey import Valkey
from tests.faults.scale import FULL, times
from tests.faults.site import Site, at_work
from tests.faults.web import WebWatch

OUTAGES = {5: 10, 30: 10, 300: 1} if FULL else {5: 1, 30: 1}  # seconds → how often
SEND_EACH, REPORT_EACH, BACK_SECONDS = 0.2, 0.5, 60  # seconds
BASE_SECONDS = 3  # of web without a fault, to compare with
NOISE_SECONDS = 0.02  # of a machine on which the faults themselves run
MEGABYTE = 1024 * 1024
FULL_AT = 8 * MEGABYTE
WORKERS, HEAP = ("worker", "worker2"), 50
BALLAST_BYTES, BREATH_SECONDS = 4096, 0.005


def client(site: Site) -> redis.Redis:
    """Valkey as its administrator sees it."""
    return redis.Redis.from_url(site.fleet.urls.redis)


@pytest.mark.beside
@pytest.mark.timeout(1800)
def test_r20_a_redis_outage_ends_by_itself_and_no_page_notices(site: Site, chance: random.Random) -> None:
    outages = [seconds for seconds, often in OUTAGES.items() for _ in range(often)]
    chance.shuffle(outages)
    watch, caught_up = WebWatch(site.web.address), []

    with at_work(watch.read, partial(site.send, pause=SEND_EACH), partial(site.script.work, pause=REPORT_EACH)):
        time.sleep(BASE_SECONDS / 3)
        watch.phases = [[]]  # each page was shown once and is in memory
        time.sleep(BASE_SECONDS)
        for away in outages:
            watch.mark()
            site.fleet.servers.valkey.kill()
            time.sleep(away)
            site.fleet.servers.valkey.start()
            watch.mark()
            caught_up.append((away, round(site.fleet.wait_quiet(BACK_SECONDS, until=site.fleet.now()), 1)))
    site.settle()

    normal, without = watch.p95(slice(0, None, 2)), watch.p95(slice(1, None, 2))
    print(f"(seconds away, seconds to catch up): {caught_up}; p95 {normal:.4f} s, without {without:.4f} s")
    assert watch.failures() + site.script.refused == []
    assert site.script.unanswered == 0
    assert without <= 1.2 * normal + NOISE_SECONDS


@pytest.mark.timeout(900)
def test_r21_a_redis_that_forgets_everything_loses_nothing(site: Site, chance: random.Random) -> None:
    events = times(5000)
    moments = [chance.random() for _ in range(times(20))]

    with at_work(lambda _: site.fleet.send(events), site.script.work):
        for pause in moments:
            time.sleep(pause)
            client(site).flushall()

    site.settle()


@pytest.mark.full
@pytest.mark.timeout(900)
def test_r22_a_redis_killed_within_its_unwritten_second_loses_nothing(site: Site, chance: random.Random) -> None:
    moments = [chance.random() for _ in range(times(20))]

    with at_work(site.send, site.script.work):
        for pause in moments:
            time.sleep(pause)
            site.fleet.servers.valkey.kill()
            site.fleet.servers.valkey.start()

    site.settle()


@pytest.mark.full
@pytest.mark.timeout(900)
def test_r22_a_redis_started_from_an_old_file_doubles_and_loses_nothing(site: Site) -> None:
    """What waits in the old file has been done since; what came since, nobody has rung for in it."""
    valkey = site.fleet.servers.valkey

    for _ in range(times(5)):
        heap_up(site)
        with old_file(valkey):
            start_workers(site)
            site.fleet.wait_quiet()
            heap_up(site)
            valkey.kill()
        valkey.start()
        start_workers(site)
        site.fleet.wait_quiet()

    site.settle()


def heap_up(site: Site) -> None:
    """Let work wait in Redis that nobody takes."""
    for name in WORKERS:
        site.fleet.kill(name)
    site.fleet.send(HEAP)
    with closing(client(site)) as valkey:
        while not valkey.llen("dramatiq:default"):
            time.sleep(0.01)
    time.sleep(BREATH_SECONDS * 20)


def start_workers(site: Site) -> None:
    for name in WORKERS:
        site.fleet.start(name)


@contextmanager
def old_file(valkey: Valkey) -> Iterator[None]:
    """The append-only file as it is now comes back at the end of the block."""
    file, copy = valkey.data / "appendonlydir", valkey.data / "copy"
    subprocess.run(["cp", "-a", file, copy], check=True)  # owner included: it is not ours
    yield
    shutil.rmtree(file)
    copy.rename(file)


@pytest.mark.full
@pytest.mark.timeout(900)
def test_r23_a_full_redis_refuses_no_page_and_loses_nothing(site: Site) -> None:
    watch = WebWatch(site.web.address)
    client(site).config_set("maxmemory", FULL_AT)

    with at_work(watch.read, partial(site.script.work, pause=REPORT_EACH)):
        with at_work(partial(fill, client(site))):
            site.fleet.send(times(20_000))
            waiting = site.fleet.open_reactions()
        client(site).config_set("maxmemory", 0)
    site.settle()
    client(site).flushall()

    assert waiting > times(20_000) // 2, "Redis was not full"
    assert watch.failures() + site.script.refused == []


def fill(line: redis.Redis, stopping: threading.Event) -> None:
    """Others take all the memory there is, and whatever becomes free."""
    for number in itertools.count():
        try:
            line.set(f"ballast:{number}", b"x" * BALLAST_BYTES)
        except redis.OutOfMemoryError:
            if stopping.wait(BREATH_SECONDS):
                return
