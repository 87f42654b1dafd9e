"""Reactors and the life of a reaction: open, rung, done or parked.

1. `record()` (events.py) writes the reaction `open` with its event.
2. The bell claims it: `lease_until` moves ahead, `rings` counts, one message goes out.  A lease that ran out
   is rung again, for ever.
3. The worker takes it by `take()`, which marks it `done` in the same transaction as the reactor's effect.
4. A failure sets `next_attempt_at` (back-off kept here, never in the queue); the fifth parks it.
5. Only the first attempt goes uncounted, in a batch.  From the second on each is counted here before it begins, and
   made by itself; after two that came to no end, in a process of its own (R27).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, TextClause, text
from sqlalchemy.orm import Session

from .event_types import EVENTS, Event, revive

MAX_ATTEMPTS = 5
BACK_OFF = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
LOST_BESIDE_OTHERS = 2  # attempts without an end after which nobody else is put at risk
DIED = "Died: its process ended in the middle of it, was ended because it hung, or had no memory left"
UNCOUNTED_WAIT, MOST_WAITS = timedelta(seconds=2), 10  # a wait more with each ring: at last 20 s between looks
QUEUES = ("alarm", "default", "bulk", "webhook")
COPY_QUEUE = "copy"  # not one of Redis: the bell itself writes copied messages, as hehu_system


@dataclass(frozen=True)
class Reactor:
    """A named effect.  `once_per_batch` reactors get all events of a batch at once, and run once for them.

    `only`: what the payload must contain; an event without it owes this reactor nothing.
    """

    name: str
    queue: str
    run: Callable[..., None]
    once_per_batch: bool = False
    only: Mapping[str, str | bool] = field(default_factory=dict, hash=False)

    def when(self, **only: str | bool) -> Reactor:
        """This reactor, for those events alone that have these values."""
        return replace(self, only=only)

    def hears(self, payload: Mapping[str, Any]) -> bool:
        """Whether an event with this payload concerns it; `HEARS` says the same in SQL."""
        return all(payload.get(name) == value for name, value in self.only.items())

    def react(self, session: Session, events: Sequence[Event], *, now: datetime) -> None:
        """To all of them in one go, or to one after the other."""
        if self.once_per_batch:
            self.run(session, events, now=now)
            return
        for event in events:
            self.run(session, event, now=now)


def reactor(name: str, *, queue: str = "default", once_per_batch: bool = False) -> Callable[..., Reactor]:
    """Declare a reactor: `(session, event, *, now)`, or `(session, events, *, now)` once per batch."""

    def declare(run: Callable[..., None]) -> Reactor:
        return Reactor(name=name, queue=queue, run=run, once_per_batch=once_per_batch)

    return declare


class How(StrEnum):
    """In whose company a reaction is done; all but TOGETHER are counted before."""

    TOGETHER = "together"
    ALONE = "alone"
    APART = "apart"  # in a process of its own


@dataclass(frozen=True)
class Claimed:
    """A reaction rung by the bell; `rings` counts this one."""

    tenant_id: UUID
    id: UUID
    queue: str
    rings: int
    how: How


@dataclass(frozen=True)
class Taken:
    """A reaction in hand, with its event; `event` is None where this release does not know its name."""

    id: UUID
    reactor: str
    event: Event | None


HEARS = "payload @> CAST(duty.wanted AS jsonb)"
DUE = "GREATEST(next_attempt_at, lease_until)"
OLDEST = f"""
    SELECT ctid FROM reaction
     WHERE state = 'open' AND queue = :queue AND {DUE} <= now()
     ORDER BY {DUE} LIMIT :most
"""
# Organisation after organisation by skipping along the index, of each its oldest: everybody's first goes before
# anybody's second, however many one of them has waiting (R34).
IN_TURN = f"""
    WITH RECURSIVE waiting AS (
        (SELECT tenant_id FROM reaction WHERE state = 'open' AND queue = :queue ORDER BY tenant_id LIMIT 1)
        UNION ALL
        SELECT following.tenant_id FROM waiting w, LATERAL (
               SELECT tenant_id FROM reaction
                WHERE state = 'open' AND queue = :queue AND tenant_id > w.tenant_id
                ORDER BY tenant_id LIMIT 1) following
    ), turns AS (
        SELECT oldest.place FROM waiting w, LATERAL (
               SELECT ctid AS place, {DUE} AS due, row_number() OVER (ORDER BY {DUE}) AS turn FROM reaction
                WHERE state = 'open' AND queue = :queue AND tenant_id = w.tenant_id AND {DUE} <= now()
                ORDER BY {DUE} LIMIT :share) oldest
         ORDER BY oldest.turn, oldest.due LIMIT :most
    )
    SELECT ctid FROM reaction
     WHERE ctid = ANY(ARRAY(SELECT place FROM turns)) AND state = 'open' AND {DUE} <= now()
"""


def _claim(chosen: str) -> TextClause:
    return text(
        f"""
        UPDATE reaction SET lease_until = now() + :lease, rings = rings + 1
         WHERE ctid = ANY(ARRAY({chosen} FOR NO KEY UPDATE SKIP LOCKED)) AND state = 'open'
        RETURNING tenant_id, id, queue, rings,
                  CASE WHEN rings = 1 AND attempts = 0 THEN 'together'
                       WHEN attempts >= :lost AND last_error IS NULL THEN 'apart'
                       ELSE 'alone' END AS how
        """
    )


CLAIM, CLAIM_IN_TURN = _claim(OLDEST), _claim(IN_TURN)


def claim(
    connection: Connection, queue: str, *, lease: timedelta, most: int, share: int | None = None
) -> list[Claimed]:
    """Lease up to `most` open, due reactions, the oldest first (hehu_system).  Two bells never get the same one.

    With `share` organisations take turns, and none gets more than that many: for a queue that one of them has filled.
    """
    given = {"queue": queue, "lease": lease, "most": most, "lost": LOST_BESIDE_OTHERS}
    rows = connection.execute(CLAIM_IN_TURN if share else CLAIM, given | {"share": share} if share else given)
    return [Claimed(row.tenant_id, row.id, row.queue, row.rings, How(row.how)) for row in rows]


TAKE = text(
    """
    UPDATE reaction r SET state = 'done', done_at = now()
      FROM event e
     WHERE r.ctid = ANY(ARRAY(
           SELECT ctid FROM reaction
            WHERE tenant_id = :tenant AND id = ANY(:ids) AND state = 'open'
            FOR NO KEY UPDATE SKIP LOCKED))
       AND r.state = 'open' AND e.tenant_id = r.tenant_id AND e.id = r.event_id
    RETURNING r.id, r.reactor, e.id AS event_id, e.name, e.payload, e.occurred_at, e.actor_id
    """
)


def take(session: Session, tenant_id: UUID, ids: Sequence[UUID]) -> list[Taken]:
    """Mark the still open ones done and hand them over; the caller's effects commit with that mark."""
    rows = session.execute(TAKE, {"tenant": tenant_id, "ids": list(ids)})
    return sorted((taken(row) for row in rows), key=lambda one: str(one.id))


def taken(row: Any) -> Taken:
    """A row of `id, reactor, event_id, name, payload, occurred_at, actor_id` as the reaction in hand."""
    known = row.name in EVENTS
    event = revive(row.name, row.payload, id=row.event_id, at=row.occurred_at, actor_id=row.actor_id) if known else None
    return Taken(row.id, row.reactor, event)


COUNT = text(
    """
    UPDATE reaction
       SET attempts = CASE WHEN attempts >= :most THEN attempts ELSE greatest(attempts + 1, 2) END,
           state = CASE WHEN attempts >= :most THEN 'parked' ELSE state END,
           last_error = CASE WHEN attempts >= :most THEN coalesce(last_error, :died) END
     WHERE ctid = ANY(ARRAY(
           SELECT ctid FROM reaction WHERE tenant_id = :tenant AND id = :id AND state = 'open'
           FOR NO KEY UPDATE SKIP LOCKED))
       AND state = 'open'
    RETURNING state
    """
)


def count_attempt(session: Session, tenant_id: UUID, reaction_id: UUID) -> bool:
    """Count an attempt before the work, so that one which kills its process is counted; until it ends, no error stands.

    False: parked, gone, or in somebody's hand, who may hang; waiting for it would hang this thread too.  The first
    attempt went uncounted, so the count is at least two then.
    """
    given = {"tenant": tenant_id, "id": reaction_id, "most": MAX_ATTEMPTS, "died": DIED}
    return session.execute(COUNT, given).scalar() == "open"


FAIL = text(
    """
    UPDATE reaction
       SET attempts = greatest(attempts, :counted), last_error = :error, lease_until = '-infinity',
           next_attempt_at = now() + (:waits)[least(greatest(attempts, :counted), :last)],
           state = CASE WHEN greatest(attempts, :counted) >= :most THEN 'parked' ELSE state END
     WHERE tenant_id = :tenant AND id = :id AND state = 'open'
    """
)


def fail(session: Session, tenant_id: UUID, reaction_id: UUID, error: str, *, tries: int = 1) -> None:
    """Keep the reason and the next time; the fifth failure parks it.  `tries`: how many were not counted before."""
    given = {"tenant": tenant_id, "id": reaction_id, "counted": tries, "error": error[:500]}
    session.execute(FAIL, given | {"waits": list(BACK_OFF), "last": len(BACK_OFF), "most": MAX_ATTEMPTS})


UNCOUNTED = "attempts = CASE WHEN attempts > 2 THEN attempts - 1 ELSE 0 END"
POSTPONE = text(
    f"""
    UPDATE reaction
       SET next_attempt_at = now() + :wait * least(greatest(rings, 1), :most), lease_until = '-infinity',
           last_error = :why, {UNCOUNTED}
     WHERE tenant_id = :tenant AND id = :id AND state = 'open'
    """
)


def postpone(session: Session, tenant_id: UUID, reaction_id: UUID, *, why: str) -> None:
    """Not the reactor's fault: a name only a newer release knows, a lost connection (R28).

    It waits without counting, and goes by itself from now on.  Thousands that wait for the newer release through a
    long change-over must not keep the older workers busy: the more often one was rung, the longer it waits.
    """
    given = {"tenant": tenant_id, "id": reaction_id, "wait": UNCOUNTED_WAIT, "most": MOST_WAITS, "why": why}
    session.execute(POSTPONE, given)


GIVE_BACK = text(f"UPDATE reaction SET {UNCOUNTED} WHERE tenant_id = :tenant AND id = :id AND state = 'open'")


def give_back(session: Session, tenant_id: UUID, reaction_id: UUID) -> None:
    """Of an attempt that was counted and met no work, since another had it in hand: counted, it would park too soon.

    Raises OperationalError where the other holds it for over a second.
    """
    session.execute(text("SET LOCAL lock_timeout = '1s'"))
    session.execute(GIVE_BACK, {"tenant": tenant_id, "id": reaction_id})


RELEASE = text(
    """
    UPDATE reaction SET lease_until = '-infinity', rings = rings - 1
     WHERE (tenant_id, id) IN (SELECT * FROM unnest(CAST(:tenants AS uuid[]), CAST(:ids AS uuid[])))
       AND state = 'open'
    """
)


def release(connection: Connection, claimed: Sequence[Claimed]) -> None:
    """Give claimed reactions back: the queue did not take their message (hehu_system)."""
    given = {"tenants": [one.tenant_id for one in claimed], "ids": [one.id for one in claimed]}
    connection.execute(RELEASE, given)


REPLAY = text(
    """
    UPDATE reaction
       SET state = 'open', attempts = 0, rings = 0, next_attempt_at = now(), lease_until = '-infinity'
     WHERE tenant_id = :tenant AND id = :id AND state = 'parked'
    RETURNING id
    """
)


def replay(session: Session, tenant_id: UUID, reaction_id: UUID) -> bool:
    """Open a parked reaction again; False where it is not parked any more."""
    return session.execute(REPLAY, {"tenant": tenant_id, "id": reaction_id}).scalar() is not None
