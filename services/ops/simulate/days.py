"""The days that are lived through: from when, which terms, who works on them, and at which moments things happen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from shared.care.calendar import is_school_day
from shared.kernel.clock import CHINA
from shared.organisations.rules import SCHOOLS, Kind

# A Monday.  The first month ends with a working Sunday (调休) and National Day, 120 days reach the winter holidays of
# the kindergartens, which keep a calendar of their own.
STARTS = date(2025, 9, 1)
TERMS = (
    ("第一学期", date(2025, 9, 1), date(2026, 1, 16)),
    ("第二学期", date(2026, 3, 2), date(2026, 7, 3)),
)
OWN_TERMS = {
    Kind.KINDERGARTEN: (
        ("秋季学期", date(2025, 9, 1), date(2025, 12, 12)),
        ("春季学期", date(2026, 3, 2), date(2026, 6, 26)),
    )
}
MOST_DAYS = (TERMS[-1][2] - STARTS).days
DAY = timedelta(days=1)
SUNDAY = 6

FOUNDED, IN_FORCE = time(9, 0), time(14, 0)  # on the day before the first
# Windows, graces and holidays end at midnight, answers are due at the minute in which the miss was seen, by night or in
# the morning after a record was declared void: with a moment after each, that minute falls on the same day, before
# anybody answers, however long a reaction took.
NIGHT, MORNING, NOON, KNOWN, AFTERNOON = time(0, 10), time(9, 0), time(12, 0), time(13, 0), time(16, 0)


def moment(day: date, at: time) -> datetime:
    """A moment of a day in Asia/Shanghai."""
    return datetime.combine(day, at, CHINA)


def works(kind: str, day: date) -> bool:
    """Whether people of such an organisation make visits on the day: schools as schools do, others six days a week."""
    school_day = is_school_day(day)
    return school_day if kind in SCHOOLS else school_day or (day.weekday() < SUNDAY and not _is_holiday(day))


def _is_holiday(day: date) -> bool:
    return day.weekday() < SUNDAY - 1 and not is_school_day(day)


def days_within(first: date, last: date) -> Iterator[date]:
    """Each day, both ends inside."""
    for number in range((last - first).days + 1):
        yield first + number * DAY


def workday_from(kind: str, day: date) -> date:
    """The day itself or the next on which such people work."""
    while not works(kind, day):
        day += DAY
    return day


def workday_before(kind: str, day: date) -> date:
    """The last day before it on which such people work."""
    day -= DAY
    while not works(kind, day):
        day -= DAY
    return day
