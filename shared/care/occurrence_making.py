"""Making occurrences ahead of time, and taking them back where child or plan have gone; set-based throughout.

1. An item in force is kept eight weeks ahead: `keep_ahead` makes what starts after `made_until` and sets the next
   `top_up_at`, at which the sweeper asks again.
2. A child that joins gets what starts from that day on and was made for the others already (`follow_children`); one
   that leaves, or is no longer left-behind, takes its open ones along.
3. Every statement may run twice: the unique key (item, subject, window start) makes a repeat the same row.

Both have an organisation's promises to themselves (`one_at_a_time`): a child that is registered, or goes, while an item
is being topped up is seen by the later of the two.  Items are locked against whoever switches them off meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from shared.kernel.clock import day_start, local_day
from shared.kernel.database import tenant_of

from . import plan_rules as rules
from .calendar import DATED, Calendar, Rhythm, Window, windows
from .closing import ALERT_AGAIN
from .doers import DOER, HOLDERS, STANDING, UNIT_ROLES, one_at_a_time, resolve_doers
from .models import PlanItem
from .terms import calendar_of

AHEAD = timedelta(weeks=9)  # eight weeks ahead on every day until the next top-up
TOP_UP_EVERY = timedelta(weeks=1)

# The CTE `wanted`: to whom each item is promised, as doers.py wants it to find out who does it.
SUBJECTS = """
    wanted (item_id, id, child_id, own_unit, unit_id, role) AS MATERIALIZED (
        SELECT i.id, c.id, c.id, CAST(NULL AS uuid), c.unit_id, i.doer_role
          FROM plan_item i
          JOIN child c ON c.tenant_id = i.tenant_id AND c.status = 'active' AND c.left_behind
           AND (i.child_filter = 'all' OR c.is_key)
         WHERE i.tenant_id = :tenant AND i.id = ANY(:items) AND i.subject = 'child'
           AND (CAST(:children AS uuid[]) IS NULL OR c.id = ANY(CAST(:children AS uuid[])))
         UNION ALL
        SELECT i.id, u.id, NULL, u.id, u.id, i.doer_role
          FROM plan_item i
          JOIN unit u ON u.tenant_id = i.tenant_id AND u.kind IN ('class', 'villager_group', 'grid')
         WHERE i.tenant_id = :tenant AND i.id = ANY(:items) AND i.subject = 'class'
         UNION ALL
        SELECT i.id, i.tenant_id, NULL, NULL, NULL, i.doer_role
          FROM plan_item i
         WHERE i.tenant_id = :tenant AND i.id = ANY(:items) AND i.subject = 'tenant'
    )"""
MAKE = text(
    f"""
    WITH opening (item_id, window_start, window_end, due_soon_at, due_at, grace_until) AS MATERIALIZED (
        SELECT * FROM unnest(CAST(:items AS uuid[]), CAST(:starts AS date[]), CAST(:ends AS date[]),
               CAST(:soon AS timestamptz[]), CAST(:due AS timestamptz[]), CAST(:grace AS timestamptz[]))
    ), {SUBJECTS}, {HOLDERS}, subject AS MATERIALIZED (
        SELECT w.item_id, w.id, w.child_id, w.own_unit, {DOER} AS doer_id FROM wanted w {STANDING}
    )
    INSERT INTO occurrence (tenant_id, id, item_id, kind, subject_kind, subject_id, child_id, unit_id, doer_id,
           window_start, window_end, due_soon_at, due_at, grace_until, times, alert_at)
    SELECT i.tenant_id, hehu_uuid7(), i.id, i.kind, i.subject, s.id, s.child_id, s.own_unit, s.doer_id,
           n.window_start, n.window_end, n.due_soon_at, n.due_at, n.grace_until, i.times, n.due_soon_at
      FROM opening n
      JOIN plan_item i ON i.tenant_id = :tenant AND i.id = n.item_id
      JOIN subject s ON s.item_id = i.id
     WHERE i.period <> 'once' OR NOT EXISTS (
           SELECT FROM occurrence o WHERE o.tenant_id = :tenant AND o.item_id = i.id AND o.subject_id = s.id)
    ON CONFLICT (tenant_id, item_id, subject_id, window_start) DO NOTHING
    """
)
# A child that is left-behind again, or an important one again, finds its coming windows where they were; what was taken
# back and given again on one day is as though it had never been, the window that runs included: whether somebody looked
# in between must make no difference (R38).
REVIVE = text(
    f"""
    UPDATE occurrence o SET state = 'open', ended_at = NULL, alert_at = {ALERT_AGAIN}
      FROM plan_item i, child c
     WHERE o.tenant_id = :tenant AND o.state = 'void' AND (o.window_start >= :day OR o.ended_at >= :began)
       AND (CAST(:children AS uuid[]) IS NULL OR o.child_id = ANY(CAST(:children AS uuid[])))
       AND i.tenant_id = o.tenant_id AND i.id = o.item_id AND i.state = 'active'
       AND c.tenant_id = o.tenant_id AND c.id = o.child_id
       AND c.status = 'active' AND c.left_behind AND (i.child_filter = 'all' OR c.is_key)
    """
)
VOID_OF_GONE = text(
    """
    UPDATE occurrence o SET state = 'void', ended_at = :now, alert_at = NULL
      FROM plan_item i, child c
     WHERE o.tenant_id = :tenant AND o.state = 'open'
       AND (CAST(:children AS uuid[]) IS NULL OR o.child_id = ANY(CAST(:children AS uuid[])))
       AND i.tenant_id = o.tenant_id AND i.id = o.item_id
       AND c.tenant_id = o.tenant_id AND c.id = o.child_id
       AND (c.status <> 'active' OR NOT c.left_behind OR (i.child_filter = 'key' AND NOT c.is_key))
    """
)
VOID_OF_ITEMS = text(
    """
    UPDATE occurrence SET state = 'void', ended_at = :now, alert_at = NULL
     WHERE tenant_id = :tenant AND item_id = ANY(:items) AND state = 'open'
    """
)


@dataclass(frozen=True)
class Due:
    """A window of an item, ready to be made."""

    item: PlanItem
    window: Window


def keep_ahead(session: Session, item_ids: Collection[UUID], *, now: datetime) -> int:
    """Make what these items still lack of the next nine weeks.  Returns how many occurrences are new."""
    one_at_a_time(session)
    items = _locked(session, PlanItem.id.in_(item_ids), share=False)
    calendar = calendar_of(session)
    due = [one for item in items for one in _lacking(item, calendar, now)]
    return _make(session, due, None)


def follow_children(session: Session, child_ids: Collection[UUID] | None, *, day: date, now: datetime) -> None:
    """Make or take back what the children's state asks for since `day`; None means the whole roll."""
    children = None if child_ids is None else list(child_ids)
    given = {"tenant": tenant_of(session), "children": children}
    session.flush()
    one_at_a_time(session)
    items = _locked(session, PlanItem.subject == "child", share=True)
    session.execute(VOID_OF_GONE, given | {"now": now})
    calendar = calendar_of(session)
    due = [one for item in items for one in _coming(item, calendar, day)]
    _make(session, due, children)
    session.execute(REVIVE, given | {"day": day, "began": day_start(day)})
    resolve_doers(session, child_ids=child_ids)


def void_of_items(session: Session, item_ids: Collection[UUID], *, now: datetime) -> int:
    """Open occurrences of items that ended are void.  Returns how many."""
    given = {"tenant": tenant_of(session), "items": list(item_ids), "now": now}
    session.flush()
    ended: int = session.execute(VOID_OF_ITEMS, given).rowcount  # type: ignore[attr-defined]  # an UPDATE has one
    return ended


def _locked(session: Session, which: Any, *, share: bool) -> Sequence[PlanItem]:
    """Items in force, in the order of their ids."""
    wanted = select(PlanItem).where(which, PlanItem.state == "active").order_by(PlanItem.id)
    wanted = wanted.with_for_update(read=share, key_share=not share).execution_options(populate_existing=True)
    return session.scalars(wanted).all()


def rhythm_since(item: PlanItem) -> Rhythm:
    """The item's rhythm; a single act counts from the day on which it went into force."""
    rhythm = rules.rhythm_of(item)
    since = local_day(item.active_from) if item.active_from else None
    return Rhythm(rhythm.period, rhythm.dates, rhythm.pauses, since)


def _lacking(item: PlanItem, calendar: Calendar, now: datetime) -> Iterable[Due]:
    """The windows after `made_until`, which moves on; what began before the item was in force is not asked for."""
    assert item.active_from is not None  # an item in force has it
    first = local_day(item.active_from)
    if item.made_until is not None:
        first = max(first, item.made_until + timedelta(days=1))
    today = local_day(now)
    found = windows(rhythm_since(item), calendar, first=first, last=today + AHEAD) if rules.recurs(item) else []
    if found:
        # Windows of named days may overlap: there the next one only has to start later.
        item.made_until = found[-1].start if item.period in (*DATED, "once") else found[-1].end
    item.stage, item.top_up_at = None, None
    if rules.recurs(item) and item.period != "once":
        item.top_up_at = day_start(today + TOP_UP_EVERY)
    item.alert_at = item.top_up_at
    return [Due(item, window) for window in found]


def _coming(item: PlanItem, calendar: Calendar, day: date) -> Iterable[Due]:
    """What was made already and starts from `day` on; a single act counts from that day."""
    if item.made_until is None or item.active_from is None:
        return []
    first = max(day, local_day(item.active_from))
    if item.period == "once":
        found = windows(Rhythm("once", since=first), calendar, first=first, last=first)
    else:
        found = windows(rhythm_since(item), calendar, first=first, last=item.made_until)
    return [Due(item, window) for window in found]


def _make(session: Session, due: Sequence[Due], child_ids: Sequence[UUID] | None) -> int:
    if not due:
        return 0
    given = {
        "tenant": tenant_of(session),
        "children": child_ids,
        "unit_roles": [role.value for role in UNIT_ROLES],
        "items": [one.item.id for one in due],
        "starts": [one.window.start for one in due],
        "ends": [one.window.end for one in due],
        "soon": [one.window.due_soon_at(one.item.period) for one in due],
        "due": [one.window.due_at for one in due],
        "grace": [one.window.grace_until(one.item.grace_days) for one in due],
    }
    session.flush()
    made: int = session.execute(MAKE, given).rowcount  # type: ignore[attr-defined]  # an INSERT has one
    return made
