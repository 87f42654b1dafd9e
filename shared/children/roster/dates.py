"""Dates of birth as people write them: text in many ways, numbers, serial numbers, only a month."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta

from shared.children.roster.grid import Cell

_EPOCH = date(1899, 12, 30)  # day 0 of the 1900 system after its 29 February 1900
_SERIALS = range(20_000, 80_000)  # 1954 … 2119
_FIRST_YEAR = 1900
_LONGEST = 60  # characters; also keeps the patterns below quick
_SEPARATOR = r"\s*[-./年月日、,，。_~—–－\s]\s*"
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"(?<=[\d日号])[T\s]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?$")
_FULL = re.compile(rf"(\d{{4}}){_SEPARATOR}(\d{{1,2}}){_SEPARATOR}(\d{{1,2}})\s*[日号.。]?")
_SHORT_YEAR = re.compile(rf"'?(\d{{2}}){_SEPARATOR}(\d{{1,2}}){_SEPARATOR}(\d{{1,2}})\s*[日号.。]?")
_YEAR_LAST = re.compile(r"(\d{1,2})[-./](\d{1,2})[-./](\d{4})")
_MONTH = re.compile(rf"(\d{{4}}){_SEPARATOR}(\d{{1,2}})\s*[月.]?\s*份?")
_YEAR = re.compile(r"(\d{4})\s*年?")
_DIGITS = re.compile(r"(\d+)(?:\.0+)?")
_LUNAR = re.compile(r"[农阴]历|[正腊冬闰初廿]")
_NUMERALS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_TENS = re.compile(r"([二三])?十([一二三四五六七八九])?")


@dataclass(frozen=True, slots=True)
class Reading:
    """The days a cell may mean, or (year, month) with month 0 for a year alone, and the repair done."""

    days: tuple[date, ...] = ()
    months: tuple[tuple[int, int], ...] = ()
    repair: str | None = None


def parse(cell: Cell) -> Reading:
    """Read one non-blank cell; nothing in the answer means that it cannot be read."""
    if isinstance(cell, date):
        return Reading(days=(cell,))
    if isinstance(cell, float):
        return _number(cell)
    if not isinstance(cell, str) or len(cell) > _LONGEST:
        return Reading()
    text = unicodedata.normalize("NFKC", cell).strip().lstrip("'’`").strip()
    if _ISO.fullmatch(text):
        return _days([_ymd(text[:4], text[5:7], text[8:])], None)
    return Reading() if _LUNAR.search(text) else _text(_TIME.sub("", _western(text)))


def _western(text: str) -> str:
    """二〇一五年九月十三日 with digits."""

    def tens(found: re.Match[str]) -> str:
        return f"{found[1] or '一'}{found[2] or '〇'}"

    return _TENS.sub(tens, text).translate(_NUMERALS)


def _text(text: str) -> Reading:
    if found := _FULL.fullmatch(text):
        return _days([_ymd(*found.groups())], "date_format")
    if found := _YEAR_LAST.fullmatch(text):
        first, second, year = found.groups()
        return _days([_ymd(year, first, second), _ymd(year, second, first)], "date_format")
    if found := _SHORT_YEAR.fullmatch(text):
        year, month, day = found.groups()
        return _days([_ymd(f"20{year}", month, day)], "date_format")
    if found := _MONTH.fullmatch(text):
        return _months(int(found[1]), int(found[2]))
    if found := _DIGITS.fullmatch(text):
        return _digits(found[1])
    if found := _YEAR.fullmatch(text):
        return _months(int(found[1]), 0)
    return Reading()


def _digits(digits: str) -> Reading:
    if len(digits) == 8:
        return _days([_ymd(digits[:4], digits[4:6], digits[6:])], "date_format")
    if len(digits) == 6:
        as_month = _months(int(digits[:4]), int(digits[4:]))
        as_day = _ymd(f"20{digits[:2]}", digits[2:4], digits[4:])
        return as_month if as_month.months else _days([as_day], "date_format")
    if len(digits) == 5 and int(digits) in _SERIALS:
        return Reading(days=(_EPOCH + timedelta(days=int(digits)),), repair="date_serial")
    return _months(int(digits), 0) if len(digits) == 4 else Reading()


def _number(number: float) -> Reading:
    """20150903, a serial number, 2015, or 2015.9 taken for a number (2015.10 lost its zero: also 2015.1)."""
    if number != number or not 0 < number < 1e9:
        return Reading()
    whole = int(number)
    if number.is_integer():
        return _digits(str(whole))
    if whole in _SERIALS:
        return Reading(days=(_EPOCH + timedelta(days=whole),), repair="date_serial")
    month = round((number - whole) * 100)
    if not _FIRST_YEAR <= whole < 2100 or abs(number - whole - month / 100) > 1e-6:
        return Reading()
    if month % 10 == 0:
        months = (month // 10, 10) if month == 10 else (month // 10,)
        return Reading(months=tuple((whole, m) for m in months))
    return _months(whole, month)


def _ymd(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _days(found: list[date | None], repair: str | None) -> Reading:
    days = tuple(dict.fromkeys(day for day in found if day and day.year >= _FIRST_YEAR))
    return Reading(days=days, repair=repair if days else None)


def _months(year: int, month: int) -> Reading:
    known = _FIRST_YEAR <= year < 2100 and 0 <= month <= 12
    return Reading(months=((year, month),)) if known else Reading()
