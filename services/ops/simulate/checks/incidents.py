"""Incidents: each duty to tell ended as its telling says, and was breached where its clock ran out first."""

from __future__ import annotations

from .books import Books, Finding

DUTIES = """
    WITH breached AS (SELECT tenant_id, subject_id AS id, count(*) AS times FROM event
                       WHERE name = 'incident.step_breached' GROUP BY 1, 2),
         done AS (SELECT tenant_id, (payload ->> 'step_id')::uuid AS id, count(*) AS times FROM event
                   WHERE name = 'incident.step_done' GROUP BY 1, 2),
         duty AS (
        SELECT s.state, s.due_at, coalesce(b.times, 0) AS breaches, coalesce(d.times, 0) AS ends,
               n.protective AND s.child_id IS NOT NULL AS excluded, n.state AS incident_state,
               coalesce(s.told_at, s.confirmed_by_recipient_at) AS told_at,
               -- when it was entered: from then on no clock runs
               least(s.confirmed_by_recipient_at, e.occurred_at) AS entered_at
          FROM incident_step s
          JOIN incident n ON n.tenant_id = s.tenant_id AND n.id = s.incident_id
          LEFT JOIN breached b ON b.tenant_id = s.tenant_id AND b.id = s.id
          LEFT JOIN done d ON d.tenant_id = s.tenant_id AND d.id = s.id
          LEFT JOIN event e ON e.tenant_id = s.tenant_id AND e.name = 'incident.step_done'
               AND e.payload ->> 'step_id' = s.id::text
    )
    SELECT count(*) AS duties,
           count(*) FILTER (WHERE state = 'done') AS done,
           count(*) FILTER (WHERE state = 'done_late') AS late,
           count(*) FILTER (WHERE state = 'excluded') AS excluded,
           count(*) FILTER (WHERE state <> CASE WHEN excluded THEN 'excluded' WHEN told_at IS NULL THEN 'open'
                WHEN told_at <= due_at THEN 'done' ELSE 'done_late' END) AS another_end,
           count(*) FILTER (WHERE ends <> (told_at IS NOT NULL)::int) AS not_one_end,
           count(*) FILTER (WHERE breaches <> (NOT excluded AND due_at < app_now() - interval '1 minute'
                AND coalesce(entered_at, 'infinity') > due_at)::int) AS breach,
           count(*) FILTER (WHERE incident_state = 'closed' AND state = 'open') AS closed_too_soon
      FROM duty
"""
FAULTS = {
    "another_end": "duties whose telling says another end",
    "not_one_end": "duties without exactly one event of their end",
    "breach": "duties breached wrongly, or not at all",
    "closed_too_soon": "duties open in a closed incident",
}


def check(books: Books) -> Finding:
    """Duties by end, and whose end or breach is wrong."""
    found = books.one(DUTIES) | books.one("SELECT count(*) AS incidents FROM incident")
    wrong = tuple(f"{found[fault]} {said}" for fault, said in FAULTS.items() if found[fault])
    said = f"{found['incidents']:,} incidents, {found['duties']:,} duties to tell: {found['done']:,} in time, "
    said += f"{found['late']:,} late, {found['excluded']:,} left out for the child's protection"
    return Finding(said, {name: found[name] for name in ("incidents", "duties", "done", "late")}, wrong)
