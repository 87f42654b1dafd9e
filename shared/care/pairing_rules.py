"""Who can be a carer in which organisation, and how many children are meant for one.  Pure."""

from __future__ import annotations

from datetime import date, timedelta

from shared.kernel.errors import N_, Invalid
from shared.people.rules import ROLE_TITLES, Role

CARER_ROLES: dict[str, tuple[Role, ...]] = {
    "school": (Role.PROXY_PARENT, Role.LOVING_PARENT, Role.MENTOR),
    "kindergarten": (Role.TEACHER_MOTHER,),
    "village": (Role.MENTOR, Role.CHILD_DIRECTOR, Role.VILLAGE_OFFICIAL),
    "community": (Role.LOVE_COUNSELLOR, Role.CHILD_DIRECTOR, Role.GRID_WORKER),
    "bureau": (Role.CADRE_MENTOR,),
    "county": (),
}
QUOTAS: dict[Role, int] = {Role.PROXY_PARENT: 2, Role.MENTOR: 1, Role.LOVE_COUNSELLOR: 2}  # M85, M86, M92

OLDEST = timedelta(days=3660)


def check_from(from_on: date | None, *, today: date) -> None:
    """Raises Invalid for a day to come, or one more than ten years past."""
    if from_on is not None and not today - OLDEST <= from_on <= today:
        raise Invalid("pairing.from", errors={"from_on": [N_("请填今天或以前的日期，最早十年以前。")]})


def roles_for(organisation_kind: str) -> tuple[Role, ...]:
    """The carer roles an organisation of this kind pairs in."""
    return CARER_ROLES[organisation_kind]


def over_quota(role: str, children: int) -> int | None:
    """The quota where `children` exceed it, else None.  A warning, never a refusal."""
    quota = QUOTAS.get(Role(role))
    return quota if quota is not None and children > quota else None


def choices(organisation_kind: str) -> list[tuple[str, str]]:
    """(role, title) for a form, titles not yet translated."""
    return [(role.value, ROLE_TITLES[role]) for role in roles_for(organisation_kind)]
