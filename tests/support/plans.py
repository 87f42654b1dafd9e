"""Plans put into force the way people do it, and the occurrences that came of them."""

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import select

from shared.care import plan_force_usecases, plan_usecases
from shared.care.models import Occurrence
from shared.children.models import Child
from shared.kernel.clock import CHINA
from shared.kernel.events import record
from tests.support.cast import Cast, Company
from tests.support.cluster import dsn

FIRST_OF_TERM = datetime(2026, 9, 1, 8, 0, tzinfo=CHINA)
TEXT = "某校留守儿童关爱计划\n学校关爱工作。"
VISIT = {"title": "每月家访", "subject": "child", "kind": "home_visit", "period": "monthly"}
CALL = {"title": "每月通话", "subject": "child", "kind": "call", "period": "monthly"}
LETTER = {"title": "每学期一封信", "subject": "child", "kind": "letter", "period": "term"}
MEETING = {"title": "留守学生会", "subject": "class", "kind": "class_meeting", "period": "monthly"}
AWARD = {"title": "六一表彰", "subject": "tenant", "kind": "award", "period": "date", "dates": ["06-01"]}
WEEKLY = {"title": "每周谈心", "subject": "child", "kind": "talk", "period": "weekly"}


def put_in_force(cast: Cast, company: Company, *items: dict[str, Any], role: str = "class_teacher") -> UUID:
    """A plan with these items, activated by the head; its occurrences are not made yet."""
    by = company.head
    with company.transaction() as session:
        now = cast.now()
        plan = plan_usecases.hand_in(session, text=TEXT, leader="组长", by=by, now=now)
        for given in items:
            given = {"doer_role": role, **given}
            plan_usecases.add_item(session, plan.id, version=plan.version, by=by, now=now, **given)
        plan_force_usecases.activate(session, plan.id, version=plan.version, by=by, now=now)
        return plan.id


def occurrences(company: Company, **where: Any) -> list[Occurrence]:
    with company.transaction() as session:
        wanted = select(Occurrence).filter_by(**where).order_by(Occurrence.window_start, Occurrence.id)
        return list(session.scalars(wanted))


def states(company: Company) -> Counter[str]:
    return Counter(one.state for one in occurrences(company))


def tell(cast: Cast, company: Company, event: Any, **ids: Any) -> None:
    with company.transaction() as session:
        record(session, event(at=cast.now(), **ids))


def new_children(company: Company, number: int) -> None:
    with company.transaction() as session:
        for count in range(number):
            name = f"孩子{count}"
            session.add(Child(name=name, pinyin=f"haizi{count}", left_behind=True, unit_id=company.units["三年级一班"]))


def silence(cast: Cast) -> None:
    """What one test leaves due must not be swept and reacted to by the next."""
    with psycopg.connect(dsn(cast.urls.superuser)) as connection:
        connection.execute("UPDATE occurrence SET alert_at = NULL")
        connection.execute("UPDATE plan_item SET alert_at = NULL")
        connection.execute("UPDATE reaction SET state = 'done' WHERE state = 'open'")
