"""The clock of escalations: a waiting one becomes somebody's turn, an open one lapses.

1. `waiting`: `send_at` is to come (E3 for a red child); then `open`.
2. `open` with `answer_by` (E1): unanswered by then it is `lapsed`, and the head hears of it.
3. `open` without `answer_by` (E2, E3): stays until somebody answers; no clock runs.
"""

from __future__ import annotations

from shared.kernel.timers import Stage, TimedTable

from .events import EscalationDue, EscalationLapsed

ESCALATIONS = TimedTable(
    table="escalation",
    stages=(
        Stage("due", at="send_at", event=EscalationDue, sets={"state": "'open'"}),
        Stage("lapsed", at="answer_by", event=EscalationLapsed, sets={"state": "'lapsed'"}),
    ),
    payload={"escalation_id": "id", "occurrence_id": "occurrence_id", "level": "level"},
    open_when="(state = 'waiting' OR state = 'open' AND answer_by IS NOT NULL)",
)
