"""Words for codes that several pages show: kinds of organisations and areas, roles, kinds of units."""

from __future__ import annotations

from collections.abc import Iterable

from services.web.edge.spoken import gettext
from shared.organisations.rules import AREA_TITLES, BUREAU_TITLES, KIND_TITLES, AreaKind, BureauKind, Kind
from shared.organisations.unit_usecases import UNIT_TITLES
from shared.people.queries import RoleHeld
from shared.people.rules import ROLE_TITLES, ROLES_OF_KIND, Role

Choices = list[tuple[str, str]]


def kind(code: str, bureau: str | None = None) -> str:
    """学校; for a bureau what it is in charge of too: 政府部门（教育）."""
    title = str(gettext(KIND_TITLES[Kind(code)]))
    return f"{title}（{gettext(BUREAU_TITLES[BureauKind(bureau)])}）" if bureau else title


def role(code: str) -> str:
    """班主任."""
    return str(gettext(ROLE_TITLES[Role(code)]))


def role_held(held: RoleHeld) -> str:
    """班主任（三年级一班）."""
    return f"{role(held.role)}（{held.unit}）" if held.unit else role(held.role)


def unit(code: str) -> str:
    """班级."""
    return str(gettext(UNIT_TITLES[code]))


def area(code: str) -> str:
    """乡镇（街道）."""
    return str(gettext(AREA_TITLES[AreaKind(code)]))


def kind_choices() -> Choices:
    """Kinds that can sign up."""
    return [(code, gettext(title)) for code, title in KIND_TITLES.items() if code is not Kind.COUNTY]


def bureau_choices() -> Choices:
    """What a bureau can be in charge of."""
    return [(code, gettext(title)) for code, title in BUREAU_TITLES.items()]


def role_choices(organisation_kind: str) -> Choices:
    """Roles an organisation of that kind has."""
    return [(code, role(code)) for code in ROLES_OF_KIND[organisation_kind]]


def area_choices(codes: Iterable[AreaKind]) -> Choices:
    """Levels of the tree."""
    return [(code, area(code)) for code in codes]
