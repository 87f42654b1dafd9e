"""Promises written straight into the tables, for tests that are about what becomes of them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from shared.care.models import CareRecord, Occurrence, OccurrenceRecord, Plan, PlanItem
from shared.kernel.clock import day_end, day_start
from shared.people.rules import Actor
from tests.support.cast import Company

DUE_SOON_BEFORE = timedelta(days=3)


@dataclass(frozen=True)
class Promise:
    """What a test needs to know of an occurrence."""

    id: UUID
    item_id: UUID


def an_item(session: Session, *, kind: str = "home_visit", role: str | None = "proxy_parent", **values: Any) -> UUID:
    """An active item of an active plan; returns its id."""
    plan = Plan(title="工作计划", text="", state="active")
    session.add(plan)
    session.flush()
    given = {"title": "每月家访", "subject": "child", "period": "monthly", "grace_days": 5} | values
    item = PlanItem(plan_id=plan.id, position=1, kind=kind, doer_role=role, state="active", **given)
    session.add(item)
    session.flush()
    return item.id


@dataclass(frozen=True)
class Window:
    """`days` days from `start`, `grace` days after them, and how often in it."""

    start: date
    days: int = 30
    grace: int = 5
    times: int = 1

    def columns(self) -> dict[str, Any]:
        """As the table keeps it."""
        end = self.start + timedelta(days=self.days - 1)
        return {
            "window_start": self.start,
            "window_end": end,
            "due_soon_at": day_start(end) - DUE_SOON_BEFORE,
            "due_at": day_end(end),
            "grace_until": day_end(end) + timedelta(days=self.grace),
            "times": self.times,
        }


def a_promise(
    company: Company,
    *,
    child: str | None = None,
    unit: str | None = None,
    doer: Actor | None = None,
    kind: str = "home_visit",
    role: str | None = "proxy_parent",
    item_id: UUID | None = None,
    state: str = "open",
    **window: Any,
) -> Promise:
    """An occurrence in a `Window` (its fields by name) with its own item, unless `item_id` is given."""
    dates = Window(**window).columns()
    child_id, unit_id = company.children[child] if child else None, company.units[unit] if unit else None
    whom = {"child_id": child_id, "unit_id": unit_id, "subject_id": child_id or unit_id or company.id}
    with company.transaction() as session:
        item = item_id or an_item(session, kind=kind, role=role, times=dates["times"])
        row = Occurrence(item_id=item, kind=kind, state=state, **whom, **dates)
        row.subject_kind = "child" if child_id else "class" if unit_id else "tenant"
        row.doer_id = doer.membership_id if doer else None
        row.alert_at = row.due_soon_at if state == "open" else None
        session.add(row)
        session.flush()
        return Promise(row.id, item)


def promise_now(company: Company, promise: Promise) -> Occurrence:
    """The row as it stands."""
    with company.transaction() as session:
        row: Occurrence = session.get_one(Occurrence, (company.id, promise.id))
    return row


def counted_for(company: Company, record: CareRecord) -> set[UUID]:
    """What a record counts for."""
    with company.transaction() as session:
        linked = select(OccurrenceRecord.occurrence_id).where(OccurrenceRecord.record_id == record.id)
        return set(session.scalars(linked))


def miss(company: Company, promise: Promise, *, at: datetime) -> None:
    """What the sweep does to an open promise whose grace has run out."""
    with company.transaction() as session:
        session.execute(
            text(
                "UPDATE occurrence SET state = 'missed', stage = 'missed', alert_at = NULL, ended_at = :at "
                "WHERE id = :id AND state = 'open'"
            ),
            {"id": promise.id, "at": at},
        )
