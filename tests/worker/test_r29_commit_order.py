"""Whoever commits late is not passed by: the bell looks for what is open, never for what is newer than the last."""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import dramatiq
import psycopg
import pytest
from sqlalchemy import Connection, text

from services.worker.broker import build_broker
from shared.bootstrap import House
from shared.kernel import reactions
from shared.kernel.database import Database
from shared.kernel.events import record
from shared.kernel.ids import new_id
from shared.kernel.reactions import Claimed, How
from tests.faults.scale import FULL, times
from tests.support.cast import house_of
from tests.support.cluster import Urls, dsn, forget_tries
from tests.support.ringing import ring_once
from tests.support.rows import organisation
from tests.worker.trial import TrialHappened, house_with, leave_trace

WRITERS, EACH = 8, 50
OPEN_SECONDS = 2.0 if FULL else 0.4
FOR_EVER = timedelta(days=1)  # whatever was rung is not rung again: the second ring must not mend the first
LATER_THAN_THE_LAST = text(
    """
    UPDATE reaction SET lease_until = now() + :lease, rings = rings + 1
     WHERE id IN (SELECT id FROM reaction WHERE queue = :queue AND id > :last ORDER BY id LIMIT :most)
    RETURNING tenant_id, id, queue, rings
    """
)


@dataclass
class Press:
    """Writers that take their time, and a bell that looks meanwhile."""

    house: House
    writers: Database
    tenant: UUID
    broker: Any

    def write(self, seconds: float) -> None:
        """`EACH` events in a transaction that stays open for a while."""
        with self.writers.transaction(self.tenant) as session:
            record(session, *(TrialHappened(at=datetime.now(UTC), trial_id=new_id()) for _ in range(EACH)))
            time.sleep(seconds)

    def ring_until(self, over: threading.Event) -> None:
        """Every 15 ms, as the bell does, and once more when nobody writes any more."""
        while not over.wait(0.015):
            ring_once(self.house, self.broker, "default")
        while ring_once(self.house, self.broker, "default"):
            pass

    def published(self) -> Counter[str]:
        """Reaction → how often a message in Redis speaks of it."""
        found: Any = self.broker.client.hvals("dramatiq:default.msgs")
        messages = [dramatiq.Message.decode(one) for one in found]
        return Counter(row for message in messages for _, rows in message.args[0] for row in rows)


@pytest.fixture
def press(fresh_urls: Urls) -> Iterator[Press]:
    forget_tries(fresh_urls)
    with psycopg.connect(dsn(fresh_urls.superuser)) as connection:
        tenant = organisation(connection, "press")
    house = house_with(house_of(fresh_urls), leave_trace)
    house = replace(house, settings=replace(house.settings, lease_seconds=FOR_EVER.total_seconds()))
    writers = Database(fresh_urls.app, info=house.info, pool_size=WRITERS)
    yield Press(house, writers, tenant, build_broker(house.settings))
    for database in (writers, house.app, house.system):
        database.close()
    forget_tries(fresh_urls)


def lost_and_twice(press: Press, events: int) -> tuple[int, int]:
    """How many of `events` no message speaks of, and how many more than one does."""
    over = threading.Event()
    bell = threading.Thread(target=press.ring_until, args=(over,))
    bell.start()
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(press.write, [random.uniform(0, OPEN_SECONDS) for _ in range(events // EACH)]))
    over.set()
    bell.join()

    published = press.published()
    with press.house.app.transaction(press.tenant) as session:
        written = {str(row) for row in session.scalars(text("SELECT id FROM reaction"))}
    assert len(written) == events
    assert set(published) <= written
    print(f"{events} events, {events - len(published)} lost")
    return events - len(published), sum(count > 1 for count in published.values())


class BehindTheLast:
    """What one writes who has not met a transaction that commits late: `id > last seen`."""

    def __init__(self) -> None:
        self.last = UUID(int=0)

    def claim(self, connection: Connection, queue: str, *, most: int, lease: timedelta, share: object) -> list[Claimed]:
        """In the place of `reactions.claim`."""
        given = {"queue": queue, "lease": lease, "most": most, "last": self.last}
        found = connection.execute(LATER_THAN_THE_LAST, given)
        rows = [Claimed(row.tenant_id, row.id, row.queue, row.rings, How.TOGETHER) for row in found]
        self.last = max([self.last, *(row.id for row in rows)])
        return rows


@pytest.mark.timeout(240)
def test_r29_what_commits_late_is_published_too_and_once(press: Press) -> None:
    assert lost_and_twice(press, times(20_000)) == (0, 0)


def test_r29_polling_for_what_is_newer_than_the_last_loses_events(
    press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proves that the test above would see a loss."""
    monkeypatch.setattr(reactions, "claim", BehindTheLast().claim)

    lost, _ = lost_and_twice(press, times(4000))

    assert lost > 0
