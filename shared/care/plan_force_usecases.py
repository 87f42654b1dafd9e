"""Putting a plan into force and switching it off, as a whole or item by item."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.kernel.audit import audit
from shared.kernel.database import load
from shared.kernel.errors import N_, Conflict
from shared.kernel.events import record
from shared.people.rules import Actor, Right, require

from . import plan_rules as rules
from .events import PlanActivated, PlanItemPeriodMissing, PlanSwitchedOff
from .models import Plan, PlanItem
from .occurrence_making import void_of_items
from .plan_usecases import ENDED, check_fresh
from .terms import calendar_of

NO_LEADER = N_("计划要有领导小组才能生效。请先填写领导小组组长。")
NOTHING = N_("还没有勾选任何约定。请至少勾选一条。")
NO_PERIOD = N_("这些约定还没有周期，请先定下来，或者取消勾选：%(items)s")
NO_DOER = N_("这些约定还没有写由谁来做，请先选好岗位，或者取消勾选：%(items)s")
NO_TERMS = N_("这些约定要按学期安排，但还没有学期日期。请先在“单位设置”里填写学期：%(items)s")
NOT_IN_FORCE = N_("这一条没有生效，不用停用。")
MOST_NAMED = 10


class PeriodMissing(Conflict):
    """Chosen items lack a period; `item_ids` says which."""

    def __init__(self, plan_id: UUID, items: Sequence[PlanItem]) -> None:
        super().__init__("plan_item.period_missing", NO_PERIOD, items=_named(items))
        self.plan_id = plan_id
        self.item_ids = tuple(item.id for item in items)


def activate(session: Session, plan_id: UUID, *, version: int, by: Actor, now: datetime) -> Plan:
    """Put the ticked items into force; their occurrences follow by a reaction, from the next window on (M23).

    On a plan already in force the items ticked since.  Pressing twice does it once.  Raises Conflict:
    plan.leader_missing, plan.nothing_chosen, plan_item.period_missing, plan_item.doer_missing, plan.terms_missing.
    """
    require(by, Right.PLAN_WRITE)
    plan = load(session, Plan, plan_id, lock=True)
    wanted = select(PlanItem).where(PlanItem.plan_id == plan.id, PlanItem.state == "draft", PlanItem.chosen)
    items = session.scalars(wanted.order_by(PlanItem.position).with_for_update(key_share=True)).all()
    if plan.state == "active" and not items:
        return plan
    check_fresh(plan, version)
    _may_start(session, plan, items)
    for item in items:
        item.state, item.active_from = "active", now
    plan.state, plan.version = "active", plan.version + 1
    plan.activated_at, plan.activated_by = plan.activated_at or now, plan.activated_by or by.person_id
    audit(session, "plan.activated", by=by.person_id, subject_kind="plan", subject_id=plan.id, items=len(items))
    started = PlanActivated(at=now, actor_id=by.person_id, plan_id=plan.id, item_ids=tuple(item.id for item in items))
    record(session, started)
    return plan


def _may_start(session: Session, plan: Plan, items: Sequence[PlanItem]) -> None:
    if plan.state == "off":
        raise Conflict("plan.ended", ENDED)
    if not plan.leader:
        raise Conflict("plan.leader_missing", NO_LEADER)
    if not items:
        raise Conflict("plan.nothing_chosen", NOTHING)
    if missing := [item for item in items if rules.lacks_period(item)]:
        raise PeriodMissing(plan.id, missing)
    if missing := [item for item in items if rules.recurs(item) and rules.lacks_doer(item)]:
        raise Conflict("plan_item.doer_missing", NO_DOER, items=_named(missing))
    if (missing := [item for item in items if rules.needs_terms(item)]) and not calendar_of(session).terms:
        raise Conflict("plan.terms_missing", NO_TERMS, items=_named(missing))


def _named(items: Sequence[PlanItem]) -> str:
    titles = "、".join(f"“{item.title}”" for item in items[:MOST_NAMED])
    return titles + ("……" if len(items) > MOST_NAMED else "")


def note_period_missing(session: Session, refused: PeriodMissing, *, by: Actor, now: datetime) -> None:
    """Record the refused try, in a transaction of its own: the refusal undid the first one."""
    record(
        session,
        PlanItemPeriodMissing(at=now, actor_id=by.person_id, plan_id=refused.plan_id, item_ids=refused.item_ids),
    )


def switch_off_item(session: Session, item_id: UUID, *, version: int, by: Actor, now: datetime) -> PlanItem:
    """End one item in force; what is open of it becomes void, what was done or missed stays."""
    require(by, Right.PLAN_WRITE)
    plan = load(session, Plan, load(session, PlanItem, item_id).plan_id, lock=True)
    item = load(session, PlanItem, item_id, lock=True)
    if item.state == "off":
        return item
    check_fresh(plan, version)
    if item.state != "active":
        raise Conflict("plan_item.not_in_force", NOT_IN_FORCE)
    plan.version += 1
    _end(session, plan, [item], by=by, now=now)
    return item


def switch_off(session: Session, plan_id: UUID, *, version: int, by: Actor, now: datetime) -> Plan:
    """End a plan with all its items; a draft is put aside."""
    require(by, Right.PLAN_WRITE)
    plan = load(session, Plan, plan_id, lock=True)
    if plan.state == "off":
        return plan
    check_fresh(plan, version)
    wanted = select(PlanItem).where(PlanItem.plan_id == plan.id, PlanItem.state == "active")
    items = session.scalars(wanted.order_by(PlanItem.id).with_for_update(key_share=True)).all()
    plan.state, plan.ended_at, plan.version = "off", now, plan.version + 1
    _end(session, plan, items, by=by, now=now)
    return plan


def _end(session: Session, plan: Plan, items: Sequence[PlanItem], *, by: Actor, now: datetime) -> None:
    """The items are locked, so that no top-up makes more of them meanwhile."""
    for item in items:
        item.state, item.top_up_at, item.alert_at = "off", None, None
    ids = tuple(item.id for item in items)
    voided = void_of_items(session, ids, now=now)
    audit(
        session,
        "plan.switched_off",
        by=by.person_id,
        subject_kind="plan",
        subject_id=plan.id,
        items=len(ids),
        voided=voided,
    )
    record(session, PlanSwitchedOff(at=now, actor_id=by.person_id, plan_id=plan.id, item_ids=ids))
