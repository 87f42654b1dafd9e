"""Who cares for a child now, as far as the roll asks: care's table by name, since that room stands above this one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, column, func, or_, select, table, text

from shared.people.models import Membership

from .models import Child

ASSIGNMENT = table("assignment", column("child_id"), column("membership_id"), column("from_on"), column("until_on"))
TODAY = text("(SELECT (app_now() AT TIME ZONE 'Asia/Shanghai')::date)")  # asked once, not of each row


def _current() -> ColumnElement[bool]:
    return or_(ASSIGNMENT.c.until_on.is_(None), ASSIGNMENT.c.until_on >= TODAY)


def paired_children(membership_id: UUID) -> Select[Any]:
    """Ids of the children this member cares for today."""
    return select(ASSIGNMENT.c.child_id).where(ASSIGNMENT.c.membership_id == membership_id, _current())


def has_carer() -> ColumnElement[bool]:
    """Whether somebody cares for the child of the outer query."""
    return select(ASSIGNMENT.c.child_id).where(ASSIGNMENT.c.child_id == Child.id, _current()).correlate(Child).exists()


def carer_names() -> ScalarSelect[str | None]:
    """The names of the carers of the child of the outer query, in the order of their pinyin."""
    names = func.aggregate_strings(Membership.name, "、")
    return (
        select(names)
        .select_from(ASSIGNMENT.join(Membership, Membership.id == ASSIGNMENT.c.membership_id))
        .where(ASSIGNMENT.c.child_id == Child.id, _current())
        .correlate(Child)
        .scalar_subquery()
    )
