"""Which organisations fit where, who supervises whom, and what a term may be.  Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from shared.kernel.errors import N_


class AreaKind(StrEnum):
    """Levels of the tree, from the top."""

    COUNTY = "county"
    TOWNSHIP = "township"
    VILLAGE = "village"
    COMMUNITY = "community"


class Kind(StrEnum):
    """Kinds of organisations (model part 1)."""

    COUNTY = "county"
    SCHOOL = "school"
    KINDERGARTEN = "kindergarten"
    VILLAGE = "village"
    COMMUNITY = "community"
    BUREAU = "bureau"


class BureauKind(StrEnum):
    """What a bureau is in charge of; the township government signs up as a bureau too."""

    TOWNSHIP_GOVERNMENT = "township_government"
    EDUCATION = "education"
    CIVIL_AFFAIRS = "civil_affairs"
    PUBLIC_SECURITY = "public_security"
    HR_SOCIAL_SECURITY = "hr_social_security"
    CULTURE_SPORT = "culture_sport"
    WOMENS_FEDERATION = "womens_federation"
    YOUTH_LEAGUE = "youth_league"
    DISABLED_FEDERATION = "disabled_federation"
    HEALTH = "health"
    JUSTICE = "justice"
    BRANCH_OFFICE = "branch_office"


class Line(StrEnum):
    """In which matter one organisation supervises another."""

    COUNTY = "county"
    TOWNSHIP = "township"
    EDUCATION = "education"
    CIVIL_AFFAIRS = "civil_affairs"


KIND_TITLES: dict[Kind, str] = {
    Kind.COUNTY: N_("县级统筹部门"),
    Kind.SCHOOL: N_("学校"),
    Kind.KINDERGARTEN: N_("幼儿园"),
    Kind.VILLAGE: N_("村委会"),
    Kind.COMMUNITY: N_("社区居委会"),
    Kind.BUREAU: N_("政府部门"),
}
BUREAU_TITLES: dict[BureauKind, str] = {
    BureauKind.TOWNSHIP_GOVERNMENT: N_("乡镇政府（街道办）"),
    BureauKind.EDUCATION: N_("教育"),
    BureauKind.CIVIL_AFFAIRS: N_("民政"),
    BureauKind.PUBLIC_SECURITY: N_("公安"),
    BureauKind.HR_SOCIAL_SECURITY: N_("人力资源和社会保障"),
    BureauKind.CULTURE_SPORT: N_("文化体育"),
    BureauKind.WOMENS_FEDERATION: N_("妇联"),
    BureauKind.YOUTH_LEAGUE: N_("共青团"),
    BureauKind.DISABLED_FEDERATION: N_("残联"),
    BureauKind.HEALTH: N_("卫生健康"),
    BureauKind.JUSTICE: N_("司法"),
    BureauKind.BRANCH_OFFICE: N_("派出机构"),
}
AREA_TITLES: dict[AreaKind, str] = {
    AreaKind.COUNTY: N_("县"),
    AreaKind.TOWNSHIP: N_("乡镇（街道）"),
    AreaKind.VILLAGE: N_("村"),
    AreaKind.COMMUNITY: N_("社区"),
}
AREAS_BELOW: dict[AreaKind, tuple[AreaKind, ...]] = {
    AreaKind.COUNTY: (AreaKind.TOWNSHIP,),
    AreaKind.TOWNSHIP: (AreaKind.VILLAGE, AreaKind.COMMUNITY),
    AreaKind.VILLAGE: (),
    AreaKind.COMMUNITY: (),
}
SCHOOLS = frozenset({Kind.SCHOOL, Kind.KINDERGARTEN})
GRASS_ROOTS = frozenset({Kind.VILLAGE, Kind.COMMUNITY})
LONGEST_TERM = timedelta(days=200)


@dataclass(frozen=True)
class Place:
    """What the supervision lines look at; `path` holds the areas from the county down to its own."""

    id: UUID
    kind: Kind
    bureau_kind: BureauKind | None
    path: tuple[UUID, ...]


@dataclass(frozen=True)
class SupervisionLine:
    """`superior_id` supervises `subordinate_id` in the matter `line`."""

    superior_id: UUID
    subordinate_id: UUID
    line: Line


def line_between(superior: Place, subordinate: Place) -> Line | None:
    """In which matter the one supervises the other; None where it does not.  Only within the superior's area."""
    if superior.id == subordinate.id or superior.path[-1] not in subordinate.path:
        return None
    if superior.kind is Kind.COUNTY:
        return Line.COUNTY
    care = subordinate.kind in SCHOOLS | GRASS_ROOTS
    if superior.bureau_kind is BureauKind.TOWNSHIP_GOVERNMENT and care:
        return Line.TOWNSHIP
    if superior.bureau_kind is BureauKind.EDUCATION and subordinate.kind in SCHOOLS:
        return Line.EDUCATION
    if superior.bureau_kind is BureauKind.CIVIL_AFFAIRS and subordinate.kind in GRASS_ROOTS:
        return Line.CIVIL_AFFAIRS
    return None


def lines_with(newcomer: Place, others: Iterable[Place]) -> list[SupervisionLine]:
    """All lines that begin or end at the newcomer: a bureau that comes late still finds its schools."""
    pairs = [pair for other in others for pair in ((newcomer, other), (other, newcomer))]
    found = [(above.id, below.id, line_between(above, below)) for above, below in pairs]
    return [SupervisionLine(above, below, line) for above, below, line in found if line]


def area_fits(kind: Kind, bureau_kind: BureauKind | None, area: AreaKind) -> bool:
    """Whether an organisation of that kind can sit on an area of that level."""
    if kind is Kind.BUREAU:
        of_township = bureau_kind in (BureauKind.TOWNSHIP_GOVERNMENT, BureauKind.BRANCH_OFFICE)
        return area is (AreaKind.TOWNSHIP if of_township else AreaKind.COUNTY)
    if kind is Kind.VILLAGE:
        return area is AreaKind.VILLAGE
    if kind is Kind.COMMUNITY:
        return area is AreaKind.COMMUNITY
    return area is AreaKind.COUNTY if kind is Kind.COUNTY else True


@dataclass(frozen=True)
class Days:
    """First and last day of a term, both in it."""

    starts_on: date
    ends_on: date


def faults_of_term(days: Days, others: Iterable[Days]) -> dict[str, list[str]]:
    """What is wrong with the days of a term, by field; nothing when they are good."""
    if days.ends_on <= days.starts_on:
        return {"ends_on": [N_("结束日期要在开始日期之后。")]}
    if days.ends_on - days.starts_on > LONGEST_TERM:
        return {"ends_on": [N_("一个学期最长 200 天，请检查年份。")]}
    if any(days.starts_on <= other.ends_on and other.starts_on <= days.ends_on for other in others):
        return {"starts_on": [N_("和已有的学期重叠，请检查日期。")]}
    return {}
