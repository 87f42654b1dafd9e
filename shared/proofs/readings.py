"""How old, how many, how late: the figures that alerts and `hehu doctor` watch, none of them by organisation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.kernel.pulse import PARTS
from shared.kernel.reactions import COPY_QUEUE, QUEUES
from shared.subscriptions import TIMED_TABLES

from .outbox import STUCK

STATES = ("queued", "sending", "sent", "delivered", "read", "failed", "unknown")
AGES = text(
    """
    SELECT queue, extract(epoch FROM now() - min(created_at))::float AS age FROM reaction
     WHERE state = 'open' GROUP BY queue
    """
)
COUNTS = text(
    f"""
    SELECT (SELECT count(*) FROM reaction WHERE state = 'open' AND {STUCK}),
           (SELECT count(*) FROM reaction WHERE state = 'parked')
    """
)
LATENESS = " UNION ALL ".join(
    f"""SELECT '{timed.table}' AS name, greatest(0, extract(epoch FROM app_now() - min(alert_at)))::float AS late
          FROM {timed.table} WHERE alert_at IS NOT NULL AND {timed.open_when}"""
    for timed in TIMED_TABLES
)
SILENCE = text("SELECT part, extract(epoch FROM now() - at)::float FROM beat")
DELIVERIES = text(
    """
    SELECT d.channel, d.state, count(*), extract(epoch FROM app_now() - min(d.state_at))::float AS oldest
      FROM organisation o
      JOIN delivery d ON d.tenant_id = o.id AND d.state = ANY(:states)
       AND d.created_at > (SELECT app_now()) - interval '1 day'
     GROUP BY d.channel, d.state
    """
)


@dataclass(frozen=True)
class Readings:
    """Ages and silences in seconds; `deliveries` of the last day by (channel, state), `waits` of the oldest unsent."""

    oldest_open: dict[str, float]
    stuck: int
    parked: int
    late: dict[str, float]
    silent: dict[str, float]
    deliveries: dict[tuple[str, str], int]
    waits: dict[str, float]


def read(session: Session) -> Readings:
    """Look at everything once (hehu_auditor).  A part that never showed itself is silent for ever (infinity)."""
    ages = dict(_pairs(session, AGES))
    [(stuck, parked)] = session.execute(COUNTS).tuples()
    seen = dict(_pairs(session, SILENCE))
    rows = session.execute(DELIVERIES, {"states": list(STATES)}).tuples().all()
    waits: dict[str, float] = {channel: 0.0 for channel, _, _, _ in rows}
    for channel, state, _, oldest in rows:
        if state in ("queued", "sending"):
            waits[channel] = max(waits[channel], oldest)
    return Readings(
        oldest_open={queue: ages.get(queue, 0.0) for queue in (*QUEUES, COPY_QUEUE)},
        stuck=stuck,
        parked=parked,
        late={name: late or 0.0 for name, late in _pairs(session, text(LATENESS))},
        silent={part: seen.get(part, float("inf")) for part in PARTS},
        deliveries={(channel, state): count for channel, state, count, _ in rows},
        waits=waits,
    )


def _pairs(session: Session, statement: Any) -> list[tuple[str, float]]:
    return list(session.execute(statement).tuples())
