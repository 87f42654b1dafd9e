"""Every miss is raised once, as an event that says the same as its row, and nothing else is."""

from __future__ import annotations

from .books import Books, Finding, differences

WANTED = """
    SELECT tenant_id, id, item_id::text, kind, child_id::text, unit_id::text, doer_id::text, window_start::text,
           ended_at
      FROM occurrence WHERE state = 'missed'
"""
FOUND = """
    SELECT tenant_id, subject_id, payload ->> 'item_id', payload ->> 'kind', payload ->> 'child_id',
           payload ->> 'unit_id', payload ->> 'doer_id', payload ->> 'window_start', occurred_at
      FROM event WHERE name = 'occurrence.missed'
"""
# A promise that had ended while its stage began is told of it when it is open again: by a record declared void or
# corrected, or by an excuse taken back.
SOON = """
    WITH told AS MATERIALIZED (
        SELECT e.tenant_id, o.id, e.name, min(e.occurred_at) AS at, count(*) AS times, min(CASE e.name
               WHEN 'occurrence.due_soon' THEN o.due_soon_at WHEN 'occurrence.overdue' THEN o.due_at
               ELSE o.grace_until END) AS begins
          FROM event e JOIN occurrence o ON o.tenant_id = e.tenant_id AND o.id = e.subject_id
         WHERE e.name IN ('occurrence.due_soon', 'occurrence.overdue', 'occurrence.missed')
         GROUP BY e.tenant_id, o.id, e.name
    ), changed AS MATERIALIZED (
        SELECT tenant_id, of::uuid AS id, name, occurred_at AS at
          FROM event CROSS JOIN jsonb_array_elements_text(payload -> 'occurrence_ids') of
         WHERE name IN ('record.written', 'record.voided', 'record.corrected')
         UNION ALL
        SELECT tenant_id, subject_id, name, occurred_at FROM event
         WHERE name IN ('occurrence.excused', 'occurrence.excuse_withdrawn')
    ), again AS MATERIALIZED (
        SELECT t.tenant_id, t.id, t.name, max(r.at) AS at
          FROM told t
          JOIN changed r ON r.tenant_id = t.tenant_id AND r.id = t.id AND r.at <= t.at
               AND r.name IN ('record.voided', 'record.corrected', 'occurrence.excuse_withdrawn')
         WHERE EXISTS (
               SELECT FROM changed c WHERE c.tenant_id = t.tenant_id AND c.id = t.id AND c.at < r.at
                  AND c.at <= t.begins + interval '1 day'
                  AND c.name IN ('record.written', 'record.corrected', 'occurrence.excused'))
         GROUP BY t.tenant_id, t.id, t.name
    )
    SELECT count(*) FILTER (WHERE t.at < t.begins) AS early, count(*) FILTER (WHERE t.times > 1) AS twice,
           count(*) FILTER (WHERE t.at > greatest(t.begins, a.at) + interval '1 day') AS late
      FROM told t LEFT JOIN again a ON a.tenant_id = t.tenant_id AND a.id = t.id AND a.name = t.name
"""


def check(books: Books) -> Finding:
    """Misses against events, and whether anything fired early, a day late, or twice."""
    missed, wrong = differences(books, "misses", WANTED, FOUND)
    found = books.one(SOON)
    told = tuple(f"{found[fault]} stages told {fault}" for fault in ("early", "late", "twice") if found[fault])
    return Finding(f"{missed:,} misses, an event each", {"missed": missed}, (*wrong, *told))
