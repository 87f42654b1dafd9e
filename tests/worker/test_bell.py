"""Workers that are behind are not heaped up with the same work again; a bell whose line is cut takes another."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from services.worker.bell import FULL_ROAD, Bell
from services.worker.broker import build_broker
from tests.support.cast import Cast, shut
from tests.support.cluster import dsn
from tests.worker.trial import happen, house_with, leave_trace

LEASE_SECONDS = 0.05
LEASES = 20
ROWS = 20
SECONDS_TO_RING = 10


@pytest.fixture
def bell(cast: Cast) -> Iterator[Bell]:
    """Of a queue on which nothing waits, whatever other tests left open."""
    house = house_with(cast.house, leave_trace)
    house = replace(house, settings=replace(house.settings, lease_seconds=LEASE_SECONDS))
    with psycopg.connect(dsn(cast.urls.superuser)) as connection:
        connection.execute("UPDATE reaction SET state = 'done', done_at = now() WHERE state <> 'done'")
    broker = build_broker(house.settings)
    broker.client.delete("dramatiq:default")
    yield Bell(house, broker, "default")
    shut(house)


@contextmanager
def ringing(bell: Bell) -> Iterator[None]:
    thread = threading.Thread(target=bell.run)
    thread.start()
    try:
        yield
    finally:
        bell.stopping.set()
        thread.join()


def waiting(bell: Bell) -> int:
    """Messages on the road."""
    found: Any = bell.broker.client.llen("dramatiq:default")
    return int(found)


def test_what_stands_on_the_road_is_not_rung_again_and_again(cast: Cast, bell: Bell) -> None:
    """Its lease runs out while it waits for a worker: rung each time, it would be there once for each lease."""
    for _ in range(ROWS):
        happen(bell.house, cast.school.id, now=cast.now())

    with ringing(bell):
        time.sleep(LEASES * LEASE_SECONDS)

    assert 1 <= waiting(bell) <= FULL_ROAD + ROWS


def test_a_bell_whose_line_is_cut_rings_over_another(cast: Cast, bell: Bell) -> None:
    cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'hehu_system' AND datname = %s"
    with ringing(bell), psycopg.connect(dsn(cast.urls.superuser)) as connection:
        ended = 0
        while not ended:
            row = connection.execute(cut, [connection.info.dbname]).fetchone()
            ended = row[0] if row else 0
        happen(bell.house, cast.school.id, now=cast.now())
        deadline = time.monotonic() + SECONDS_TO_RING
        while not waiting(bell):
            assert time.monotonic() < deadline
            time.sleep(0.01)
