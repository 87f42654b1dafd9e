"""What was acknowledged, against the effects that took place: lost, doubled, late."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg

from shared.kernel.probe import ANSWERED
from tests.support.cluster import Urls, dsn

WRITTEN = ("incident", "incident_step", "notice", "delivery", "copied_message")
COUNTED = {
    "event": "SELECT count(*) FROM event WHERE name NOT LIKE 'rollup.%' AND name <> 'probe.sent'",
    "audit_entry": "SELECT count(*) FROM audit_entry WHERE action <> 'probe.answered'",
    **{table: f"SELECT count(*) FROM {table}" for table in WRITTEN},
}
EFFECTS = """
    SELECT subject_id, count(*) FROM audit_entry WHERE action = %s AND created_at >= %s GROUP BY subject_id
"""
LATE = """
    SELECT count(*), percentile_cont(ARRAY[0.5, 0.95, 1]) WITHIN GROUP (ORDER BY extract(epoch FROM
           pg_xact_commit_timestamp(reaction.xmin) - pg_xact_commit_timestamp(event.xmin))::float)
      FROM reaction JOIN event ON event.tenant_id = reaction.tenant_id AND event.id = reaction.event_id
     WHERE reaction.state = 'done' AND event.recorded_at >= %s
"""


@dataclass
class Ledger:
    """The probes that were acknowledged since it was opened."""

    acked: set[UUID] = field(default_factory=set)
    since: datetime = field(default_factory=lambda: datetime.now(UTC))

    def compare(self, urls: Urls) -> tuple[int, int]:
        """(lost, doubled) as hehu_backup sees it; prints them, and how late all effects were, from commit to commit."""
        with psycopg.connect(dsn(urls.backup)) as connection:
            effects: dict[UUID, int] = dict(connection.execute(EFFECTS, [ANSWERED, self.since]).fetchall())
            late: Any = connection.execute(LATE, [self.since]).fetchone()
        lost = len(self.acked - set(effects))
        doubled = sum(count - 1 for count in effects.values())
        print(f"acknowledged {len(self.acked)}, effects {sum(effects.values())}, lost {lost}, doubled {doubled}")
        if late[0]:
            p50, p95, most = late[1]
            print(f"{late[0]} reactions late by p50 {p50:.2f} s, p95 {p95:.2f} s, max {most:.2f} s")
        return lost, doubled


def totals(urls: Urls) -> Counter[str]:
    """Rows of every table that an incident writes to, in all organisations."""
    with psycopg.connect(dsn(urls.backup)) as connection:
        rows = {table: connection.execute(query.encode()).fetchone() for table, query in COUNTED.items()}
    return Counter({table: row[0] for table, row in rows.items() if row})
