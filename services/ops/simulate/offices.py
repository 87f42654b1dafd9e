"""Which organisations a simulated county has, where they lie, how many children each has and what each promises.  Data.

Townships, villages and communities have made-up names; the offices are copies of the demo's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from services.ops.demo_data.offices import OFFICE, Office
from shared.organisations.rules import Kind
from shared.people.rules import Role

from .scale import Scale

# Of ten organisations; the weights say how the children are spread.
PATTERN = (
    *(Kind.SCHOOL, Kind.KINDERGARTEN, Kind.VILLAGE, Kind.COMMUNITY, Kind.SCHOOL),
    *(Kind.VILLAGE, Kind.SCHOOL, Kind.KINDERGARTEN, Kind.VILLAGE, Kind.COMMUNITY),
)
WEIGHT = {Kind.SCHOOL: 5, Kind.KINDERGARTEN: 3, Kind.VILLAGE: 2, Kind.COMMUNITY: 2}
ORGANISATIONS_A_TOWN = 10
FIRST, SECOND = "橘竹晒芦井茶荻苔枫柳桐杉梅栗桑槐榆菱藕稻", "坪箩谷花台渡坝湾岭冲畈塘沟坡垸桥渠滩洲堰"

# Who is paired with children, and how many of them one carer has.
CARERS: dict[str, tuple[Role, int]] = {
    Kind.SCHOOL: (Role.PROXY_PARENT, 12),
    Kind.KINDERGARTEN: (Role.TEACHER_MOTHER, 15),
    Kind.VILLAGE: (Role.MENTOR, 12),
    Kind.COMMUNITY: (Role.LOVE_COUNSELLOR, 12),
}
OTHER_ROLES: dict[Role, Role] = {Role.PROXY_PARENT: Role.SUBJECT_TEACHER}  # what somebody is besides being a carer


def _item(title: str, kind: str, period: str, role: Role, subject: str = "child", **more: Any) -> dict[str, Any]:
    return {"title": title, "kind": kind, "period": period, "doer_role": role, "subject": subject, **more}


PROMISES: dict[str, tuple[dict[str, Any], ...]] = {
    Kind.SCHOOL: (
        _item("代理家长每月家访", "home_visit", "monthly", Role.PROXY_PARENT),
        _item("班主任每两周谈心", "talk", "biweekly", Role.CLASS_TEACHER),
        _item("代理家长每月和父母通电话", "call", "monthly", Role.PROXY_PARENT),
        _item("每学期给父母写一封信", "letter", "term", Role.CLASS_TEACHER),
        _item("重点学生每月两张生活照", "photo_set", "monthly", Role.CLASS_TEACHER, child_filter="key", times=2),
        _item("各班每月留守学生会", "class_meeting", "monthly", Role.CLASS_TEACHER, "class"),
        _item("每天放学后巡查", "inspection", "daily", Role.DUTY_CADRE, "tenant"),
        _item("节日活动", "activity", "festival", Role.HEAD, "tenant"),
    ),
    Kind.KINDERGARTEN: (
        _item("教师妈妈每两周谈心", "talk", "biweekly", Role.TEACHER_MOTHER),
        _item("每月和父母通电话", "call", "monthly", Role.CLASS_TEACHER),
        _item("每月一次集体生日", "birthday", "monthly", Role.HEAD, "tenant"),
        _item("每学期一次家长会", "parents_meeting", "term", Role.HEAD, "tenant"),
    ),
    Kind.VILLAGE: (
        _item("儿童主任每月走访", "field_visit", "monthly", Role.CHILD_DIRECTOR),
        _item("每周一次亲情视频", "video", "weekly", Role.VILLAGE_OFFICIAL),
        _item("结对帮扶人每两周谈心", "talk", "biweekly", Role.MENTOR),
        _item("重点儿童帮扶计划", "help_plan", "once", Role.CHILD_DIRECTOR, child_filter="key"),
        _item("节日活动", "activity", "festival", Role.HEAD, "tenant"),
    ),
    Kind.COMMUNITY: (
        _item("儿童主任每月走访", "field_visit", "monthly", Role.CHILD_DIRECTOR),
        _item("爱心辅导员每两周谈心", "talk", "biweekly", Role.LOVE_COUNSELLOR),
        _item("各网格每月排查", "inspection", "monthly", Role.GRID_WORKER, "class"),
        _item("民警每学期讲座", "lecture", "term", Role.HEAD, "tenant"),
    ),
}
BUREAUS = ("education", "civil_affairs")


@dataclass(frozen=True)
class CarePlace:
    """An organisation that promises care, and how many left-behind children are on its roll."""

    office: Office
    town: str
    children: int


@dataclass(frozen=True)
class Layout:
    """The county on paper; `villages` and `communities` by township."""

    villages: Mapping[str, tuple[str, ...]]
    communities: Mapping[str, tuple[str, ...]]
    bureaus: tuple[Office, ...]
    care: tuple[CarePlace, ...]


def layout(scale: Scale) -> Layout:
    """As many organisations of each kind as the pattern gives, spread over townships in turn."""
    towns = [f"{_name(-number)}镇" for number in range(1, max(2, -(-scale.organisations // ORGANISATIONS_A_TOWN)) + 1)]
    kinds = [PATTERN[number % len(PATTERN)] for number in range(scale.organisations)]
    shares = _shares(kinds, scale.children)
    care = tuple(_care(number, kind, towns[number % len(towns)], shares[number]) for number, kind in enumerate(kinds))
    return Layout(
        villages={town: _areas(care, Kind.VILLAGE, town) for town in towns},
        communities={town: _areas(care, Kind.COMMUNITY, town) for town in towns},
        bureaus=(*(OFFICE[key] for key in BUREAUS), *_township_governments(towns)),
        care=care,
    )


def _name(number: int) -> str:
    """Two characters, one pair for each number from -399 to 400."""
    first, second = divmod(number % 400, len(SECOND))
    return FIRST[first] + SECOND[second]


def _shares(kinds: list[Kind], children: int) -> list[int]:
    """The children by weight, none lost in rounding."""
    weights = [WEIGHT[kind] for kind in kinds]
    edges = [children * sum(weights[:number]) // sum(weights) for number in range(len(weights) + 1)]
    return [after - before for before, after in pairwise(edges)]


def _care(number: int, kind: Kind, town: str, children: int) -> CarePlace:
    place = _name(number)
    names = {
        Kind.SCHOOL: (f"{town}{place}小学", town),
        Kind.KINDERGARTEN: (f"{town}{place}幼儿园", town),
        Kind.VILLAGE: (f"{place}村村民委员会", f"{place}村"),
        Kind.COMMUNITY: (f"{place}社区居民委员会", f"{place}社区"),
    }
    name, area = names[kind]
    return CarePlace(replace(OFFICE[kind], key=f"{kind}-{number}", name=name, area=area), town, children)


def _areas(care: tuple[CarePlace, ...], kind: Kind, town: str) -> tuple[str, ...]:
    return tuple(one.office.area for one in care if one.office.kind is kind and one.town == town)


def _township_governments(towns: list[str]) -> Iterator[Office]:
    for town in towns:
        yield replace(OFFICE["school_town"], key=town, name=f"{town}人民政府", area=town)
