"""The clock of this room as data: when figures have to be computed again."""

from __future__ import annotations

from shared.kernel.timers import Stage, TimedTable

from .events import RollupStale

ORG_FACTS = TimedTable(
    table="org_fact",
    stages=(Stage("stale", "stale_at", RollupStale),),
    payload={"organisation_id": "tenant_id"},
    open_when="stale_at IS NOT NULL",
)
