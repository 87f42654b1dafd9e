"""Misses, and who was called about them."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, text, update

from shared.care.models import Escalation
from shared.children.models import Child
from shared.kernel.clock import CHINA
from shared.notifications.models import Notice
from tests.support.cast import Cast, Company
from tests.support.promises import Promise, a_promise

SEPTEMBER, OCTOBER, NOVEMBER = date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)


BEFORE = datetime(2026, 9, 2, 9, 0, tzinfo=CHINA)


def after(promise_month: date, **more: float) -> datetime:
    """Shortly after the grace of a 30-day window from the first with 5 days of grace has run out."""
    start = datetime(promise_month.year, promise_month.month, promise_month.day, tzinfo=CHINA)
    return start + timedelta(days=35, minutes=5) + timedelta(**more)


def visit(cast: Cast, start: date, item: Promise | None = None, **changes: Any) -> Promise:
    given: dict[str, Any] = {"child": "王小明", "doer": cast.school.proxy_parent} | changes
    return a_promise(cast.school, start=start, item_id=item.item_id if item else None, **given)


def pass_to(cast: Cast, moment: datetime) -> None:
    cast.clock(moment)
    cast.sweep()
    cast.run_reactions()


def calls(company: Company, promise: Promise) -> list[tuple[str, str, str]]:
    with company.transaction() as session:
        rows = session.scalars(
            select(Escalation).where(Escalation.occurrence_id == promise.id).order_by(Escalation.level)
        )
        return [(row.level, row.why, row.state) for row in rows]


def call(company: Company, promise: Promise, level: str) -> Escalation:
    with company.transaction() as session:
        wanted = select(Escalation).where(Escalation.occurrence_id == promise.id, Escalation.level == level)
        found: Escalation = session.scalars(wanted).one()
        return found


def kinds(company: Company, member: str) -> list[str]:
    with company.transaction() as session:
        wanted = select(Notice.kind).where(Notice.recipient_id == company.members[member].membership_id)
        return list(session.scalars(wanted.order_by(Notice.created_at, Notice.kind)))


def mark(company: Company, child: str, **values: Any) -> None:
    with company.transaction() as session:
        session.execute(update(Child).where(Child.id == company.children[child]).values(**values))


def third_miss(cast: Cast) -> Promise:
    first = visit(cast, SEPTEMBER, state="missed")
    visit(cast, OCTOBER, first, state="missed")
    third = visit(cast, NOVEMBER, first)
    pass_to(cast, after(NOVEMBER))
    return third


ROWS = text(
    "SELECT (SELECT count(*) FROM escalation), (SELECT count(*) FROM notice), (SELECT count(*) FROM delivery),"
    " (SELECT count(*) FROM copied_message), (SELECT count(*) FROM event)"
)
