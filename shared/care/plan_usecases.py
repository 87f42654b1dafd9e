"""Handing in a plan and getting its items right: tick, correct, add, remove, decide a period."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.kernel.audit import audit
from shared.kernel.database import load
from shared.kernel.errors import N_, Conflict, Invalid
from shared.people.rules import Actor, Right, Role, require, roles_fit

from . import plan_rules as rules
from .calendar import DATED
from .models import Plan, PlanItem
from .plan_schemas import LONGEST_TEXT, LONGEST_TITLE
from .reader import document, read

STALE = N_("这份计划刚被别人改过。请重新打开页面，看过最新内容后再改一次。")
IN_FORCE = N_("这一条已经生效。要改它，请先停用，再另加一条。")
ENDED = N_("这份计划已经停用，不能再改。")
TOO_LONG = N_("文字超过 10 万个字。请只保留计划本身，或分成几份提交。")
NO_ROLE = N_("本单位没有这个岗位，请另选一个。")
NO_TEXT = N_("请粘贴计划的文字，或选择一个文件。")
CHANGEABLE = ("title", "subject", "child_filter", "kind", "period", "times", "min_quantity", "dates", "doer_role")


def hand_in(
    session: Session,
    *,
    text: str | None,
    title: str | None = None,
    leader: str | None = None,
    file_name: str | None = None,
    by: Actor,
    now: datetime,
) -> Plan:
    """Keep a plan's text and what the reader proposes from it, as a draft.  Raises Invalid for no or too much text."""
    require(by, Right.PLAN_WRITE)
    text = (text or "").replace("\r\n", "\n").replace("\x00", "").strip()
    if not text:
        raise Invalid("plan.no_text", errors={"text": [NO_TEXT]})
    if len(text) > LONGEST_TEXT:
        raise Invalid("plan.too_long", errors={"text": [TOO_LONG]})
    plan = Plan(title=title or _first_line(text), leader=leader, text=text, file_name=file_name)
    session.add(plan)
    session.flush()
    _propose(session, plan, by.organisation_kind)
    audit(session, "plan.handed_in", by=by.person_id, subject_kind="plan", subject_id=plan.id, characters=len(text))
    return plan


def hand_in_file(session: Session, data: bytes, file_name: str, *, by: Actor, now: datetime, **given: Any) -> Plan:
    """The same from a .txt, .md or .docx file.  Raises Invalid with what to do instead for any other."""
    require(by, Right.PLAN_WRITE)
    try:
        text = document.text_of(data, file_name)
    except document.Unreadable as unreadable:
        raise Invalid(unreadable.code, errors={"file": [unreadable.message]}) from unreadable
    return hand_in(session, text=text, file_name=file_name[:LONGEST_TITLE], by=by, now=now, **given)


def _first_line(text: str) -> str:
    line = next(line.strip() for line in text.splitlines() if line.strip())
    return line[:LONGEST_TITLE]


def _propose(session: Session, plan: Plan, organisation_kind: str) -> None:
    for position, found in enumerate(read(plan.text), start=1):
        proposal = rules.propose(found, plan_title=plan.title, organisation_kind=organisation_kind)
        session.add(PlanItem(plan_id=plan.id, position=position, **asdict(proposal)))
    session.flush()


def describe(
    session: Session, plan_id: UUID, *, version: int, title: str, leader: str | None, by: Actor, now: datetime
) -> Plan:
    """Give the plan its title and its leading group (M23)."""
    plan = _open_plan(session, plan_id, version=version, by=by)
    plan.title, plan.leader = title, leader
    return plan


def choose(
    session: Session,
    plan_id: UUID,
    *,
    version: int,
    shown: Collection[UUID],
    chosen: Collection[UUID],
    by: Actor,
    now: datetime,
) -> Plan:
    """Tick and untick the draft items that were shown; what is in force keeps its tick."""
    plan = _open_plan(session, plan_id, version=version, by=by)
    wanted = select(PlanItem).where(PlanItem.plan_id == plan.id, PlanItem.state == "draft", PlanItem.id.in_(shown))
    for item in session.scalars(wanted):
        item.chosen = item.id in chosen
    return plan


def correct(session: Session, item_id: UUID, *, version: int, by: Actor, now: datetime, **changes: Any) -> PlanItem:
    """Change a draft item.  Raises Conflict for a stale page or an item in force, Invalid for a role not of here."""
    item = _draft_item(session, item_id, version=version, by=by)
    _apply(item, changes, by)
    return item


def decide(
    session: Session,
    item_id: UUID,
    *,
    version: int,
    period: str,
    dates: list[str] | None = None,
    doer_role: str | None = None,
    by: Actor,
    now: datetime,
) -> PlanItem:
    """Choose the period that the plan leaves open (周期待定), and tick the item."""
    item = _draft_item(session, item_id, version=version, by=by)
    _apply(item, {"period": period, "dates": dates or [], "doer_role": doer_role or item.doer_role}, by)
    if rules.lacks_period(item):
        raise Invalid("plan_item.day_missing", errors={"dates": [N_("请写明日期，例如 6月1日、10月。")]})
    item.chosen = True
    what = "plan_item.period_decided"
    audit(session, what, by=by.person_id, subject_kind="plan_item", subject_id=item.id, period=period)
    return item


def add_item(session: Session, plan_id: UUID, *, version: int, by: Actor, now: datetime, **given: Any) -> PlanItem:
    """An item of one's own, ticked, at the end of the list."""
    plan = _open_plan(session, plan_id, version=version, by=by)
    last = session.scalar(select(func.max(PlanItem.position)).where(PlanItem.plan_id == plan.id)) or 0
    item = PlanItem(plan_id=plan.id, position=last + 1, state="draft", times=1, dates=[], child_filter="all")
    item.period, item.period_source, item.chosen, item.must = "unstated", "given", True, True
    item.grace_days, item.holiday = rules.default_grace("unstated"), rules.holiday_of(by.organisation_kind, ())
    _apply(item, given, by)
    item.period_source = "decided"
    session.add(item)
    session.flush()
    return item


def remove(session: Session, item_id: UUID, *, version: int, by: Actor, now: datetime) -> UUID:
    """Take a draft item off the plan.  Returns the plan's id."""
    item = _draft_item(session, item_id, version=version, by=by)
    audit(session, "plan_item.removed", by=by.person_id, subject_kind="plan", subject_id=item.plan_id)
    session.delete(item)
    return item.plan_id


def _open_plan(session: Session, plan_id: UUID, *, version: int, by: Actor) -> Plan:
    """The plan, locked, one version further.  Raises Conflict where another person was faster."""
    require(by, Right.PLAN_WRITE)
    plan = load(session, Plan, plan_id, lock=True)
    check_fresh(plan, version)
    if plan.state == "off":
        raise Conflict("plan.ended", ENDED)
    plan.version += 1
    return plan


def check_fresh(plan: Plan, version: int) -> None:
    """Raises Conflict for a page that shows an older version."""
    if plan.version != version:
        raise Conflict("plan.stale", STALE)


def _draft_item(session: Session, item_id: UUID, *, version: int, by: Actor) -> PlanItem:
    require(by, Right.PLAN_WRITE)
    plan_id = load(session, PlanItem, item_id).plan_id
    _open_plan(session, plan_id, version=version, by=by)
    item = load(session, PlanItem, item_id, lock=True)
    if item.state != "draft":
        raise Conflict("plan_item.in_force", IN_FORCE)
    return item


def _apply(item: PlanItem, changes: Mapping[str, Any], by: Actor) -> None:
    """Set what changes; grace and holidays follow the period unless somebody chose them."""
    role = changes.get("doer_role")
    if role and not roles_fit(by.organisation_kind, [Role(role)]):
        raise Invalid("plan_item.role", errors={"doer_role": [NO_ROLE]})
    before = item.period
    for name in CHANGEABLE:
        if name in changes:
            setattr(item, name, changes[name])
    if "chosen" in changes:
        item.chosen = changes["chosen"]
    if item.period not in DATED:
        item.dates = []
    if item.period != before:
        item.period_source = "decided" if before == "unstated" else item.period_source
    _set_grace(item, changes.get("grace_days"), before)
    item.holiday = changes.get("holiday") or rules.holiday_of(by.organisation_kind, item.dates)


def _set_grace(item: PlanItem, given: int | None, period_before: str) -> None:
    """A grace that was only the default of the old period becomes that of the new one."""
    wanted = item.grace_days if given is None else given
    usual = wanted == rules.default_grace(period_before)
    item.grace_days = rules.default_grace(item.period) if usual else wanted
