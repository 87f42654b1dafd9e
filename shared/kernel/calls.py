"""Reactors that call other systems: nothing is locked and no transaction is open while they do.

1. `start` writes down what is begun, in one short transaction for the whole message.
2. `run` calls; it may take seconds, and the process may die in it.
3. `finish` writes the answers and the reaction becomes `done`, in a second short transaction.

After a crash the bell rings again and `start` finds what was begun.  What is to be tried later is an event of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from .event_types import Event
from .events import record
from .reactions import Reactor, Taken, taken

CALLS = "webhook"  # the queue of these reactors; nothing else goes by it


class BeingDone(Exception):
    """Somebody else is in the middle of it, or died there a moment ago: look again in a while."""


@dataclass(frozen=True, kw_only=True)
class Caller(Reactor):
    """`start(session, events)` gives the work, or None; `run(info, works)` calls; `finish(session, work)` keeps."""

    start: Callable[[Session, Sequence[Event]], Any]
    finish: Callable[[Session, Any], None]


LOOK = text(
    """
    SELECT r.id, r.reactor, e.id AS event_id, e.name, e.payload, e.occurred_at, e.actor_id
      FROM reaction r JOIN event e ON e.tenant_id = r.tenant_id AND e.id = r.event_id
     WHERE r.tenant_id = :tenant AND r.id = ANY(:ids) AND r.state = 'open'
     ORDER BY e.id
    """
)


def look(session: Session, tenant_id: UUID, ids: Sequence[UUID]) -> list[Taken]:
    """Those that are still open, with their events, the earliest first."""
    return [taken(row) for row in session.execute(LOOK, {"tenant": tenant_id, "ids": list(ids)})]


SETTLE = text(
    """
    UPDATE reaction SET state = 'done', done_at = now()
     WHERE tenant_id = :tenant AND id = ANY(:ids) AND state = 'open'
    """
)


def settle(session: Session, tenant_id: UUID, ids: Sequence[UUID]) -> None:
    """What was begun for them is written down: done."""
    session.execute(SETTLE, {"tenant": tenant_id, "ids": list(ids)})


DELAY = text(
    """
    UPDATE reaction SET next_attempt_at = now() + :wait
     WHERE tenant_id = :tenant AND event_id = :event AND state = 'open'
    """
)


def record_for_later(session: Session, happened: Event, wait: timedelta) -> None:
    """Record an event whose reactions are rung for after `wait` (database time, not the clock of promises)."""
    record(session, happened)
    session.execute(DELAY, {"tenant": session.info["tenant_id"], "event": happened.id, "wait": wait})
