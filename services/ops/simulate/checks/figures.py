"""The figures of every organisation, counted anew from its rows; and that each child counts once in the county."""

from __future__ import annotations

from .books import Books, Finding, differences

VISITS = "'home_visit', 'field_visit'"
CARERS = (
    "'proxy_parent', 'loving_parent', 'mentor', 'teacher_mother', 'child_director', 'village_official', "
    "'love_counsellor', 'grid_worker', 'cadre_mentor'"
)
PARTS = f"""
    today AS MATERIALIZED (
        SELECT app_now() AS now, timezone('Asia/Shanghai', app_now())::date AS day
    ), county AS MATERIALIZED (
        SELECT max(starts_on) AS began FROM county_term, today WHERE starts_on <= day
    ), place AS MATERIALIZED (
        SELECT o.id, o.kind, o.pupils_total, coalesce(
               (SELECT max(t.starts_on) FROM term t, today WHERE t.tenant_id = o.id AND t.starts_on <= day),
               (SELECT began FROM county)) AS began
          FROM organisation o
    ), holder AS MATERIALIZED (  -- a child on several rolls counts on one: the school's before all others
        SELECT c.*, p.began, c.status = 'active' AS active,
               c.status = 'active' AND c.left_behind AND (c.person_key IS NULL OR 1 = row_number() OVER (
                   PARTITION BY c.person_key ORDER BY (c.status = 'active') DESC, c.left_behind DESC,
                   array_position(ARRAY['school', 'kindergarten', 'village', 'community'], p.kind), c.tenant_id, c.id
               )) AS counts
          FROM child c JOIN place p ON p.id = c.tenant_id
    ), promise AS MATERIALIZED (
        SELECT o.tenant_id, o.child_id, o.state, o.kind IN ({VISITS}) AS visit, o.grace_until <= now AS over
          FROM occurrence o JOIN place p ON p.id = o.tenant_id, today
         WHERE o.child_id IS NOT NULL AND o.state IN ('open', 'done', 'late', 'missed') AND o.window_start <= day
           AND o.grace_until >= timezone('Asia/Shanghai', p.began::timestamp)
    ), roll AS MATERIALIZED (
        SELECT h.tenant_id, count(*) FILTER (WHERE active) AS children,
               count(*) FILTER (WHERE active AND left_behind) AS left_behind, count(*) FILTER (WHERE counts) AS counted,
               count(*) FILTER (WHERE counts AND dossier_complete) AS counted_dossier,
               count(*) FILTER (WHERE counts AND EXISTS (
                   SELECT FROM assignment a WHERE a.tenant_id = h.tenant_id AND a.child_id = h.id
                      AND a.role IN ({CARERS}) AND day BETWEEN a.from_on AND coalesce(a.until_on, 'infinity'))
               ) AS counted_paired,
               count(*) FILTER (WHERE active AND left_behind AND no_guardian) AS no_guardian,
               count(*) FILTER (WHERE counts AND m.child_id IS NOT NULL) AS missed_children,
               count(*) FILTER (WHERE counts AND m.child_id IS NOT NULL AND risk_level = 'red') AS missed_red
          FROM holder h
          LEFT JOIN (SELECT DISTINCT tenant_id, child_id FROM promise WHERE visit AND state = 'missed') m
            ON m.tenant_id = h.tenant_id AND m.child_id = h.id, today
         GROUP BY h.tenant_id
    ), kept AS MATERIALIZED (
        SELECT tenant_id, count(*) FILTER (WHERE over) AS due, count(*) FILTER (WHERE over AND state = 'done') AS done,
               count(*) FILTER (WHERE over AND state = 'late') AS late,
               count(*) FILTER (WHERE state = 'missed') AS missed, count(*) FILTER (WHERE state = 'open') AS open_now,
               count(*) FILTER (WHERE NOT over AND state <> 'open') AS done_ahead,
               count(*) FILTER (WHERE visit AND over) AS visits_due,
               count(*) FILTER (WHERE visit AND over AND state = 'done') AS visits_done,
               count(*) FILTER (WHERE visit AND over AND state = 'late') AS visits_late,
               count(*) FILTER (WHERE visit AND state = 'missed') AS visits_missed,
               count(*) FILTER (WHERE visit AND state = 'open') AS visits_open,
               count(*) FILTER (WHERE visit AND NOT over AND state <> 'open') AS visits_ahead
          FROM promise GROUP BY tenant_id
    )
"""
_ROLL = ("children", "left_behind", "counted", "counted_dossier", "counted_paired", "no_guardian")
_KEPT = ("due", "done", "late", "missed", "open_now", "done_ahead", "visits_due", "visits_done", "visits_late")
_VISITS = ("visits_missed", "visits_open", "visits_ahead")
_NUMBERS = ", ".join(
    [f"coalesce(r.{one}, 0)" for one in _ROLL]
    + [f"coalesce(k.{one}, 0)" for one in (*_KEPT, *_VISITS)]
    + [f"coalesce(r.{one}, 0)" for one in ("missed_children", "missed_red")]
)
WANTED = f"""
    SELECT p.id, {_NUMBERS},
           (SELECT count(*) FROM incident i WHERE i.tenant_id = p.id AND i.state = 'open'),
           (SELECT count(*) FROM incident_step s, today
             WHERE s.tenant_id = p.id AND s.state = 'open' AND s.breach_at <= now),
           (SELECT c.on_day FROM care_record c
             WHERE c.tenant_id = p.id AND c.state = 'valid' ORDER BY c.id DESC LIMIT 1),
           CASE WHEN p.kind = 'school' THEN coalesce(p.pupils_total, nullif(r.children, r.left_behind)) END,
           p.began, day
      FROM place p JOIN roll r ON r.tenant_id = p.id LEFT JOIN kept k ON k.tenant_id = p.id, today
"""
_ORDER = (*_ROLL, *_KEPT, *_VISITS, "missed_children", "missed_red", "incidents_open", "steps_breached")
FOUND = f"""
    SELECT tenant_id, {", ".join(_ORDER)}, last_record_on, pupils_total, window_from, window_until FROM org_fact
     WHERE tenant_id IN (SELECT tenant_id FROM child)
"""
PERSONS = """
    SELECT (SELECT count(DISTINCT coalesce(person_key, id::text)) FROM child WHERE status = 'active' AND left_behind)
           AS persons, (SELECT sum(counted) FROM org_fact) AS counted,
           (SELECT count(*) FROM child WHERE status = 'active' AND left_behind) AS on_rolls
"""


def check(books: Books) -> Finding:
    """Row by row, and the sum of those who count against distinct persons."""
    rows, wrong = differences(books, "rows of figures", WANTED, FOUND, before=PARTS)
    found = books.one(PERSONS)
    twice = (f"{found['counted']} counted, but {found['persons']} persons",) * (found["counted"] != found["persons"])
    said = f"{rows:,} organisations; {found['persons']:,} children on {found['on_rolls']:,} rolls, each counted once"
    return Finding(said, {"organisations": rows, "persons": found["persons"]}, (*wrong, *twice))
