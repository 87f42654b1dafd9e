"""The 18-character resident number (GB 11643): its check character, birth date and sex.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

LENGTH = 18
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"


class Sex(StrEnum):
    MALE = "男"
    FEMALE = "女"


class Fault(StrEnum):
    """Why a number cannot be a resident number; the first that applies."""

    LENGTH = "length"
    CHECKSUM = "checksum"
    BIRTH_DATE = "birth_date"
    FUTURE = "future"


@dataclass(frozen=True, slots=True)
class Resident:
    """What a sound number says.  `region` is a hint only: tables of regions reject valid people."""

    number: str
    region: str
    birth_date: date
    sex: Sex


def check_character(first17: str) -> str:
    """The 18th character for 17 ASCII digits (MOD 11-2)."""
    return _CHECK[sum(int(digit) * weight for digit, weight in zip(first17, _WEIGHTS, strict=True)) % 11]


def check(number: str, *, as_of: date) -> Resident | Fault:
    """Read a number already trimmed and with a capital X; a birth date after `as_of` is a fault."""
    if len(number) != LENGTH:
        return Fault.LENGTH
    digits = number[:17]
    if not (digits.isascii() and digits.isdigit()) or check_character(digits) != number[17]:
        return Fault.CHECKSUM
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return Fault.BIRTH_DATE
    if born > as_of:
        return Fault.FUTURE
    return Resident(number, number[:6], born, Sex.MALE if int(number[16]) % 2 else Sex.FEMALE)


def age_on(day: date, born: date) -> int:
    """Full years; the birthday itself counts as reached, 29 February falls on 1 March in common years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
