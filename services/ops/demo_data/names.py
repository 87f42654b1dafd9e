"""Invented people: names put together from syllables, resident numbers of a region that does not exist, telephones.

No family is called by these family names; the region 9901xx and the numbers 1?9 0000 xxxx belong to nobody.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from random import Random

from shared.children.identity import check_character

FAMILIES = "霁砚苔汀荻檐茵榕溪岚棠橘笠渡泊澜蕨藜汐曙"
FIRST = "小知念书亦若可以星望听问映远采拾晓初"
SECOND_OF_GIRL = "穗苗荷莓蕊禾鹿雀絮笛"
SECOND_OF_BOY = "舟帆岩松川野牧峰砾桥"
SECOND_OF_ADULT = "耕织田垄谷井渠篱灶秋"
REGION = "990117"
FAMILY_BLOCK, STAFF_BLOCK = 5, 3  # 1?9 0000 xxxx: which ?
LAST_FOUR = 10_000


class Inventor:
    """Makes people up; the same seed makes the same ones, nobody twice."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self._taken: set[str] = set()
        self._on_day: Counter[date] = Counter()
        self._phones: Counter[int] = Counter()

    def family(self) -> str:
        """A family name."""
        return self.random.choice(FAMILIES)

    def child(self, family: str, *, girl: bool) -> str:
        """A child's name in a family."""
        return self._name(family, SECOND_OF_GIRL if girl else SECOND_OF_BOY)

    def adult(self, family: str | None = None) -> str:
        """A grown-up's name."""
        return self._name(family or self.family(), SECOND_OF_ADULT)

    def _name(self, family: str, second: str) -> str:
        for length in (1, 1, 1, 2, 2, 2, 2, 2):
            given = "".join(self.random.choice(FIRST) for _ in range(length))
            name = family + given + self.random.choice(second)
            if name not in self._taken:
                break
        self._taken.add(name)
        return name

    def birthday(self, first: date, last: date) -> date:
        """A day from `first` to `last`."""
        return first + timedelta(days=self.random.randrange((last - first).days + 1))

    def number(self, born: date, *, girl: bool) -> str:
        """A sound resident number: its order on the day is odd for boys, even for girls."""
        self._on_day[born] += 1
        order = 2 * self._on_day[born] + (0 if girl else 1)
        first17 = f"{REGION}{born:%Y%m%d}{order:03d}"
        return first17 + check_character(first17)

    def phone(self, block: int = FAMILY_BLOCK) -> str:
        """A mobile number; each once."""
        self._phones[block] += 1
        carry, last = divmod(self._phones[block], LAST_FOUR)
        return f"1{block + carry}90000{last:04d}"
