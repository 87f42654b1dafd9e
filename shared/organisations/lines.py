"""Reads pasted lists of names, and the grade out of a class's name.  Pure."""

from __future__ import annotations

import re

from shared.kernel.errors import N_, Invalid

LONGEST_NAME = 40
MOST_NAMES = 500
_NUMERALS = {numeral: number for number, numeral in enumerate("一二三四五六七八九", start=1)}
_JUNIOR = re.compile(r"^初([一二三])")
_YEAR = re.compile(r"^([一二三四五六七八九1-9])\s*(?:年级|年|[（(.·－-])")
_NUMBERED = re.compile(r"^([1-9])0[1-9]|^([1-9])[1-9]\d班")
_NURSERY = ("托班", "小小班")
_KINDERGARTEN = {"小班": -3, "中班": -2, "大班": -1}
_BULLET = re.compile(r"^\s*(?:[-*•·]|\d+[、.．)）]\s*(?=\D))\s*")


def names_of(pasted: str, *, field: str = "names") -> list[str]:
    """The names of a pasted list in their order, each once; bullets and numbering go.

    Raises Invalid at `field` for nothing, for a name of over 40 characters and for over 500 names.
    """
    found: dict[str, None] = {}
    for line in pasted.splitlines():
        name = " ".join(_BULLET.sub("", line).split())
        if len(name) > LONGEST_NAME:
            raise Invalid("names.too_long", errors={field: [N_("一行写一个名称，每个最多 40 个字。")]})
        if name:
            found[name] = None
    if not found:
        raise Invalid("names.none", errors={field: [N_("请至少填写一行。")]})
    if len(found) > MOST_NAMES:
        raise Invalid("names.too_many", errors={field: [N_("一次最多 500 行，请分几次添加。")]})
    return list(found)


def grade_of(name: str) -> int | None:
    """The grade in a class's name: 1 to 9, -3 to -1 for the kindergarten's small to big class; None if unsaid."""
    for start, grade in _KINDERGARTEN.items():
        if name.startswith(start) or name.endswith(start):
            return None if name.startswith(_NURSERY) else grade
    if junior := _JUNIOR.match(name):
        return 6 + _NUMERALS[junior[1]]
    if year := _YEAR.match(name):
        return _NUMERALS.get(year[1]) or int(year[1])
    if numbered := _NUMBERED.match(name):
        return int(numbered[1] or numbered[2])
    return None


def grade_title(grade: int) -> str:
    """三年级; the kindergarten's years have no unit of their own."""
    return f"{'一二三四五六七八九'[grade - 1]}年级"
