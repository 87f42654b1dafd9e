"""The papers a school hands in: its work plan and its roster, and what they must come to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from services.ops.demo_data import roster
from services.ops.demo_data.names import Inventor
from services.ops.demo_data.plans import text_of
from services.ops.demo_data.pupils import LEFT_BEHIND, PUPILS, school
from shared.kernel.clock import CHINA

SEED = 743


@dataclass(frozen=True)
class Documents:
    """Files by name and content; ages count from `as_of`."""

    plan_name: str
    plan: bytes
    roster_name: str
    roster: bytes
    as_of: date
    pupils: int = PUPILS
    left_behind: int = LEFT_BEHIND


def own() -> Documents:
    """Those of the demo's school."""
    today = datetime.now(CHINA).date()
    children = school(Inventor(SEED), today=today)
    data = roster.by_grade("苔岭镇中心小学在校学生名册", children)
    return Documents("工作计划.txt", text_of("plan.txt"), "在校学生名册.xlsx", data, today)
