"""Everything that must happen by a time: its alarm is set, rings in time, and each stage has its event."""

from __future__ import annotations

from shared.care.timed import MISDATED
from shared.kernel.timers import TimedTable, astray, event_name_of
from shared.subscriptions import TIMED_TABLES

from .proof import LATELY, Proof

LATE = "interval '5 minutes'"  # R46
SOON = "interval '3 days'"  # of what is still open, what has its alarm by then was moved lately


def _each(sql: str) -> str:
    return " UNION ALL ".join(sql.format(table=timed.table, open=timed.open_when) for timed in TIMED_TABLES)


LATE_ROWS = _each(
    f"""
    SELECT tenant_id, '{{table}} ' || id AS what FROM {{table}}
     WHERE alert_at < (SELECT app_now()) - {LATE} AND {{open}}
    """
)
ASTRAY_ROWS = " UNION ALL ".join(
    f"SELECT tenant_id, '{timed.table} ' || id AS what FROM {timed.table} WHERE {astray(timed)}"
    for timed in TIMED_TABLES
)
MISDATED_ROWS = f"""
    SELECT tenant_id, 'occurrence ' || id AS what FROM occurrence WHERE {MISDATED}
     UNION ALL
    SELECT s.tenant_id, 'incident_step ' || s.id
      FROM incident_step s JOIN incident i ON i.tenant_id = s.tenant_id AND i.id = s.incident_id
     WHERE s.state = 'open' AND (s.breach_at <> s.due_at OR NOT EXISTS (
           SELECT FROM jsonb_array_elements(i.ladder) duty
            WHERE (duty->>'number')::int = s.number AND duty->>'tell' = s.tell
              AND i.known_at + make_interval(mins => (duty->>'minutes')::int) = s.due_at))
"""


def _unsaid(timed: TimedTable, rows: str) -> str:
    return f"""
    SELECT x.tenant_id, '{timed.table} ' || x.stage || ' ' || x.id AS what FROM {rows} AND x.stage IS NOT NULL
       AND NOT EXISTS (SELECT FROM event e WHERE e.tenant_id = x.tenant_id AND e.subject_id = x.id
                          AND e.name = {event_name_of(timed)})
    """


# Of promises and calls there are so many that only some are looked at each time: those soon to move again, those missed
# lately, those called lately.
MOVED = {
    "occurrence": (
        f"occurrence x WHERE (x.alert_at < (SELECT app_now()) + {SOON} OR :whole AND x.alert_at IS NOT NULL)",
        f"organisation o JOIN occurrence x ON x.tenant_id = o.id AND x.state = 'missed' AND {LATELY} WHERE true",
    ),
    "escalation": ("organisation o JOIN escalation x ON x.tenant_id = o.id AND x.id > :since_id WHERE true",),
}
UNSAID_ROWS = " UNION ALL ".join(
    _unsaid(timed, rows) for timed in TIMED_TABLES for rows in MOVED.get(timed.table, (f"{timed.table} x WHERE true",))
)

TIMED = (
    Proof(
        "late",
        "rows whose time came over five minutes ago and that nobody moved on",
        "see that hehu clock runs and reaches PostgreSQL; its log says sweeper_trouble where one table fails",
        LATE_ROWS,
    ),
    Proof(
        "alarm_astray",
        "open rows whose alarm is missing or not when their next stage begins, or ended rows that still have one",
        "nothing would ever come of these: find out who wrote them, set alert_at to the time of the next stage",
        ASTRAY_ROWS,
        by_index=True,
    ),
    Proof(
        "misdated",
        "promises and duties whose times do not follow from their window, or from when the incident was known",
        "compare with the plan item or the incident's ladder, and mend due_at, grace_until or breach_at",
        MISDATED_ROWS,
        by_index=True,
    ),
    Proof(
        "stage_unsaid",
        "rows that reached a stage of which there is no event, so nobody heard of it",
        "tell the people concerned; restore the event from a backup, or let the row move again by the sweeper",
        UNSAID_ROWS,
    ),
)
