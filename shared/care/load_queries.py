"""What a plan's items ask for in a term, with the children, classes and doers there are now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, select, text
from sqlalchemy.orm import Session

from shared.kernel.clock import local_day
from shared.kernel.database import tenant_of
from shared.people.models import Membership

from . import plan_rules as rules
from .calendar import Calendar, Rhythm, Window, windows
from .doers import DOER, HOLDERS, STANDING, UNIT_ROLES
from .load import Demand, Load, load_of, windows_in_term
from .occurrence_making import SUBJECTS
from .plan_queries import ItemView
from .terms import calendar_of

MONTHS_WITHOUT_TERM = 5
LOOK_AHEAD = timedelta(days=366)  # every period has a window that starts within a year


@dataclass(frozen=True)
class TermLoad:
    """What the plan asks for in a term (`of_term` False: in the coming months), with the doers' names."""

    term: Window
    of_term: bool
    load: Load
    names: dict[UUID, str]
    starts: dict[UUID, date]


DEMAND = text(
    f"""
    WITH {SUBJECTS}, {HOLDERS}
    SELECT w.item_id, {DOER} AS doer_id, count(*) AS subjects FROM wanted w {STANDING}
     GROUP BY w.item_id, 2
    """
)


def term_load(session: Session, items: Sequence[ItemView], *, now: datetime) -> TermLoad:
    """What these items ask for in the running or next term; without terms in the coming five months."""
    calendar, today = calendar_of(session), local_day(now)
    term = calendar.term_at(today)
    span = term or _months_from(today)
    due = [item for item in items if item.recurs]
    subjects = _subjects(session, [item.id for item in due])
    demands = [
        Demand(item.kind, item.doer_role, item.times, _windows(item, calendar, span), subjects.get(item.id, {}))
        for item in due
    ]
    months = windows_in_term(Rhythm("monthly", pauses=True), Calendar((span,)), span)
    found = load_of(demands, months=months)
    doers = [share.doer_id for share in found.shares if share.doer_id]
    names = {row.id: row.name for row in session.execute(_names(doers))}
    return TermLoad(span, term is not None, found, names, _starts(due, calendar, today))


def _names(doers: Sequence[UUID]) -> Select[tuple[UUID, str]]:
    return select(Membership.id, Membership.name).where(Membership.id.in_(doers))


def _windows(item: ItemView, calendar: Calendar, span: Window) -> int:
    return windows_in_term(rules.rhythm_of(item), calendar, span)


def _months_from(today: date) -> Window:
    first = windows(Rhythm("monthly"), Calendar(), first=today, last=today + LOOK_AHEAD)
    return Window(first[0].start, first[MONTHS_WITHOUT_TERM - 1].end)


def _subjects(session: Session, item_ids: Sequence[UUID]) -> dict[UUID, dict[UUID | None, int]]:
    given = {
        "tenant": tenant_of(session),
        "items": list(item_ids),
        "children": None,
        "unit_roles": [role.value for role in UNIT_ROLES],
    }
    found: dict[UUID, dict[UUID | None, int]] = {}
    for item_id, doer_id, subjects in session.execute(DEMAND, given):
        found.setdefault(item_id, {})[doer_id] = subjects
    return found


def _starts(items: Sequence[ItemView], calendar: Calendar, today: date) -> dict[UUID, date]:
    """The first window of each item, were it put into force today; none within a year is left out."""
    until = today + LOOK_AHEAD
    found = {}
    for item in items:
        rhythm = rules.rhythm_of(item)
        first = windows(Rhythm(rhythm.period, rhythm.dates, rhythm.pauses, today), calendar, first=today, last=until)
        if first:
            found[item.id] = first[0].start
    return found
