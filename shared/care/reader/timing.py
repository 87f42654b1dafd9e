"""Reads the time words of a clause: how often, on which day, within how many minutes, on what trigger."""

import re
from dataclasses import dataclass
from enum import IntEnum

from .layout import month_number
from .lexicon import times


class Evidence(IntEnum):
    """How plainly a clause says when."""

    NONE = 0
    SOFT = 1
    HARD = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When a deed is due, as far as its words say; `period` is None where they say nothing."""

    evidence: Evidence = Evidence.NONE
    period: str | None = None
    times: int | None = None
    quantity: int | None = None
    within_minutes: int | None = None
    dates: tuple[str, ...] = ()

    @property
    def only_count(self) -> bool:
        """True for 一次 without any other word of time."""
        return self.period == "once" and self.times is not None


_FREQUENCIES = tuple((period, re.compile(pattern)) for period, pattern in times.FREQUENCIES)
_FESTIVALS = tuple((re.compile(pattern), date) for pattern, date in times.FESTIVALS)
_NEAR = tuple((re.compile(pattern), month) for pattern, month in times.NEAR_MONTHS)
_HOLIDAYS = re.compile(times.HOLIDAYS)
_SOFT = re.compile(times.SOFT)
_DAY = re.compile(times.DAY)
_MONTH = re.compile(times.MONTH)
_MONTH_BLANK = re.compile(times.MONTH_BLANK)
_CLOCK = re.compile(times.CLOCK)
_DEADLINE = re.compile(times.DEADLINE)
_TRIGGER = re.compile(times.TRIGGER)
_COUNT = re.compile(rf"(?<![每第有这再在]){times.COUNT}(?!性)")
_WRITING = re.compile(rf"(?<![每第]){times.COUNT_OF_WRITING}")
_QUANTITY = re.compile(rf"(?<![每第到至]){times.QUANTITY}")


def number(words: str) -> int | None:
    """A small number in digits or Chinese numerals; None for what is not one (半, 0)."""
    if words.isdecimal():
        return int(words) or None
    tens, ten, ones = words.rpartition("十")
    value = (times.NUMERALS.get(tens, 1) * 10 if ten else 0) + times.NUMERALS.get(ones, 0)
    return value or None


def clock_minutes(words: str) -> int | None:
    """Minutes of 30分钟内, 半小时内 or 1个半小时内; None without such words."""
    found = _CLOCK.search(words)
    if not found:
        return None
    unit = times.CLOCK_MINUTES[found["unit"]]
    half = unit // 2 if found["half"] else 0
    if found["number"] == "半":
        return unit // 2 or None
    return (number(found["number"]) or 0) * unit + half or None


def timing_of(words: str) -> Timing:
    """Everything a clause, with the clauses that lead to it, says about time."""
    count = _first(_COUNT, words) or _first(_WRITING, words)
    quantity = _first(_QUANTITY, words)
    within = clock_minutes(words)
    if within:
        return Timing(evidence=Evidence.HARD, period="event", within_minutes=within)
    period, dates = _stated(words)
    if period:
        return Timing(evidence=Evidence.HARD, period=period, times=count, quantity=quantity, dates=dates)
    if _TRIGGER.search(words):
        return Timing(evidence=Evidence.SOFT, period="event", times=count, quantity=quantity)
    if count or _DEADLINE.search(words):
        return Timing(evidence=Evidence.HARD, period="once", times=count, quantity=quantity)
    if _SOFT.search(words):
        return Timing(evidence=Evidence.SOFT, period="unstated", quantity=quantity)
    return Timing(quantity=quantity)


def _first(pattern: re.Pattern[str], words: str) -> int | None:
    found = pattern.search(words)
    return number(found["number"]) if found else None


def _stated(words: str) -> tuple[str | None, tuple[str, ...]]:
    """A frequency, a festival or a date; yearly festivals are festivals, monthly ones are monthly."""
    frequency = next((period for period, pattern in _FREQUENCIES if pattern.search(words)), None)
    if frequency and frequency != "year":
        return frequency, ()
    feasts = [(at.start(), date) for pattern, date in _FESTIVALS if (at := pattern.search(words))]
    festivals = tuple(date for _, date in sorted(feasts))
    if festivals or _HOLIDAYS.search(words):
        return "festival", festivals
    dates = _dates(words)
    if dates or _MONTH_BLANK.search(words):
        return "date", dates
    return frequency, ()


def _dates(words: str) -> tuple[str, ...]:
    days = [f"{month_number(found['month']):02d}-{number(found['day']) or 1:02d}" for found in _DAY.finditer(words)]
    if days:
        return tuple(dict.fromkeys(day for day in days if "01-01" <= day <= "12-31"))
    months = [month_number(found["month"]) for found in _MONTH.finditer(words)]
    months += [month for pattern, month in _NEAR if pattern.search(words)]
    return tuple(dict.fromkeys(f"month:{month}" for month in months if 1 <= month <= 12))
