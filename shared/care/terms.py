"""The calendar an organisation lives by: its own terms, or those of its county."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.kernel.database import tenant_of

from .calendar import Calendar, Window

TERMS = text(
    """
    WITH RECURSIVE own AS (
        SELECT starts_on, ends_on FROM term WHERE tenant_id = :tenant
    ), above (id, parent_id) AS (
        SELECT a.id, a.parent_id FROM area a JOIN organisation o ON o.area_id = a.id WHERE o.id = :tenant
        UNION ALL
        SELECT a.id, a.parent_id FROM area a JOIN above b ON a.id = b.parent_id
    )
    SELECT starts_on, ends_on FROM own
    UNION ALL
    SELECT c.starts_on, c.ends_on FROM county_term c JOIN above ON above.id = c.area_id
     WHERE NOT EXISTS (SELECT FROM own)
     ORDER BY starts_on
    """
)


def calendar_of(session: Session) -> Calendar:
    """Terms in order.  One that begins before the last one has ended is left out."""
    terms: list[Window] = []
    for starts_on, ends_on in session.execute(TERMS, {"tenant": tenant_of(session)}):
        if not terms or starts_on > terms[-1].end:
            terms.append(Window(starts_on, ends_on))
    return Calendar(tuple(terms))
