"""Every promise whose time is up has exactly one end, and the records, events and notes beside it say the same one."""

from __future__ import annotations

from .books import Books, Finding

TOLERANCE = "interval '1 minute'"
# What speaks for an end, without a look at `state`: records that count, the event of the miss, an excuse's reason.
ENDS = f"""
    WITH counted AS (
        SELECT l.tenant_id, l.occurrence_id, count(*) AS acts,
               count(*) FILTER (WHERE r.on_day <= o.window_end) AS in_time
          FROM occurrence_record l
          JOIN care_record r ON r.tenant_id = l.tenant_id AND r.id = l.record_id AND r.state = 'valid'
          JOIN occurrence o ON o.tenant_id = l.tenant_id AND o.id = l.occurrence_id
         GROUP BY l.tenant_id, l.occurrence_id
    ), missed AS (
        SELECT tenant_id, subject_id, count(*) AS times FROM event WHERE name = 'occurrence.missed' GROUP BY 1, 2
    ), due AS (
        SELECT o.id, o.state, coalesce(n.acts, 0) >= o.times AS kept, coalesce(n.in_time, 0) >= o.times AS in_time,
               coalesce(m.times, 0) AS missed, (o.excuse IS NOT NULL)::int AS excused, (o.state = 'void')::int AS void,
               o.ended_at IS NULL OR o.alert_at IS NOT NULL AS still_runs
          FROM occurrence o
          LEFT JOIN counted n ON n.tenant_id = o.tenant_id AND n.occurrence_id = o.id
          LEFT JOIN missed m ON m.tenant_id = o.tenant_id AND m.subject_id = o.id
         WHERE o.grace_until <= app_now() - {TOLERANCE} OR o.state <> 'open'
    )
    SELECT count(*) AS due,
           count(*) FILTER (WHERE state = 'done') AS done,
           count(*) FILTER (WHERE state = 'late') AS late,
           count(*) FILTER (WHERE state = 'missed') AS missed,
           count(*) FILTER (WHERE state = 'excused') AS excused,
           count(*) FILTER (WHERE state = 'void') AS void,
           count(*) FILTER (WHERE state = 'open') AS open,
           count(*) FILTER (WHERE kept::int + missed + excused + void <> 1) AS not_one_end,
           count(*) FILTER (WHERE state <> CASE WHEN missed > 0 THEN 'missed' WHEN excused > 0 THEN 'excused'
                WHEN void > 0 THEN 'void' WHEN kept AND in_time THEN 'done' WHEN kept THEN 'late' ELSE 'open' END
           ) AS another_end,
           count(*) FILTER (WHERE still_runs) AS still_run
      FROM due
"""
# Of those that still run: the stage is the last one that has begun, and the clock is set to the next.
RUNNING = f"""
    SELECT count(*) AS running,
           count(*) FILTER (WHERE stage IS DISTINCT FROM CASE
                WHEN due_at <= app_now() - {TOLERANCE} THEN 'overdue'
                WHEN due_soon_at <= app_now() - {TOLERANCE} THEN 'due_soon' END) AS wrong_stage,
           count(*) FILTER (WHERE alert_at IS NULL OR alert_at < app_now() - {TOLERANCE}) AS unwatched
      FROM occurrence WHERE state = 'open'
"""
FAULTS = {
    "open": "still open after their grace",
    "not_one_end": "without exactly one end",
    "another_end": "whose records and events say another end",
    "still_run": "ended, and their clock runs on",
    "wrong_stage": "at a wrong stage",
    "unwatched": "open, and no clock runs",
}


def check(books: Books) -> Finding:
    """Counts by end, and everything that has none, two, or the wrong one."""
    found = books.one(ENDS) | books.one(RUNNING)
    wrong = tuple(f"{found[fault]} {said}" for fault, said in FAULTS.items() if found[fault])
    kept = ("done", "late", "missed", "excused", "void")
    fell_due = max(1, sum(found[end] for end in kept[:3]))
    shares = ", ".join(f"{found[end]:,} {end} ({found[end] / fell_due:.1%})" for end in kept[:3])
    rest = f"{found['excused']:,} excused, {found['void']:,} void, {found['running']:,} still to come"
    return Finding(f"{found['due']:,} ended: {shares}, {rest}", {end: found[end] for end in ("due", *kept)}, wrong)
