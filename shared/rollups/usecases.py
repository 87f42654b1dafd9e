"""Settles where a child on several rolls counts, and computes the figures of one organisation."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.care.kinds import VISIT_KINDS
from shared.care.pairing_rules import CARER_ROLES
from shared.care.terms import calendar_of
from shared.kernel.clock import day_end, day_start, local_day
from shared.kernel.database import tenant_of
from shared.kernel.events import record

from .events import RollupRefreshed
from .rules import window_start

UNSETTLED = text("SELECT EXISTS (SELECT FROM child_identity WHERE tenant_id = :tenant AND NOT settled)")
# Shorter than the server's deadlock_timeout (1 s): where a clerk's transaction and this one wait for each other,
# this one gives way.
LOCK_WAIT = text("SET LOCAL lock_timeout = '500ms'")
KEYS = text(
    """
    SELECT DISTINCT key FROM child_identity, LATERAL (VALUES (person_key), (settled_key)) AS held (key)
     WHERE tenant_id = :tenant AND NOT settled AND key IS NOT NULL
    """
)
LOCK = text(
    """
    SELECT tenant_id, id FROM child_identity
     WHERE person_key = ANY(:keys) OR (tenant_id = :tenant AND NOT settled)
     ORDER BY person_key, tenant_id, id FOR NO KEY UPDATE
    """
)
COUNT_ONCE = text(
    """
    WITH wanted AS (
        SELECT tenant_id, id, active AND (person_key IS NULL OR row_number() OVER (
               PARTITION BY person_key
               ORDER BY active DESC, left_behind DESC, holder_rank, tenant_id, id) = 1) AS counts
          FROM child_identity
         WHERE person_key = ANY(:keys) OR (person_key IS NULL AND tenant_id = :tenant AND id = ANY(:ids))
    ), flipped AS (
        UPDATE child_identity i SET counts_here = w.counts
          FROM wanted w
         WHERE i.tenant_id = w.tenant_id AND i.id = w.id AND i.counts_here <> w.counts
        RETURNING i.tenant_id
    )
    INSERT INTO org_fact (tenant_id, id, stale_at, alert_at)
    SELECT DISTINCT tenant_id, tenant_id, CAST(:now AS timestamptz), CAST(:now AS timestamptz)
      FROM flipped WHERE tenant_id <> :tenant ORDER BY tenant_id
    ON CONFLICT (tenant_id) DO UPDATE
       SET stage = NULL, stale_at = excluded.stale_at, alert_at = excluded.alert_at
    """
)
SETTLED = text(
    """
    UPDATE child_identity SET settled = true, settled_key = person_key
     WHERE tenant_id = :tenant AND id = ANY(:ids) AND NOT settled
       AND (person_key IS NULL OR person_key = ANY(:keys)) AND (settled_key IS NULL OR settled_key = ANY(:keys))
    """
)


def unsettled(session: Session) -> bool:
    """Whether a child of the bound organisation has changed since its place was settled."""
    found: bool = session.execute(UNSETTLED, {"tenant": tenant_of(session)}).scalar_one()
    return found


def settle(session: Session, tenant_id: UUID, *, now: datetime) -> None:
    """Decide for every person the changed children of `tenant_id` are, or were, where that person counts (hehu_rollup).

    1. A left-behind child counts before one that is not, then the lowest rank, then the smallest organisation id:
       the outcome does not depend on who came first, and a repeat changes nothing.
    2. All holders of these keys are locked in one order, then looked at anew: of two that run at once, the later
       sees what both organisations have committed.
    3. Other organisations whose rows flipped are asked to refresh, in the same transaction.
    """
    session.execute(LOCK_WAIT)
    keys = list(session.execute(KEYS, {"tenant": tenant_id}).scalars())
    held = session.execute(LOCK, {"tenant": tenant_id, "keys": keys})
    given = {"tenant": tenant_id, "keys": keys, "ids": [row.id for row in held if row.tenant_id == tenant_id]}
    session.execute(COUNT_ONCE, given | {"now": now})
    session.execute(SETTLED, given)


OPEN_ROW = text(
    """
    INSERT INTO org_fact (tenant_id, id) VALUES (:tenant, :tenant)
    ON CONFLICT (tenant_id) DO UPDATE SET id = excluded.id
    """
)
COMPUTE = text(
    """
    WITH child_now AS (
        SELECT c.id, c.left_behind, c.no_guardian, c.dossier_complete, c.risk_level,
               c.left_behind AND coalesce(i.counts_here, true) AS counted
          FROM child c LEFT JOIN child_identity i ON i.tenant_id = c.tenant_id AND i.id = c.id
         WHERE c.tenant_id = :tenant AND c.status = 'active'
    ), paired AS (
        SELECT DISTINCT child_id FROM assignment
         WHERE tenant_id = :tenant AND role = ANY(:carers)
           AND from_on <= :today AND (until_on IS NULL OR until_on >= :today)
    ), promise AS (
        SELECT child_id, state, kind = ANY(:visits) AS visit, grace_until, grace_until <= :now AS fell_due
          FROM occurrence
         WHERE tenant_id = :tenant AND subject_kind = 'child' AND state IN ('open', 'done', 'late', 'missed')
           AND grace_until >= :window_start AND window_start <= :today
    ), missing AS (
        SELECT DISTINCT child_id FROM promise WHERE visit AND state = 'missed'
    ), roll AS (
        SELECT count(*) AS children,
               count(*) FILTER (WHERE left_behind) AS left_behind,
               count(*) FILTER (WHERE counted) AS counted,
               count(*) FILTER (WHERE counted AND dossier_complete) AS counted_dossier,
               count(*) FILTER (WHERE counted AND p.child_id IS NOT NULL) AS counted_paired,
               count(*) FILTER (WHERE left_behind AND no_guardian) AS no_guardian,
               count(*) FILTER (WHERE counted AND m.child_id IS NOT NULL) AS missed_children,
               count(*) FILTER (WHERE counted AND m.child_id IS NOT NULL AND risk_level = 'red') AS missed_red
          FROM child_now c
          LEFT JOIN paired p ON p.child_id = c.id
          LEFT JOIN missing m ON m.child_id = c.id
    ), kept AS (
        SELECT count(*) FILTER (WHERE fell_due) AS due,
               count(*) FILTER (WHERE fell_due AND state = 'done') AS done,
               count(*) FILTER (WHERE fell_due AND state = 'late') AS late,
               count(*) FILTER (WHERE state = 'missed') AS missed,
               count(*) FILTER (WHERE state = 'open') AS open_now,
               count(*) FILTER (WHERE NOT fell_due AND state IN ('done', 'late')) AS done_ahead,
               count(*) FILTER (WHERE visit AND fell_due) AS visits_due,
               count(*) FILTER (WHERE visit AND fell_due AND state = 'done') AS visits_done,
               count(*) FILTER (WHERE visit AND fell_due AND state = 'late') AS visits_late,
               count(*) FILTER (WHERE visit AND state = 'missed') AS visits_missed,
               count(*) FILTER (WHERE visit AND state = 'open') AS visits_open,
               count(*) FILTER (WHERE visit AND NOT fell_due AND state IN ('done', 'late')) AS visits_ahead,
               min(grace_until) FILTER (WHERE NOT fell_due AND state IN ('done', 'late')) AS next_grace
          FROM promise
    ), matters AS (
        SELECT (SELECT count(*) FROM incident WHERE tenant_id = :tenant AND state = 'open') AS incidents_open,
               (SELECT count(*) FROM incident_step
                 WHERE tenant_id = :tenant AND state = 'open' AND stage = 'breached') AS steps_breached,
               (SELECT on_day FROM care_record WHERE tenant_id = :tenant AND state = 'valid'
                 ORDER BY id DESC LIMIT 1) AS last_record_on
    )
    UPDATE org_fact f SET
           as_of = :now, window_from = :window_from, window_until = :today,
           pupils_total = CASE WHEN o.kind = 'school' THEN coalesce(
               o.pupils_total, CASE WHEN roll.children > roll.left_behind THEN roll.children END) END,
           children = roll.children, left_behind = roll.left_behind, counted = roll.counted,
           counted_dossier = roll.counted_dossier, counted_paired = roll.counted_paired,
           no_guardian = roll.no_guardian, missed_children = roll.missed_children, missed_red = roll.missed_red,
           due = kept.due, done = kept.done, late = kept.late, missed = kept.missed,
           open_now = kept.open_now, done_ahead = kept.done_ahead,
           visits_due = kept.visits_due, visits_done = kept.visits_done, visits_late = kept.visits_late,
           visits_missed = kept.visits_missed, visits_open = kept.visits_open, visits_ahead = kept.visits_ahead,
           incidents_open = matters.incidents_open, steps_breached = matters.steps_breached,
           last_record_on = matters.last_record_on,
           stage = NULL, skipped = NULL, stale_at = least(:again_at, kept.next_grace),
           alert_at = least(:again_at, kept.next_grace)
      FROM organisation o, roll, kept, matters
     WHERE f.tenant_id = :tenant AND o.id = f.tenant_id
    """
)


def recompute(session: Session, *, now: datetime, again_at: datetime | None = None) -> None:
    """Compute the bound organisation's figures from its rows (hehu_app) and keep them, in one statement.

    The row is locked before anything is counted: of two that run at once the later counts what the earlier could
    not see yet.  It is computed again at the next midnight, when a grace runs out, and at `again_at` if that is
    sooner.
    """
    tenant, today = tenant_of(session), local_day(now)
    session.flush()
    session.execute(OPEN_ROW, {"tenant": tenant})
    began = window_start([term.start for term in calendar_of(session).terms], today)
    given = {
        "tenant": tenant,
        "now": now,
        "today": today,
        "window_from": began,
        "window_start": day_start(began),
        "visits": sorted(VISIT_KINDS),
        "carers": sorted({role.value for roles in CARER_ROLES.values() for role in roles}),
        "again_at": min(moment for moment in (again_at, day_end(today)) if moment),
    }
    session.execute(COMPUTE, given)
    record(session, RollupRefreshed(at=now, organisation_id=tenant))
