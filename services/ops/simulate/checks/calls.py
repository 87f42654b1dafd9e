"""Who is called about a miss, worked out anew from the model (part 4): E1, E2, E3, and E2 after silence."""

from __future__ import annotations

from .books import Books, Finding, differences

# A run of misses: of the same promise to the same subject, broken by one that was kept; excused and void ones are
# neither.  It is two or three long once all of them are misses: a record declared void can make the earlier one a miss
# after the later one, and a call made by then stays as it was.  Key and risk are those of the founding: they do not
# change while the county is lived through.
RULES = """
    kept_or_not AS MATERIALIZED (
        SELECT tenant_id, id, item_id, subject_id, child_id, window_start, state, ended_at,
               count(*) FILTER (WHERE state <> 'missed') OVER promised AS run
          FROM occurrence WHERE state IN ('done', 'late', 'missed')
        WINDOW promised AS (PARTITION BY tenant_id, item_id, subject_id ORDER BY window_start)
    ), missed AS MATERIALIZED (
        SELECT k.*, count(*) OVER in_a_row AS running,
               max(k.ended_at) OVER (in_a_row ROWS 1 PRECEDING) AS second_at,
               max(k.ended_at) OVER (in_a_row ROWS 2 PRECEDING) AS third_at,
               coalesce(c.is_key, false) AS is_key, c.risk_level AS risk
          FROM kept_or_not k
          LEFT JOIN child c ON c.tenant_id = k.tenant_id AND c.id = k.child_id
         WHERE k.state = 'missed'
        WINDOW in_a_row AS (PARTITION BY k.tenant_id, item_id, subject_id, run ORDER BY window_start)
    ), silence AS MATERIALIZED (
        SELECT x.tenant_id, x.occurrence_id AS id, e.occurred_at AS at
          FROM event e JOIN escalation x ON x.tenant_id = e.tenant_id AND x.id = e.subject_id AND x.level = 'E1'
         WHERE e.name = 'escalation.lapsed'
    ), superior AS MATERIALIZED (
        SELECT DISTINCT ON (o.id, s.superior_id) o.id AS tenant_id, s.superior_id
          FROM organisation o
          JOIN supervision s ON s.subordinate_id = o.id
          JOIN organisation above ON above.id = s.superior_id AND above.status = 'active'
         WHERE s.line = (
               SELECT x.line FROM supervision x JOIN organisation a ON a.id = x.superior_id AND a.status = 'active'
                WHERE x.subordinate_id = o.id AND x.line IN ('county', CASE
                      WHEN o.kind IN ('school', 'kindergarten') THEN 'education' ELSE 'township' END)
                ORDER BY x.line = 'county' LIMIT 1)
    ), called AS MATERIALIZED (
        SELECT tenant_id, id, 'E1' AS level, 'missed' AS why, NULL::uuid AS superior_id FROM missed
         UNION ALL
        SELECT m.tenant_id, m.id, 'E2', CASE WHEN risk IN ('red', 'yellow') THEN risk WHEN is_key THEN 'key'
               WHEN s.at < second_at THEN 'unanswered' ELSE 'repeated' END, NULL
          FROM missed m LEFT JOIN silence s ON s.tenant_id = m.tenant_id AND s.id = m.id
         WHERE risk IN ('red', 'yellow') OR is_key OR running >= 2
         UNION ALL
        SELECT m.tenant_id, m.id, 'E3', CASE WHEN running >= 3 AND (risk = 'red' AND third_at > ended_at) IS NOT TRUE
               THEN 'third' ELSE 'red' END, s.superior_id
          FROM missed m JOIN superior s ON s.tenant_id = m.tenant_id WHERE running >= 3 OR risk = 'red'
    )
"""
WANTED = """
    SELECT * FROM called
     UNION ALL
    SELECT s.tenant_id, s.id, 'E2', 'unanswered', NULL FROM silence s
     WHERE NOT EXISTS (SELECT FROM called c WHERE c.tenant_id = s.tenant_id AND c.id = s.id AND c.level = 'E2')
"""
FOUND = "SELECT tenant_id, occurrence_id, level, why, superior_id FROM escalation"
TURNS = "SELECT tenant_id, id FROM escalation WHERE state <> 'waiting'"
TOLD_TURNS = "SELECT tenant_id, subject_id FROM event WHERE name = 'escalation.due'"
# E1 alone waits for an answer, two days; who answers later answers what has lapsed.
SILENT = """
    SELECT tenant_id, id FROM escalation
     WHERE level = 'E1' AND answer_by <= app_now() - interval '1 minute'
       AND (answered_at IS NULL OR answered_at > answer_by)
"""
TOLD_SILENT = "SELECT tenant_id, subject_id FROM event WHERE name = 'escalation.lapsed'"
STATES = """
    SELECT count(*) FILTER (WHERE level = 'E1') AS e1, count(*) FILTER (WHERE level = 'E2') AS e2,
           count(*) FILTER (WHERE level = 'E3') AS e3, count(*) FILTER (WHERE state = 'answered') AS answered,
           count(*) FILTER (WHERE level <> 'E3' AND recipient_id IS NULL) AS nobody,
           count(*) FILTER (WHERE state = 'waiting' AND (level <> 'E3' OR send_at < app_now())) AS stuck,
           count(*) FILTER (WHERE (state = 'answered') <> (answered_at IS NOT NULL)) AS half_answered
      FROM escalation
"""
FAULTS = {
    "nobody": "calls to nobody",
    "stuck": "calls that were never sent",
    "half_answered": "calls that are half answered",
}


def check(books: Books) -> Finding:
    """Calls against the rules, their turns and silences against the events."""
    count, wrong = differences(books, "calls", WANTED, FOUND, before=RULES)
    turns = differences(books, "turns", TURNS, TOLD_TURNS)[1]
    silent = differences(books, "silences", SILENT, TOLD_SILENT)[1]
    found = books.one(STATES)
    others = tuple(f"{found[fault]} {said}" for fault, said in FAULTS.items() if found[fault])
    said = (
        f"{count:,} calls: {found['e1']:,} E1, {found['e2']:,} E2, {found['e3']:,} E3; {found['answered']:,} answered"
    )
    levels = {level: found[level.lower()] for level in ("E1", "E2", "E3")}
    return Finding(said, levels, (*wrong, *turns, *silent, *others))
