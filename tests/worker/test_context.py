"""Whatever a message says, a reactor works in the organisation of its event or not at all (R10)."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import dramatiq
import psycopg
import pytest
from dramatiq import Worker
from structlog.testing import capture_logs

from services.worker.actors import declare_actors
from services.worker.bell import messages
from services.worker.broker import ACTOR, build_broker
from shared.bootstrap import House, build
from shared.kernel import reactions
from shared.kernel.clock import CHINA
from shared.kernel.reactions import Claimed, How
from tests.faults.scale import times
from tests.support.cast import settings_of
from tests.support.cluster import Urls, dsn
from tests.support.rows import organisation
from tests.worker.trial import happen, house_with, leave_trace

TENANTS, THREADS = 50, 8
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=CHINA)
FORGED_EVERY = 20  # 5 %
HOWS = (How.TOGETHER, How.ALONE)  # what goes apart does what these do, in a process of its own


@pytest.fixture
def trial_house(fresh_urls: Urls) -> Iterator[House]:
    """A house whose only reactor leaves a trace, in a database of its own."""
    base = build(settings_of(fresh_urls))
    made = house_with(base, leave_trace)
    yield made
    for database in (base.app, made.app, made.system):
        database.close()


@contextmanager
def worker_of(house: House) -> Iterator[dramatiq.Broker]:
    """A real worker behind a real Redis."""
    broker = build_broker(house.settings)
    broker.client.flushdb()
    declare_actors(broker, house)
    worker = Worker(broker, queues={"default"}, worker_timeout=20, worker_threads=THREADS)
    worker.start()
    yield broker
    worker.stop(timeout=20_000)
    broker.client.flushdb()
    broker.close()


def claimed_all(house: House) -> list[Claimed]:
    """Everything open, leased for a minute."""
    with house.system.engine.begin() as connection:
        return reactions.claim(connection, "default", lease=timedelta(minutes=1), most=10_000)


def told(args: tuple[Any, ...]) -> dramatiq.Message[None]:
    """A message with these arguments."""
    return dramatiq.Message(queue_name="default", actor_name=ACTOR, args=args, kwargs={}, options={})


def unreadable(one: Claimed) -> list[tuple[Any, ...]]:
    """No tenant, or none that is one: refused before the actor runs."""
    row = str(one.id)
    of_nobody: list[Any] = [[("", [row])], [(None, [row])], [[row]], {"x": row}, row, [], [(str(one.tenant_id), [])]]
    return [(), *((batch, how) for batch in of_nobody for how in HOWS)]


def forged(one: Claimed, tenants: list[UUID]) -> list[tuple[Any, ...]]:
    """Another organisation's id, nobody's, and the right one for rows that are not there."""
    other = random.choice([tenant for tenant in tenants if tenant != one.tenant_id])
    return [
        ([(str(tenant), [row])], how)
        for tenant, row in ((other, str(one.id)), (uuid4(), str(one.id)), (one.tenant_id, str(uuid4())))
        for how in HOWS
    ]


def lies_about(rows: list[Claimed], tenants: list[UUID]) -> list[dramatiq.Message[None]]:
    """All forged messages about these rows."""
    return [told(lie) for one in rows for lie in forged(one, tenants)]


def shuffled(things: list[Any]) -> list[Any]:
    """In any order."""
    return random.sample(things, len(things))


def effects(urls: Urls) -> dict[tuple[UUID, UUID], int]:
    """(organisation of the event, organisation of the trace) → how many."""
    query = """
        SELECT e.tenant_id, a.tenant_id, count(*) FROM audit_entry a JOIN event e ON e.subject_id = a.subject_id
         WHERE a.action = 'trial.trace' GROUP BY 1, 2
    """
    with psycopg.connect(dsn(urls.backup)) as connection:
        return {(at_home, found): count for at_home, found, count in connection.execute(query)}


def send(broker: dramatiq.Broker, sent: list[dramatiq.Message[None]]) -> None:
    """Put them on the road."""
    for message in sent:
        broker.enqueue(message)


def wait_for(urls: Urls, count: int) -> None:
    """Until so many traces are there."""
    deadline = time.monotonic() + 60
    while sum(effects(urls).values()) < count and time.monotonic() < deadline:
        time.sleep(0.05)


def test_r10_a_reactor_works_in_the_organisation_of_its_event_and_a_forged_message_does_nothing(
    fresh_urls: Urls, trial_house: House
) -> None:
    with psycopg.connect(dsn(fresh_urls.superuser)) as connection:
        tenants = [organisation(connection, f"tenant {number}") for number in range(TENANTS)]
    home = [happen(trial_house, tenant, now=NOW) for tenant in tenants * (times(5000) // TENANTS)]
    claimed = shuffled(claimed_all(trial_house))
    lied_about, honest = claimed[::FORGED_EVERY], [one for n, one in enumerate(claimed) if n % FORGED_EVERY]
    mumbled = [told(lie) for one in lied_about[:5] for lie in unreadable(one)]
    sent = shuffled([*messages(honest), *lies_about(lied_about, tenants), *mumbled])

    with capture_logs() as logs, worker_of(trial_house) as broker:
        send(broker, sent)
        wait_for(fresh_urls, len(honest))
        broker.join("default", timeout=60_000)
        before = effects(fresh_urls)
        send(broker, list(messages(lied_about)))
        wait_for(fresh_urls, len(home))

    after = effects(fresh_urls)
    assert len(claimed) == len(home) == times(5000)
    assert sum(before.values()) == len(honest)
    assert sum(after.values()) == len(home)
    assert [pair for pair in after if pair[0] != pair[1]] == []
    assert sum(line["event"] == "message_refused" for line in logs) == len(mumbled)
