"""Counting records for occurrences, by compare-and-set on locked rows, so that a sweep and a record never both win.

`count_for` locks the open occurrences a record may count for, then, on a fresh view of them, links it to the oldest
of each plan item.  `recount` makes the state of occurrences out of the valid records linked to them; it is the one
place where a record opens or closes anything.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.kernel.database import tenant_of

# The day decides (record_rules.covers).  The role fits when the doer is the one who was to do it, was paired with the
# child in that role on the day, or holds the role where nobody is named; the item a person tapped always fits.
# The subject is told by CASE: PostgreSQL lets no COALESCE through row security into an index, and reading whatever the
# item promised to others costs the more the longer it is in force.
FITTING = """
    FROM care_record r
    JOIN occurrence o ON o.tenant_id = r.tenant_id AND o.kind = r.kind AND o.subject_kind = r.subject_kind
     AND o.subject_id = CASE WHEN r.child_id IS NOT NULL THEN r.child_id
                             WHEN r.unit_id IS NOT NULL THEN r.unit_id ELSE r.tenant_id END
    JOIN plan_item i ON i.tenant_id = o.tenant_id AND i.id = o.item_id
    LEFT JOIN child c ON c.tenant_id = o.tenant_id AND c.id = o.child_id
   WHERE r.tenant_id = :tenant AND r.id = :record AND r.state = 'valid' AND r.reached IS NOT FALSE
     AND o.state = 'open' AND o.window_start <= r.on_day
     AND o.grace_until > timezone('Asia/Shanghai', r.on_day::timestamp)
     AND o.item_id <> ALL(ARRAY(  -- asked once, from the record: what an item ever promised is many rows
         SELECT x.item_id FROM occurrence_record l
           JOIN occurrence x ON x.tenant_id = l.tenant_id AND x.id = l.occurrence_id
          WHERE l.tenant_id = :tenant AND l.record_id = :record))
     AND (o.item_id = :item OR o.doer_id = r.doer_id
          OR EXISTS (SELECT FROM assignment a
                      WHERE a.tenant_id = r.tenant_id AND a.child_id = r.child_id AND a.membership_id = r.doer_id
                        AND a.role = i.doer_role AND a.from_on <= r.on_day
                        AND (a.until_on IS NULL OR a.until_on >= r.on_day))
          OR (o.doer_id IS NULL AND (i.doer_role IS NULL OR EXISTS (
                SELECT FROM member_role m
                 WHERE m.tenant_id = r.tenant_id AND m.membership_id = r.doer_id AND m.role = i.doer_role
                   AND (m.unit_id IS NULL OR m.unit_id = coalesce(o.unit_id, c.unit_id))))))
"""
LOCK = text(f"SELECT o.id {FITTING} ORDER BY o.id FOR NO KEY UPDATE OF o")
LINK = text(
    f"""
    INSERT INTO occurrence_record (tenant_id, id, occurrence_id, record_id)
    SELECT :tenant, hehu_uuid7(), oldest.id, :record
      FROM (SELECT DISTINCT ON (o.item_id) o.id {FITTING} ORDER BY o.item_id, o.window_start) oldest
    RETURNING occurrence_id
    """
)
UNLINK = text(
    """
    WITH held AS (
        SELECT o.id FROM occurrence o
         WHERE o.tenant_id = :tenant AND o.id IN (
               SELECT occurrence_id FROM occurrence_record WHERE tenant_id = :tenant AND record_id = :record)
         ORDER BY o.id FOR NO KEY UPDATE
    )
    DELETE FROM occurrence_record l USING held
     WHERE l.tenant_id = :tenant AND l.record_id = :record AND l.occurrence_id = held.id
    RETURNING l.occurrence_id
    """
)
# What the clock says of one that is open again: its stage is kept, the sweeper finds it due and moves it once.  One
# whose plan or child has gone meanwhile has nobody to be kept to.
ALERT_AGAIN = "CASE o.stage WHEN 'due_soon' THEN o.due_at WHEN 'overdue' THEN o.grace_until ELSE o.due_soon_at END"
GONE = "(i.state = 'off' OR c.status = 'exited')"
RECOUNT = text(
    f"""
    WITH counted AS (
        SELECT o.id, count(r.id) AS acts,
               count(r.id) FILTER (WHERE timezone('Asia/Shanghai', r.on_day::timestamp) < o.due_at) AS in_time
          FROM occurrence o
          LEFT JOIN occurrence_record l ON l.tenant_id = o.tenant_id AND l.occurrence_id = o.id
          LEFT JOIN care_record r ON r.tenant_id = l.tenant_id AND r.id = l.record_id AND r.state = 'valid'
         WHERE o.tenant_id = :tenant AND o.id = ANY(:ids) GROUP BY o.id
    ), judged AS (
        SELECT o.id, o.state AS was, n.acts,
               CASE WHEN o.state NOT IN ('open', 'done', 'late') THEN o.state
                    WHEN n.in_time >= o.times THEN 'done'
                    WHEN n.acts >= o.times THEN 'late'
                    WHEN {GONE} THEN 'void'
                    ELSE 'open' END AS becomes,
               {ALERT_AGAIN} AS alert_again
          FROM occurrence o
          JOIN counted n ON n.id = o.id
          JOIN plan_item i ON i.tenant_id = o.tenant_id AND i.id = o.item_id
          LEFT JOIN child c ON c.tenant_id = o.tenant_id AND c.id = o.child_id
         WHERE o.tenant_id = :tenant
    )
    UPDATE occurrence o SET
           done_times = j.acts,
           state = j.becomes,
           ended_at = CASE WHEN j.becomes = j.was THEN o.ended_at WHEN j.becomes = 'open' THEN NULL ELSE :now END,
           alert_at = CASE WHEN j.becomes <> 'open' THEN NULL WHEN j.was = 'open' THEN o.alert_at ELSE j.alert_again END
      FROM judged j
     WHERE o.tenant_id = :tenant AND o.id = j.id
    RETURNING o.id, o.item_id, o.kind, o.window_start, o.window_end, o.times, o.done_times, o.state
    """
)
REOPEN_EXCUSED = text(
    f"""
    UPDATE occurrence o SET
           state = CASE WHEN {GONE} THEN 'void' ELSE 'open' END,
           ended_at = CASE WHEN {GONE} THEN CAST(:now AS timestamptz) END,
           alert_at = CASE WHEN NOT {GONE} THEN {ALERT_AGAIN} END,
           excuse = NULL, excused_by = NULL
      FROM plan_item i, occurrence self
      LEFT JOIN child c ON c.tenant_id = self.tenant_id AND c.id = self.child_id
     WHERE o.tenant_id = :tenant AND o.id = :id AND o.state = 'excused' AND o.grace_until > :now
       AND i.tenant_id = o.tenant_id AND i.id = o.item_id AND self.tenant_id = o.tenant_id AND self.id = o.id
    RETURNING o.id
    """
)


@dataclass(frozen=True)
class Counted:
    """An occurrence after counting: how often it is done of how often it is due, and its state."""

    id: UUID
    item_id: UUID
    kind: str
    window_start: date
    window_end: date
    times: int
    done_times: int
    state: str

    @property
    def left(self) -> int:
        """Acts still due in this window."""
        return max(0, self.times - self.done_times)


def count_for(session: Session, record_id: UUID, *, item_id: UUID | None = None) -> list[UUID]:
    """Link a record to the oldest open occurrence of each plan item it fits; `item_id` fits whoever did it."""
    given = {"tenant": tenant_of(session), "record": record_id, "item": item_id}
    session.execute(LOCK, given).all()  # waits for a sweep or another record; what they ended is out of the next view
    return list(session.execute(LINK, given).scalars())


def release(session: Session, record_id: UUID) -> list[UUID]:
    """Take a record off everything it counted for; returns those occurrences, locked."""
    return list(session.execute(UNLINK, {"tenant": tenant_of(session), "record": record_id}).scalars())


def recount(session: Session, occurrence_ids: Collection[UUID], *, now: datetime) -> Sequence[Counted]:
    """Give occurrences the state their valid records make; missed, excused and void ones keep theirs."""
    if not occurrence_ids:
        return []
    given = {"tenant": tenant_of(session), "ids": list(occurrence_ids), "now": now}
    rows = session.execute(RECOUNT, given)
    return sorted((Counted(*row) for row in rows), key=lambda one: (one.window_start, str(one.id)))


def reopen_excused(session: Session, occurrence_id: UUID, *, now: datetime) -> bool:
    """Open an excused occurrence again while its grace lasts; False where it is too late or not excused."""
    given = {"tenant": tenant_of(session), "id": occurrence_id, "now": now}
    return session.execute(REOPEN_EXCUSED, given).first() is not None
