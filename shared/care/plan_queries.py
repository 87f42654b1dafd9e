"""Plans as lists and pages read them: their items, and what became of these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from shared.kernel.database import load
from shared.people.rules import Actor, Right, require

from . import plan_rules as rules
from .models import Occurrence, Plan, PlanItem

CONTEXT = 60  # characters shown on each side of a quote


@dataclass(frozen=True)
class PlanLine:
    """A plan in the list; `open_period`: items 周期待定, `in_force`: items that are kept."""

    id: UUID
    title: str
    state: str
    created_at: datetime
    activated_at: datetime | None
    version: int
    items: int
    chosen: int
    open_period: int
    in_force: int


@dataclass(frozen=True)
class ItemView:
    """An item; `before` and `after` are the words around its quote in the document."""

    id: UUID
    plan_id: UUID
    position: int
    title: str
    quote: str | None
    quote_start: int | None
    subject: str
    child_filter: str
    kind: str
    period: str
    period_source: str
    times: int
    min_quantity: int | None
    within_minutes: int | None
    dates: list[str]
    doer_words: str | None
    doer_role: str | None
    must: bool
    chosen: bool
    grace_days: int
    holiday: str
    state: str
    active_from: datetime | None
    before: str = ""
    after: str = ""
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def lacks_period(self) -> bool:
        """周期待定."""
        return rules.lacks_period(self)

    @property
    def lacks_doer(self) -> bool:
        """Nobody's role is named although somebody has to do it."""
        return rules.recurs(self) and rules.lacks_doer(self)

    @property
    def recurs(self) -> bool:
        """Whether occurrences are made."""
        return rules.recurs(self)


@dataclass(frozen=True)
class PlanView:
    """A plan with its text and all its items, in the order of the document."""

    id: UUID
    title: str
    leader: str | None
    state: str
    file_name: str | None
    text: str
    created_at: datetime
    activated_at: datetime | None
    ended_at: datetime | None
    version: int
    items: Sequence[ItemView]

    @property
    def waiting(self) -> list[ItemView]:
        """周期待定: not in force, and no period yet."""
        return [item for item in self.items if item.state == "draft" and item.lacks_period]

    @property
    def ticked(self) -> list[ItemView]:
        """What activating would put into force."""
        return [item for item in self.items if item.state == "draft" and item.chosen]

    @property
    def in_force(self) -> list[ItemView]:
        """What is kept now."""
        return [item for item in self.items if item.state == "active"]


def plans() -> Select[tuple[Plan, int, int, int, int]]:
    """The newest first."""
    draft = PlanItem.state == "draft"
    open_period = draft & ((PlanItem.period == "unstated") | ((PlanItem.period == "date") & (PlanItem.dates == [])))
    return (
        select(
            Plan,
            func.count(PlanItem.id),
            func.count(PlanItem.id).filter(draft, PlanItem.chosen),
            func.count(PlanItem.id).filter(open_period),
            func.count(PlanItem.id).filter(PlanItem.state == "active"),
        )
        .outerjoin(PlanItem, (PlanItem.tenant_id == Plan.tenant_id) & (PlanItem.plan_id == Plan.id))
        .group_by(Plan.tenant_id, Plan.id)
        .order_by(Plan.created_at.desc(), Plan.id)
    )


def plan_lines(session: Session, by: Actor, *, limit: int, offset: int) -> tuple[list[PlanLine], int]:
    """One page of the plans, and how many there are."""
    require(by, Right.PLAN_READ)
    total = session.scalar(select(func.count()).select_from(Plan)) or 0
    rows = session.execute(plans().limit(limit).offset(offset))
    return [_line(plan, *counts) for plan, *counts in rows], total


def _line(plan: Plan, items: int, chosen: int, open_period: int, in_force: int) -> PlanLine:
    head = (plan.id, plan.title, plan.state, plan.created_at, plan.activated_at, plan.version)
    return PlanLine(*head, items, chosen, open_period, in_force)


def plan_view(session: Session, plan_id: UUID, by: Actor) -> PlanView:
    """A plan with its items and how often each was done, late, missed and so on.  Raises NotFound."""
    require(by, Right.PLAN_READ)
    plan = load(session, Plan, plan_id)
    rows = session.scalars(select(PlanItem).where(PlanItem.plan_id == plan.id).order_by(PlanItem.position))
    counts = _progress(session, plan.id)
    items = [_item(row, plan.text, counts.get(row.id, {})) for row in rows]
    own = {f.name: getattr(plan, f.name) for f in fields(PlanView) if f.name != "items"}
    return PlanView(**own, items=items)


def item_view(session: Session, item_id: UUID, by: Actor) -> tuple[ItemView, Plan]:
    """An item and its plan.  Raises NotFound."""
    require(by, Right.PLAN_READ)
    item = load(session, PlanItem, item_id)
    plan = load(session, Plan, item.plan_id)
    return _item(item, plan.text, {}), plan


def item_lines(
    session: Session, by: Actor, *, plan_id: UUID | None, state: str | None, limit: int, offset: int
) -> tuple[list[ItemView], int]:
    """Items of one plan or of all, and how many there are."""
    require(by, Right.PLAN_READ)
    wanted = select(PlanItem)
    if plan_id:
        wanted = wanted.where(PlanItem.plan_id == plan_id)
    if state:
        wanted = wanted.where(PlanItem.state == state)
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = session.scalars(
        wanted.order_by(PlanItem.plan_id, PlanItem.position, PlanItem.id).limit(limit).offset(offset)
    )
    return [_item(row, "", {}) for row in rows], total


def for_reading(items: Sequence[ItemView]) -> list[ItemView]:
    """What has a rhythm first, then what waits for a period, then single acts and triggers; as in the document."""

    def group(item: ItemView) -> int:
        if item.lacks_period:
            return 1
        return 0 if item.recurs and (item.period != "once" or item.must) else 2

    return sorted(items, key=group)


def _item(row: PlanItem, document: str, counts: dict[str, int]) -> ItemView:
    around = ("before", "after", "counts")
    own = {f.name: getattr(row, f.name) for f in fields(ItemView) if f.name not in around}
    before, after = _around(document, row.quote, row.quote_start)
    return ItemView(**own, before=before, after=after, counts=counts)


def _around(document: str, quote: str | None, start: int | None) -> tuple[str, str]:
    """The rest of the quote's paragraph, cut to some words on each side."""
    if not quote or start is None or not document:
        return "", ""
    end = start + len(quote)
    before = document[max(0, start - CONTEXT) : start].rpartition("\n")[2]
    after = document[end : end + CONTEXT].partition("\n")[0]
    return before, after


def _progress(session: Session, plan_id: UUID) -> dict[UUID, dict[str, int]]:
    rows = session.execute(
        select(Occurrence.item_id, Occurrence.state, func.count())
        .join(PlanItem, (PlanItem.tenant_id == Occurrence.tenant_id) & (PlanItem.id == Occurrence.item_id))
        .where(PlanItem.plan_id == plan_id)
        .group_by(Occurrence.item_id, Occurrence.state)
    )
    found: dict[UUID, dict[str, int]] = {}
    for item_id, state, count in rows:
        found.setdefault(item_id, {})[state] = count
    return found
