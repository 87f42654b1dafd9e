"""Rings for every open reaction until it is done; also carries copied messages across."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import dramatiq
import structlog
from dramatiq.brokers.redis import RedisBroker
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from shared.bootstrap import House
from shared.kernel import reactions
from shared.kernel.calls import CALLS
from shared.kernel.crash import crash_point
from shared.kernel.events import CopySent, receive_copy
from shared.kernel.pulse import Pulse
from shared.kernel.reactions import COPY_QUEUE, Claimed, How, Taken

from .broker import ACTOR, CALLER
from .lookout import Lookout

POLL_SECONDS = 0.015
# Seconds between looks; nobody waits before a screen for these.
UNHURRIED = {"bulk": 0.1, CALLS: 0.05, COPY_QUEUE: 0.05}
DWELL_PER_ROW = 0.002
DWELL_MOST = 0.25
MOST_PER_CLAIM = 500
MOST_PER_MESSAGE = 100
# Messages waiting in Redis.  A short road: what stands in it cannot be overtaken, and its leases run.
FULL_ROAD = 8
FULL_SECONDS = 0.05  # between looks at a full road: the workers take longer over what stands there
TROUBLE_SECONDS = 0.5

log = structlog.get_logger()
Groups = list[tuple[str, list[str]]]
NOBODY: Groups = [(str(UUID(int=0)), [str(UUID(int=0))])]


@contextmanager
def line(house: House) -> Iterator[Connection]:
    """A connection on which each statement is a transaction of its own."""
    with house.system.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection


def ring(house: House, connection: Connection, broker: RedisBroker, queue: str, *, in_turn: bool = False) -> int:
    """Claim what is open and due over a `line` and send its messages.  Returns the number of reactions rung.

    `in_turn`: organisations take turns, each with one message's worth.
    """
    lease, share = timedelta(seconds=house.settings.lease_seconds), MOST_PER_MESSAGE if in_turn else None
    claimed = reactions.claim(connection, queue, lease=lease, most=MOST_PER_CLAIM, share=share)
    if claimed:
        crash_point("after_claim")
    if queue == COPY_QUEUE:
        carry(house, claimed)
    else:
        _send(connection, broker, claimed)
    return len(claimed)


def _send(connection: Connection, broker: RedisBroker, claimed: Sequence[Claimed]) -> None:
    try:
        for message in messages(claimed):
            broker.enqueue(message)
            crash_point("after_publish")
    except Exception:
        reactions.release(connection, claimed)  # the queue is away: nobody waits for the lease to run out
        raise


def messages(claimed: Sequence[Claimed]) -> Iterator[dramatiq.Message[None]]:
    """One message per hundred rows of a queue; a row that was rung before goes alone (one poison row, one message)."""
    fresh: dict[str, list[Claimed]] = defaultdict(list)
    for one in claimed:
        if one.how is How.TOGETHER:
            fresh[one.queue].append(one)
        else:
            yield _message(one.queue, _grouped([one]), one.how)
    for queue, rows in fresh.items():
        rows.sort(key=lambda row: row.tenant_id)  # the fewer organisations in a message, the less is done twice
        for start in range(0, len(rows), MOST_PER_MESSAGE):
            yield _message(queue, _grouped(rows[start : start + MOST_PER_MESSAGE]), How.TOGETHER)


def _message(queue: str, batch: Groups, how: How) -> dramatiq.Message[None]:
    actor = CALLER if queue == CALLS else ACTOR
    return dramatiq.Message(queue_name=queue, actor_name=actor, args=(batch, how), kwargs={}, options={})


def _grouped(rows: Sequence[Claimed]) -> Groups:
    groups: dict[UUID, list[str]] = defaultdict(list)
    for row in rows:
        groups[row.tenant_id].append(str(row.id))
    return [(str(tenant), ids) for tenant, ids in sorted(groups.items())]


def carry(house: House, copies: Sequence[Claimed]) -> None:
    """Write copied messages in the organisations they are for, with their `done`, in one commit.

    One that cannot be written keeps no other waiting: then each goes by itself, and that one is parked in the end.
    """
    if not copies:
        return  # most looks find none: no transaction for them
    try:
        with house.system.transaction(None) as session:
            for tenant, ids in _grouped(copies):
                _carry(session, reactions.take(session, UUID(tenant), [UUID(one) for one in ids]))
    except OperationalError:
        raise  # the database is away: for all of them
    except Exception as failed:  # noqa: BLE001  # a row may hold anything; its reaction stays open and keeps the reason
        if len(copies) > 1:
            for one in copies:
                carry(house, [one])
        else:
            _note_failure(house, copies[0], failed)


def _carry(session: Session, copies: Sequence[Taken]) -> None:
    for taken in copies:
        assert isinstance(taken.event, CopySent)
        receive_copy(session, taken.event)


def _note_failure(house: House, one: Claimed, failed: Exception) -> None:
    with house.system.transaction(None) as session:
        reactions.fail(session, one.tenant_id, one.id, f"{type(failed).__name__}: {failed}", tries=one.rings)
    log.warning("copy_not_carried", reaction=str(one.id), exc_info=failed)


class Bell:
    """Rings one queue in a thread until told to stop.

    It dwells for a fuller batch only while rows keep coming: an idle system is not delayed, alarms never are.  Once a
    queue holds more than one claim it is crowded: then organisations take turns, and the road to the workers is kept
    short, so that nobody waits behind what another has heaped up (R34).
    """

    def __init__(self, house: House, broker: RedisBroker, queue: str) -> None:
        self.house, self.broker, self.queue = house, broker, queue
        self.dwells = queue != "alarm"
        self.poll = UNHURRIED.get(queue, POLL_SECONDS)
        self.rung_last, self.crowded, self.full = 0, False, False
        self.pulse = Pulse(house.system, every=house.settings.beat_seconds)
        self.stopping = threading.Event()

    def run(self) -> None:
        """Until `stopping` is set; a fault of PostgreSQL or Redis is logged and tried again."""
        while not self.stopping.is_set():
            try:
                with line(self.house) as connection:
                    self._keep_watch(connection)
            except Exception as trouble:  # noqa: BLE001  # whatever is away comes back; the reactions are safe meanwhile
                log.warning("bell_trouble", queue=self.queue, error=f"{type(trouble).__name__}: {trouble}"[:300])
                self.stopping.wait(TROUBLE_SECONDS)

    def _keep_watch(self, connection: Connection) -> None:
        lookout = Lookout(connection, self.queue)
        while not self.stopping.is_set():
            rung = self._once(lookout)
            self._beat()
            self.stopping.wait(self._pause(rung))
            self.rung_last = rung

    def _once(self, lookout: Lookout) -> int:
        waiting = lookout.sees()
        self.full = waiting and self._road_is_full()
        if self.full:
            return 0  # whose lease runs out now most likely stands there: to ring again would only lengthen the road
        rung = ring(self.house, lookout.line, self.broker, self.queue, in_turn=self.crowded) if waiting else 0
        self.crowded = rung >= (MOST_PER_MESSAGE if self.crowded else MOST_PER_CLAIM)
        return rung

    def _beat(self) -> None:
        """Show that this part lives; where no message waits, one for nobody lets the workers show the same."""
        if self.pulse.beat(f"bell:{self.queue}") and self.queue != COPY_QUEUE and not self._on_the_road():
            self.broker.enqueue(_message(self.queue, NOBODY, How.TOGETHER))

    def _road_is_full(self) -> bool:
        return self.queue != COPY_QUEUE and self._on_the_road() >= FULL_ROAD

    def _on_the_road(self) -> int:
        waiting: Any = self.broker.client.llen(f"dramatiq:{self.queue}")
        return int(waiting)

    def _pause(self, rung: int) -> float:
        if self.full:
            return FULL_SECONDS
        if self.dwells and rung and self.rung_last and not self.crowded:
            return min(DWELL_MOST, rung * DWELL_PER_ROW)
        return self.poll
