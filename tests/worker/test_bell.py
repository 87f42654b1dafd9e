"""Workers that are behind are not heaped up with the same work again."""

import threading
import time
from dataclasses import replace
from typing import Any

import psycopg

from services.worker.bell import FULL_ROAD, Bell
from services.worker.broker import build_broker
from tests.support.cast import Cast, Company
from tests.support.cluster import dsn
from tests.worker.trial import happen, house_with, leave_trace

LEASE_SECONDS = 0.05
LEASES = 20
ROWS = 20


def test_what_stands_on_the_road_is_not_rung_again_and_again(cast: Cast) -> None:
    """Its lease runs out while it waits for a worker: rung each time, it would be there once for each lease."""
    house = house_with(cast.house, leave_trace)
    house = replace(house, settings=replace(house.settings, lease_seconds=LEASE_SECONDS))
    school: Company = cast.school
    with psycopg.connect(dsn(cast.urls.superuser)) as connection:  # what other tests left open is not on this road
        connection.execute("UPDATE reaction SET state = 'done', done_at = now() WHERE state <> 'done'")
    build_broker(house.settings).client.delete("dramatiq:default")
    for _ in range(ROWS):
        happen(house, school.id, now=cast.now())
    bell = Bell(house, build_broker(house.settings), "default")
    thread = threading.Thread(target=bell.run)

    thread.start()
    time.sleep(LEASES * LEASE_SECONDS)
    bell.stopping.set()
    thread.join()

    house.app.close()
    house.system.close()
    waiting: Any = bell.broker.client.llen("dramatiq:default")
    assert 1 <= waiting <= FULL_ROAD + ROWS
