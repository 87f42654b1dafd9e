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
SOON = """
    SELECT count(*) FILTER (WHERE at < begins) AS early, count(*) FILTER (WHERE at > begins + interval '1 day') AS late,
           count(*) FILTER (WHERE times > 1) AS twice
      FROM (SELECT min(e.occurred_at) AS at, count(*) AS times, min(CASE e.name
                   WHEN 'occurrence.due_soon' THEN o.due_soon_at WHEN 'occurrence.overdue' THEN o.due_at
                   ELSE o.grace_until END) AS begins
              FROM event e JOIN occurrence o ON o.tenant_id = e.tenant_id AND o.id = e.subject_id
             WHERE e.name IN ('occurrence.due_soon', 'occurrence.overdue', 'occurrence.missed')
             GROUP BY e.tenant_id, e.subject_id, e.name) told
"""


def check(books: Books) -> Finding:
    """Misses against events, and whether anything fired early, a day late, or twice."""
    missed, wrong = differences(books, "misses", WANTED, FOUND)
    found = books.one(SOON)
    told = tuple(f"{found[fault]} stages told {fault}" for fault in ("early", "late", "twice") if found[fault])
    return Finding(f"{missed:,} misses, an event each", {"missed": missed}, (*wrong, *told))
