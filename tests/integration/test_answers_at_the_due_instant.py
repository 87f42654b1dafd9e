"""Somebody answers at the very instant at which the time for it runs out: nobody is called for what was answered."""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from services.worker.sweeper import sweep_table
from shared.care.escalations import usecases
from shared.care.escalations.clock import ESCALATIONS
from shared.kernel.errors import Conflict
from shared.kernel.timers import TimedTable
from tests.faults.outage import lapsing, the_ids
from tests.faults.scale import times
from tests.support.cast import Cast
from tests.support.cluster import dsn
from tests.support.promises import an_item

EACH_SECONDS = 0.012  # what an answer takes, so that the due instant is in the middle of them
HANDS = 4
CALLS = """
    SELECT c.state, c.stage, (SELECT count(*) FROM event e WHERE e.tenant_id = c.tenant_id AND e.subject_id = c.id
                               AND e.name = 'escalation.answered') AS answers,
           (SELECT count(*) FROM event e WHERE e.tenant_id = c.tenant_id AND e.subject_id = c.id
             AND e.name = 'escalation.lapsed') AS lapses
      FROM escalation c WHERE c.id = ANY(%s)
"""


@pytest.mark.timeout(300)
def test_r44_an_answer_and_its_clock_never_both_win(cast: Cast) -> None:
    count = times(2000)
    calls = due_in(cast, count, count * EACH_SECONDS)
    random.shuffle(calls)

    with under_the_clock(cast, ESCALATIONS) as hands:
        taken = Counter(hands.map(lambda call: answered(cast, call), [one for call in calls for one in (call, call)]))

    with psycopg.connect(dsn(cast.urls.backup)) as connection:
        found = Counter(connection.execute(CALLS, [calls]).fetchall())
    print(dict(found))
    assert taken == {True: count, False: count}, "each was answered twice at once: one of them was refused"
    assert set(found) <= {("answered", "due", 1, 0), ("answered", "lapsed", 1, 1)}
    assert len(found) == 2, "none, or all, came in time: this proves nothing"


def due_in(cast: Cast, count: int, seconds: float) -> list[UUID]:
    """Calls to the head whose time runs out in the middle of what follows."""
    with cast.school.transaction() as session:
        item = an_item(session)
    with psycopg.connect(dsn(cast.urls.superuser)) as connection:
        return lapsing(connection, the_ids(cast.school, item, cast.education.id), count, timedelta(seconds=seconds / 2))


def answered(cast: Cast, call: UUID) -> bool:
    """False where somebody else has answered it."""
    try:
        with cast.school.transaction() as session:
            usecases.answer(session, call, answer="seen", note=None, by=cast.school.head, now=cast.now())
    except Conflict:
        return False
    return True


@contextmanager
def under_the_clock(cast: Cast, timed: TimedTable) -> Iterator[ThreadPoolExecutor]:
    """Hands to do something while the clock goes over the table again and again; afterwards it does so once more."""
    over = threading.Event()
    sweeper = threading.Thread(target=sweep_until, args=(cast, over, timed))
    sweeper.start()
    try:
        with ThreadPoolExecutor(HANDS) as hands:
            yield hands
    finally:
        over.set()
        sweeper.join()
    cast.sweep()


def sweep_until(cast: Cast, over: threading.Event, timed: TimedTable) -> None:
    while not over.is_set():
        sweep_table(cast.house, timed)
        time.sleep(0.01)
