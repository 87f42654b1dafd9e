"""What must hold after a county was lived through, each compared with rows read as hehu_backup; one line a check."""

from __future__ import annotations

from collections.abc import Callable

from . import borders, calls, ends, figures, incidents, letters, misses, notices, pages, reactions
from .books import Books, Finding

CHECKS: dict[str, Callable[[Books], Finding]] = {
    "ends": ends.check,
    "misses": misses.check,
    "escalations": calls.check,
    "notices": notices.check,
    "messages": letters.check,
    "incidents": incidents.check,
    "figures": figures.check,
    "pages": pages.check,
    "borders": borders.check,
    "reactions": reactions.check,
}
