"""Named places at which a fault test lets a process die; nothing happens unless the environment names one.

`HEHU_CRASH_AT=after_publish:3` ends the process, as a power cut would, the third time it passes there.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from functools import cache

POWER_CUT = 137


@cache
def _wanted() -> tuple[str, int, Iterator[int]]:
    name, _, times = os.environ.get("HEHU_CRASH_AT", "").partition(":")
    return name, int(times or 1), itertools.count(1)


def crash_point(name: str) -> None:
    """Die here if the environment says so."""
    wanted, times, passes = _wanted()
    if name == wanted and next(passes) == times:
        os._exit(POWER_CUT)
