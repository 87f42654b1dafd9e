"""The clock of rosters in hand: 24 hours after their upload the staged rows go."""

from __future__ import annotations

from shared.kernel.timers import Stage, TimedTable

from .events import RosterExpired

# A confirmed roster stays confirmed; its rows (the wrong ones may be fetched for a day) go all the same.
_STATE = "CASE WHEN state = 'open' THEN 'expired' ELSE state END"

ROSTER_IMPORTS = TimedTable(
    table="roster_import",
    stages=(Stage("expired", "expires_at", RosterExpired, sets={"state": _STATE}),),
    payload={"import_id": "id"},
    open_when="(state = 'open' OR (state = 'confirmed' AND stage IS NULL))",
)
