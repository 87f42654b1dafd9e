"""Rings for every open reaction until it is done; also carries copied messages across."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import dramatiq
import structlog
from dramatiq.brokers.redis import RedisBroker
from sqlalchemy import Connection

from shared.bootstrap import House
from shared.kernel import reactions
from shared.kernel.crash import crash_point
from shared.kernel.events import CopySent, receive_copy
from shared.kernel.reactions import Claimed

from .broker import ACTOR

POLL_SECONDS = 0.015
COPY_QUEUE = "copy"  # not one of Redis: the bell itself writes copied messages, as hehu_system
DWELL_PER_ROW = 0.002
DWELL_MOST = 0.25
MOST_PER_CLAIM = 500
MOST_PER_MESSAGE = 100
FULL_QUEUE = 200  # messages; more would only wait until their lease runs out
TROUBLE_SECONDS = 0.5

log = structlog.get_logger()
Groups = list[tuple[str, list[str]]]


def ring(house: House, broker: RedisBroker, queues: Sequence[str]) -> int:
    """Claim what is open and due and send its messages.  Returns the number of reactions rung."""
    lease = timedelta(seconds=house.settings.lease_seconds)
    with house.system.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        claimed = reactions.claim(connection, queues, lease=lease, most=MOST_PER_CLAIM)
        carry(house, [one for one in claimed if one.queue == COPY_QUEUE])  # first: they need no Redis
        if rung := [one for one in claimed if one.queue != COPY_QUEUE]:
            _send(connection, broker, rung)
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
        if one.rings > 1:
            yield _message(one.queue, _grouped([one]), rung_before=True)
        else:
            fresh[one.queue].append(one)
    for queue, rows in fresh.items():
        for start in range(0, len(rows), MOST_PER_MESSAGE):
            yield _message(queue, _grouped(rows[start : start + MOST_PER_MESSAGE]), rung_before=False)


def _message(queue: str, batch: Groups, *, rung_before: bool) -> dramatiq.Message[None]:
    return dramatiq.Message(queue_name=queue, actor_name=ACTOR, args=(batch, rung_before), kwargs={}, options={})


def _grouped(rows: Sequence[Claimed]) -> Groups:
    groups: dict[UUID, list[str]] = defaultdict(list)
    for row in rows:
        groups[row.tenant_id].append(str(row.id))
    return [(str(tenant), ids) for tenant, ids in sorted(groups.items())]


def carry(house: House, copies: Sequence[Claimed]) -> None:
    """Write copied messages in the organisations they are for; each with its `done` in one commit."""
    for one in copies:
        with house.system.transaction(None) as session:
            for taken in reactions.take(session, one.tenant_id, [one.id]):
                assert isinstance(taken.event, CopySent)
                receive_copy(session, taken.event)


class Bell:
    """Rings some queues in a thread until told to stop.

    It dwells for a fuller batch only while rows keep coming: an idle system is not delayed, alarms never are.
    """

    def __init__(self, house: House, broker: RedisBroker, queues: Sequence[str]) -> None:
        self.house, self.broker, self.queues = house, broker, tuple(queues)
        self.dwells = "alarm" not in self.queues
        self.rung_last, self.crowded = 0, False
        self.stopping = threading.Event()

    def run(self) -> None:
        """Until `stopping` is set; a fault of PostgreSQL or Redis is logged and tried again."""
        while not self.stopping.is_set():
            try:
                rung = self._once()
            except Exception as trouble:  # noqa: BLE001  # whatever is away comes back; the reactions are safe meanwhile
                log.warning("bell_trouble", error=f"{type(trouble).__name__}: {trouble}"[:300])
                self.stopping.wait(TROUBLE_SECONDS)
                continue
            self.stopping.wait(self._pause(rung))
            self.rung_last = rung

    def _once(self) -> int:
        if self.crowded and self._is_full():
            return 0
        rung = ring(self.house, self.broker, self.queues)
        self.crowded = rung >= MOST_PER_CLAIM  # only then it is worth asking Redis before the next claim
        return rung

    def _is_full(self) -> bool:
        waiting: list[Any] = [self.broker.client.llen(f"dramatiq:{queue}") for queue in self.queues]
        return bool(max(waiting) > FULL_QUEUE)

    def _pause(self, rung: int) -> float:
        if self.dwells and rung and self.rung_last:
            return min(DWELL_MOST, rung * DWELL_PER_ROW)
        return POLL_SECONDS
