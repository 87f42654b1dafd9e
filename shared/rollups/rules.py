"""Which window the figures of promises look at, and who is silent.  Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

SCHOOL_YEAR_BEGINS = (9, 1)
SILENT_AFTER = timedelta(days=30)  # N23


def window_start(terms: Iterable[date], today: date) -> date:
    """First day of the window: of the term that began last; without terms, of the school year."""
    begun = [start for start in terms if start <= today]
    if begun:
        return max(begun)
    this_year = date(today.year, *SCHOOL_YEAR_BEGINS)
    return this_year if this_year <= today else date(today.year - 1, *SCHOOL_YEAR_BEGINS)


def silent_since(today: date) -> date:
    """An organisation whose last record is of before this day is silent (N23)."""
    return today - SILENT_AFTER
