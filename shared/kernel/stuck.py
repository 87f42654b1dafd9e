"""Timed rows that the sweep cannot move: parked where failed effects are parked, and left out until somebody replays.

1. A row that makes the statement fail is found by halving (sweeper.py) and parked: an event of its organisation with
   one reaction, born parked, so that page, command and alarm show it with all others.
2. While it is parked the sweep passes the row by; `alert_at` stays, so that it goes on counting as late.
3. A replay opens the reaction: its reactor has nothing to do, the next sweep tries the row again, and parks it again
   where it still fails.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from .event_types import Event, event
from .ids import derived_id, new_id
from .reactions import MAX_ATTEMPTS, reactor


@event("timer.stuck", subject="row_id")
class TimerStuck(Event):
    """The sweep failed at this row of `table`."""

    row_id: UUID
    table: str


@reactor("timers.sweep_again")
def sweep_again(session: Session, stuck: TimerStuck, *, now: datetime) -> None:
    """Nothing to do here: that it is not parked any more is what the sweeper looks at."""


STUCK = text(
    """
    SELECT e.subject_id FROM reaction r JOIN event e ON e.tenant_id = r.tenant_id AND e.id = r.event_id
     WHERE r.state = 'parked' AND r.reactor = :reactor
    """
)
WRITE_EVENT = text(
    """
    INSERT INTO event (tenant_id, id, name, version, subject_id, payload, occurred_at)
    VALUES (:tenant, :event, :name, 1, :row,
            jsonb_build_object('row_id', CAST(:row AS uuid), 'table', CAST(:table AS text)), :now)
    ON CONFLICT (tenant_id, id) DO NOTHING
    """
)
PARK = text(
    """
    INSERT INTO reaction (tenant_id, id, event_id, reactor, queue, state, attempts, last_error)
    VALUES (:tenant, :id, :event, :reactor, :queue, 'parked', :attempts, :error)
    ON CONFLICT (tenant_id, event_id, reactor) DO UPDATE
       SET state = 'parked', attempts = excluded.attempts, last_error = excluded.last_error, done_at = NULL
    """
)


def stuck(session: Session) -> Sequence[UUID]:
    """The rows that wait for somebody, of all organisations (hehu_system)."""
    return session.execute(STUCK, {"reactor": sweep_again.name}).scalars().all()


def park(session: Session, table: str, tenant_id: UUID, row_id: UUID, error: str) -> None:
    """Leave this row out from now on, and say so (hehu_system); a repeat is the same row."""
    given = {
        "tenant": tenant_id,
        "event": derived_id(row_id, f"{TimerStuck.name}:{table}"),
        "name": TimerStuck.name,
        "row": row_id,
        "table": table,
        "now": session.info["app_now"],
    }
    session.execute(WRITE_EVENT, given)
    done = {"id": new_id(), "reactor": sweep_again.name, "queue": sweep_again.queue, "attempts": MAX_ATTEMPTS}
    session.execute(PARK, given | done | {"error": error[:500]})
