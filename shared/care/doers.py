"""Whose promise it is: gives open occurrences the member who stands in the item's role for that child or class.

In this order: who is paired with the child in that role; for roles of a class or group its head, then the one member
who holds the role there; the one member of the organisation who holds it.  Nobody, where none of these is one person:
the promise then stands on the organisation's list without a name.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.kernel.database import tenant_of
from shared.people.rules import Role

UNIT_ROLES = (Role.CLASS_TEACHER, Role.TEACHER_MOTHER, Role.GROUP_LEAD, Role.GRID_WORKER)

# MATERIALIZED, each of them: read row by row in a nested loop they would be worked out anew for every occurrence.
# Pieces of a statement that has a CTE `wanted w (child_id, role, unit_id)`: who holds what, and who it then is.
HOLDERS = """serving AS MATERIALIZED (
        SELECT id FROM membership
         WHERE tenant_id = :tenant AND (until_on IS NULL OR until_on >= timezone('Asia/Shanghai', app_now())::date)
    ), holder AS MATERIALIZED (
        SELECT DISTINCT m.role, m.unit_id, m.membership_id
          FROM member_role m JOIN serving s ON s.id = m.membership_id WHERE m.tenant_id = :tenant
    ), sole_in_unit AS MATERIALIZED (
        SELECT role, unit_id, (array_agg(membership_id))[1] AS doer_id
          FROM holder WHERE unit_id IS NOT NULL GROUP BY role, unit_id HAVING count(*) = 1
    ), sole AS MATERIALIZED (
        SELECT role, (array_agg(DISTINCT membership_id))[1] AS doer_id
          FROM holder GROUP BY role HAVING count(DISTINCT membership_id) = 1
    ), paired AS MATERIALIZED (
        SELECT a.child_id, a.role, a.membership_id AS doer_id
          FROM assignment a JOIN serving s ON s.id = a.membership_id
         WHERE a.tenant_id = :tenant AND a.until_on IS NULL
    ), heads AS MATERIALIZED (
        SELECT u.id AS unit_id, u.head_id AS doer_id
          FROM unit u JOIN serving s ON s.id = u.head_id WHERE u.tenant_id = :tenant
    )"""
DOER = """CASE WHEN w.role IS NULL THEN NULL ELSE coalesce(
                   p.doer_id, CASE WHEN w.role = ANY(:unit_roles) THEN h.doer_id END, su.doer_id, s.doer_id) END"""
STANDING = """
          LEFT JOIN paired p ON p.child_id = w.child_id AND p.role = w.role
          LEFT JOIN heads h ON h.unit_id = w.unit_id AND w.role = ANY(:unit_roles)
          LEFT JOIN sole_in_unit su ON su.unit_id = w.unit_id AND su.role = w.role
          LEFT JOIN sole s ON s.role = w.role"""

ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('promises:' || CAST(:tenant AS text), 0))")
RESOLVE = text(
    f"""
    WITH wanted AS MATERIALIZED (
        SELECT o.id, o.child_id, o.doer_id AS was, i.doer_role AS role, coalesce(o.unit_id, c.unit_id) AS unit_id
          FROM occurrence o
          JOIN plan_item i ON i.tenant_id = o.tenant_id AND i.id = o.item_id
          LEFT JOIN child c ON c.tenant_id = o.tenant_id AND c.id = o.child_id
         WHERE o.tenant_id = :tenant AND o.state = 'open'
           AND (CAST(:items AS uuid[]) IS NULL OR o.item_id = ANY(CAST(:items AS uuid[])))
           AND (CAST(:children AS uuid[]) IS NULL OR o.child_id = ANY(CAST(:children AS uuid[])))
           AND (CAST(:units AS uuid[]) IS NULL OR coalesce(o.unit_id, c.unit_id) = ANY(CAST(:units AS uuid[])))
    ), {HOLDERS}, found AS MATERIALIZED (
        SELECT * FROM (SELECT w.id, w.was, {DOER} AS doer_id FROM wanted w {STANDING}) each
         WHERE each.doer_id IS DISTINCT FROM each.was
    )
    UPDATE occurrence o SET doer_id = f.doer_id
      FROM found f
     WHERE o.tenant_id = :tenant AND o.id = f.id AND o.state = 'open' AND o.doer_id IS DISTINCT FROM f.doer_id
    """
)


def one_at_a_time(session: Session) -> None:
    """One hand on an organisation's promises until it commits, whoever else was called for them too.

    What is written follows from rows that were read: of two hands the later one to write must be the later one to
    read, or an older state of roll and carers would have the last word (R38).  Taken before any other lock.
    """
    session.execute(ONE_AT_A_TIME, {"tenant": tenant_of(session)})


def resolve_doers(
    session: Session,
    *,
    item_ids: Collection[UUID] | None = None,
    child_ids: Collection[UUID] | None = None,
    unit_ids: Collection[UUID] | None = None,
) -> int:
    """Set `doer_id` of the open occurrences of these items, children and units (all given ones must fit).

    With none given, of all open ones: after a change of roles.  Returns how many changed hands.
    """
    one_at_a_time(session)
    given = {
        "tenant": tenant_of(session),
        "items": _list(item_ids),
        "children": _list(child_ids),
        "units": _list(unit_ids),
        "unit_roles": [role.value for role in UNIT_ROLES],
    }
    changed: int = session.execute(RESOLVE, given).rowcount  # type: ignore[attr-defined]  # an UPDATE has one
    return changed


def _list(ids: Collection[UUID] | None) -> list[UUID] | None:
    return None if ids is None else list(ids)
