"""Events by the thousand in one statement, as an import or a plan change leaves them."""

from typing import Any
from uuid import UUID

import psycopg

HEAP = """
    WITH heaped AS (
        INSERT INTO event (tenant_id, id, name, version, subject_id, payload, occurred_at)
        SELECT %(tenant)s, id, 'probe.sent', 1, id, jsonb_build_object('probe_id', id), now()
          FROM (SELECT hehu_uuid7() AS id FROM generate_series(1, %(count)s)) made
        RETURNING id
    )
    INSERT INTO reaction (tenant_id, id, event_id, reactor, queue)
    SELECT %(tenant)s, hehu_uuid7(), id, 'answer_probe', 'default' FROM heaped
"""


def heap(connection: psycopg.Connection[Any], tenant: UUID, count: int) -> None:
    """`count` probes of one organisation at once."""
    connection.execute(HEAP, {"tenant": tenant, "count": count})
