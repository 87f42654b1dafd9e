"""Addresses of organisations and areas: the pinyin of their names, and a number where it is taken."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from pypinyin import lazy_pinyin

LONGEST = 40
RESERVED = frozenset({"new", "api", "static", "admin"})


def slugs(name: str) -> Iterator[str]:
    """Candidates without end: `yun-ling-xiao-xue`, `yun-ling-xiao-xue-2` …; ASCII letters, digits and hyphens."""
    plain = re.sub(r"[^a-z0-9]+", "-", "-".join(lazy_pinyin(name)).lower()).strip("-")
    while len(plain) > LONGEST:
        plain = plain.rpartition("-")[0] or plain[:LONGEST]
    plain = plain or "org"
    if plain not in RESERVED:
        yield plain
    yield from (f"{plain}-{number}" for number in itertools.count(2))
