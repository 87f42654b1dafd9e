"""Windows of a promise: from a period and the terms to days of Asia/Shanghai.  Pure: values in, values out.

1. A *stretch* is time in which the clock of an item runs: each term for items that pause in the holidays, everything
   for those that do not.
2. A period cuts a stretch into windows without gap or overlap.  A piece too short to keep a promise in (a month of
   which the term has two days) joins its neighbour.
3. Days named by a plan (`06-01`, `month:10`, `lunar:09-09`) are windows of their own and do not pause.
"""

from __future__ import annotations

import calendar as gregorian
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tyme4py.holiday import LegalHoliday
from tyme4py.lunar import LunarDay
from tyme4py.solar import SolarTerm

from shared.kernel.clock import day_end, day_start

DAY = timedelta(days=1)
FORTNIGHT = 14
SOME_MONDAY = date(2024, 9, 2)  # fortnights count from here where no term is known
LEAD_DAYS = 6  # a dated promise may be kept in the week that ends with its day
ONCE_DAYS = 90  # a single act has until the end of its term, or this long where there is none

GRACE_DAYS = {
    "daily": 1,
    "weekly": 2,
    "biweekly": 3,
    "monthly": 5,
    "quarterly": 10,
    "half_year": 10,
    "term": 10,
    "school_year": 14,
    "year": 14,
    "date": 3,
    "festival": 3,
    "once": 3,
    "event": 3,
    "unstated": 5,
}
SHORTEST_DAYS = {"weekly": 3, "biweekly": 7, "monthly": 7, "quarterly": 28, "half_year": 56}
MONTHS = {"monthly": 1, "quarterly": 3, "half_year": 6, "school_year": 12, "year": 12}
DATED = ("date", "festival")
TILING = ("daily", "weekly", "biweekly", "monthly", "quarterly", "half_year", "term", "school_year", "year")

# Statutory days: name, its day, and how many days of the holiday follow it.
HOLIDAYS = (
    ("元旦", "01-01", 2),
    ("春节", "lunar:01-01", 6),
    ("清明", "qingming", 2),
    ("劳动节", "05-01", 4),
    ("端午", "lunar:05-05", 2),
    ("中秋", "lunar:08-15", 2),
    ("国庆", "10-01", 6),
)
_DAY = re.compile(r"(lunar:)?(\d{2})-(\d{2})")
_MONTH = re.compile(r"month:(\d{1,2})")


@dataclass(frozen=True, order=True)
class Window:
    """Days from `start` to `end`, both inside."""

    start: date
    end: date

    @property
    def due_at(self) -> datetime:
        """The first instant after the window (half-open, Asia/Shanghai)."""
        return day_end(self.end)

    def grace_until(self, grace_days: int) -> datetime:
        """When open becomes missed."""
        return day_end(self.end + timedelta(days=grace_days))

    def due_soon_at(self, period: str) -> datetime:
        """Two days before it is due, one for weekly and daily; never before the window."""
        notice = 1 if period in ("daily", "weekly") else 2
        return max(day_start(self.start), self.due_at - timedelta(days=notice))


@dataclass(frozen=True)
class Calendar:
    """What an organisation's time looks like: its terms (first and last day), in order."""

    terms: tuple[Window, ...] = ()

    def term_at(self, day: date) -> Window | None:
        """The term of the day, or the next one in the holidays."""
        return next((term for term in self.terms if term.end >= day), None)


@dataclass(frozen=True)
class Rhythm:
    """When a promise recurs.  `since` is the day from which a single act counts."""

    period: str
    dates: tuple[str, ...] = ()
    pauses: bool = False
    since: date | None = None

    @property
    def makes_windows(self) -> bool:
        """False for what nobody can put into a calendar: no period yet, or a trigger."""
        if self.period == "date":
            return bool(self.dates)
        return self.period not in ("unstated", "event")

    @property
    def needs_terms(self) -> bool:
        """Whether nothing can be said without term dates."""
        pausing = self.pauses and self.period not in ("school_year", "year", "once", *DATED)
        return self.period == "term" or pausing


def windows(rhythm: Rhythm, calendar: Calendar, *, first: date, last: date) -> list[Window]:
    """The windows that start from `first` to `last`, in order; each start once."""
    found = {w.start: w for w in _all(rhythm, calendar, first, last) if first <= w.start <= last}
    return [found[start] for start in sorted(found)]


def _all(rhythm: Rhythm, calendar: Calendar, first: date, last: date) -> Iterator[Window]:
    """At least the wanted windows; some before and after may be among them."""
    if rhythm.period == "term":
        yield from calendar.terms
    elif rhythm.period == "once" and not rhythm.dates:
        yield _single(rhythm, calendar, first)
    elif rhythm.dates or rhythm.period in DATED:
        for year in range(first.year - 1, last.year + 2):
            yield from _dated(rhythm, calendar, year)
    elif rhythm.makes_windows:
        for stretch in _stretches(rhythm, calendar, first, last):
            yield from _cut(rhythm, stretch)


def _single(rhythm: Rhythm, calendar: Calendar, first: date) -> Window:
    """One act: from the day it was promised to the end of the term."""
    start = rhythm.since or first
    term = calendar.term_at(start)
    return Window(start, term.end if term else start + timedelta(days=ONCE_DAYS))


def _stretches(rhythm: Rhythm, calendar: Calendar, first: date, last: date) -> Iterator[Window]:
    if rhythm.pauses and rhythm.period not in ("school_year", "year"):
        yield from (term for term in calendar.terms if term.end >= first and term.start <= last)
    elif rhythm.period == "biweekly":
        yield from _between_term_starts(calendar, first, last)
    else:
        yield _whole(rhythm, first, last)


def _between_term_starts(calendar: Calendar, first: date, last: date) -> Iterator[Window]:
    """Fortnights count anew from each start of a term, and go on through the holidays."""
    starts = [term.start for term in calendar.terms]
    earliest = min([first, *starts]) - timedelta(days=FORTNIGHT)  # so that no first piece is cut short
    anchor = SOME_MONDAY + (earliest - SOME_MONDAY) // timedelta(FORTNIGHT) * timedelta(FORTNIGHT)
    edges = sorted({anchor, *starts})
    final = _start_of("biweekly", last, edges[-1]) + timedelta(days=FORTNIGHT)
    for start, following in zip(edges, [*edges[1:], max(final, edges[-1] + timedelta(days=FORTNIGHT))], strict=True):
        yield Window(start, following - DAY)


def _whole(rhythm: Rhythm, first: date, last: date) -> Window:
    """Whole windows around the days asked for: what a stretch cuts short must not depend on the question."""
    opening = _opening_month(rhythm)
    start = _start_of(rhythm.period, first, first, opening)
    final = _start_of(rhythm.period, last, last, opening)
    return Window(start, _next(rhythm.period, final) - DAY)


def _cut(rhythm: Rhythm, stretch: Window) -> list[Window]:
    """A stretch as windows, without gap or overlap."""
    pieces: list[Window] = []
    start = stretch.start
    while start <= stretch.end:
        unit = _start_of(rhythm.period, start, stretch.start, _opening_month(rhythm))
        following = _next(rhythm.period, unit)
        pieces.append(Window(start, min(following - DAY, stretch.end)))
        start = following
    if rhythm.period == "daily":
        return [piece for piece in pieces if not rhythm.pauses or is_school_day(piece.start)]
    return _without_stubs(pieces, SHORTEST_DAYS.get(rhythm.period, 1))


def _without_stubs(pieces: list[Window], shortest: int) -> list[Window]:
    """A first piece that is too short joins the second, a last one the one before."""
    if len(pieces) > 1 and _days(pieces[0]) < shortest:
        pieces[:2] = [Window(pieces[0].start, pieces[1].end)]
    if len(pieces) > 1 and _days(pieces[-1]) < shortest:
        pieces[-2:] = [Window(pieces[-2].start, pieces[-1].end)]
    return pieces


def _days(window: Window) -> int:
    return (window.end - window.start).days + 1


def _opening_month(rhythm: Rhythm) -> int:
    """Schools count quarters and halves from September, everybody else from January."""
    return 9 if rhythm.pauses or rhythm.period == "school_year" else 1


def _start_of(period: str, day: date, anchor: date, opening: int = 1) -> date:
    """The first day of the period's unit that holds `day`; fortnights count from `anchor`."""
    if period == "daily":
        return day
    if period == "weekly":
        return day - timedelta(days=day.weekday())
    if period == "biweekly":
        return anchor + (day - anchor) // timedelta(FORTNIGHT) * timedelta(FORTNIGHT)
    if period == "year":
        return date(day.year, 1, 1)
    back = (day.month - opening) % 12 % MONTHS[period]
    return _months_on(day.replace(day=1), -back)


def _next(period: str, start: date) -> date:
    """The first day of the next unit."""
    days = {"daily": 1, "weekly": 7, "biweekly": FORTNIGHT}.get(period)
    return start + timedelta(days=days) if days else _months_on(start, MONTHS[period])


def _months_on(first_of_month: date, months: int) -> date:
    number = first_of_month.year * 12 + first_of_month.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def is_school_day(day: date) -> bool:
    """Monday to Friday without statutory holidays, and the weekends that replace them (调休)."""
    moved = LegalHoliday.from_ymd(day.year, day.month, day.day)
    return bool(moved.is_work()) if moved else day.weekday() < 5


def _dated(rhythm: Rhythm, calendar: Calendar, year: int) -> Iterator[Window]:
    """The windows of the named days in one year; a festival without a day means every statutory holiday."""
    if rhythm.dates:
        yield from (window for named in rhythm.dates for window in _of_date(named, year))
        return
    if rhythm.period != "festival":
        return
    for _name, named, more in HOLIDAYS:
        day = day_of(named, year)
        inside = any(term.start <= day <= term.end for term in calendar.terms) if day else False
        if day and (inside or not rhythm.pauses):
            yield Window(day - timedelta(days=LEAD_DAYS), day + timedelta(days=more))


def _of_date(named: str, year: int) -> Iterator[Window]:
    if found := _MONTH.fullmatch(named):
        month = int(found[1])
        yield Window(date(year, month, 1), date(year, month, gregorian.monthrange(year, month)[1]))
    elif day := day_of(named, year):
        yield Window(day - timedelta(days=LEAD_DAYS), day)


def day_of(named: str, year: int) -> date | None:
    """The day of `06-01`, `lunar:09-09` or `qingming` in a year; a day the month has not is its last one."""
    if named == "qingming":
        return _gregorian(SolarTerm.from_name(year, "清明").get_julian_day().get_solar_day())
    found = _DAY.fullmatch(named)
    if not found:
        return None
    month, day = int(found[2]), int(found[3])
    if found[1]:
        return _lunar(year, month, day)
    return date(year, month, min(day, gregorian.monthrange(year, month)[1]))


def _lunar(year: int, month: int, day: int) -> date:
    """A lunar day; the twelfth month ends in the following year, and has 29 or 30 days."""
    try:
        return _gregorian(LunarDay.from_ymd(year, month, day).get_solar_day())
    except ValueError:
        return _gregorian(LunarDay.from_ymd(year, month, day - 1).get_solar_day())


def _gregorian(day: object) -> date:
    year, month, number = (getattr(day, name)() for name in ("get_year", "get_month", "get_day"))
    return date(year, month, number)


def is_date_code(named: str) -> bool:
    """Whether this names a day or a month that exists."""
    if found := _MONTH.fullmatch(named):
        return 1 <= int(found[1]) <= 12
    found = _DAY.fullmatch(named)
    if not found:
        return named == "qingming"
    longest = 30 if found[1] else gregorian.monthrange(2024, int(found[2]))[1] if 1 <= int(found[2]) <= 12 else 0
    return 1 <= int(found[2]) <= 12 and 1 <= int(found[3]) <= longest


def term_windows(rhythm: Rhythm, calendar: Calendar, term: Window) -> Sequence[Window]:
    """The windows of one term, for counting what a plan asks for."""
    return windows(rhythm, calendar, first=term.start, last=term.end)
