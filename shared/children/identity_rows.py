"""Keeps a child's identity row, by which two organisations' rolls are known to hold the same child."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.kernel.database import tenant_of

# Who counts a child that stands on several rolls: the lowest rank.  The school knows it best, then who lives near it.
HOLDER_RANKS = {"school": 1, "kindergarten": 2, "village": 3, "community": 4, "bureau": 5}
LAST_RANK = 9

KEEP = text(
    """
    INSERT INTO child_identity (tenant_id, id, person_key, holder_rank, active, left_behind)
    SELECT c.tenant_id, c.id, c.person_key, coalesce(held.rank, :last), c.status = 'active', c.left_behind
      FROM child c
      JOIN organisation o ON o.id = c.tenant_id
      LEFT JOIN unnest(CAST(:kinds AS text[]), CAST(:ranks AS int[])) AS held (kind, rank) ON held.kind = o.kind
     WHERE c.tenant_id = :tenant AND c.id = ANY(:ids)
     ORDER BY c.person_key, c.id
    ON CONFLICT (tenant_id, id) DO UPDATE
       SET person_key = excluded.person_key, holder_rank = excluded.holder_rank,
           active = excluded.active, left_behind = excluded.left_behind, settled = false
     WHERE (child_identity.person_key, child_identity.holder_rank, child_identity.active, child_identity.left_behind)
        IS DISTINCT FROM (excluded.person_key, excluded.holder_rank, excluded.active, excluded.left_behind)
    """
)


def keep_identity(session: Session, child_ids: Collection[UUID]) -> None:
    """Bring the identity rows of these children in line with the roll, in the transaction that changes the roll.

    Call it after `person_key`, `status` or `left_behind` of a child was written.  Which holder counts is settled
    afterwards, by the reactor `rollups.refresh`; a row that did not change stays settled.
    """
    if not child_ids:
        return
    session.flush()
    given = {"tenant": tenant_of(session), "ids": list(child_ids), "last": LAST_RANK}
    session.execute(KEEP, given | {"kinds": list(HOLDER_RANKS), "ranks": list(HOLDER_RANKS.values())})
