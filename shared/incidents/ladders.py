"""Who must be told of an incident within how many minutes, by kind of organisation (001:131, M249-M251).  Data.

The duties run side by side: each has its own clock and its own confirmation, and none stops another.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from shared.kernel.errors import N_
from shared.people.rules import Role


class Tell(StrEnum):
    """Who is told."""

    ENTRUSTED_GUARDIAN = "entrusted_guardian"
    FATHER_OR_MOTHER = "father_or_mother"
    EDUCATION_AUTHORITY = "education_authority"
    TOWNSHIP_GOVERNMENT = "township_government"


TELL_TITLES: dict[Tell, str] = {
    Tell.ENTRUSTED_GUARDIAN: N_("委托监护人"),
    Tell.FATHER_OR_MOTHER: N_("父亲或母亲"),
    Tell.EDUCATION_AUTHORITY: N_("教育主管部门"),
    Tell.TOWNSHIP_GOVERNMENT: N_("乡镇政府（街道办）"),
}
OF_THE_FAMILY = frozenset({Tell.ENTRUSTED_GUARDIAN, Tell.FATHER_OR_MOTHER})  # one duty for each child
LINE_OF: dict[Tell, str] = {Tell.EDUCATION_AUTHORITY: "education", Tell.TOWNSHIP_GOVERNMENT: "township"}


@dataclass(frozen=True)
class Duty:
    """One recipient of one step, `minutes` after `known_at`; `owner` sees to it."""

    number: int
    minutes: int
    tell: Tell
    owner: Role

    @property
    def within(self) -> timedelta:
        """The time there is."""
        return timedelta(minutes=self.minutes)


def _ladder(carer: Role, *authorities: Tell) -> tuple[Duty, ...]:
    return (
        Duty(1, 30, Tell.ENTRUSTED_GUARDIAN, carer),
        Duty(2, 60, Tell.FATHER_OR_MOTHER, carer),
        *(Duty(3, 120, authority, Role.HEAD) for authority in authorities),
    )


_SCHOOL = _ladder(Role.CLASS_TEACHER, Tell.EDUCATION_AUTHORITY, Tell.TOWNSHIP_GOVERNMENT)
_VILLAGE = _ladder(Role.CHILD_DIRECTOR, Tell.TOWNSHIP_GOVERNMENT)
LADDERS: dict[str, tuple[Duty, ...]] = {
    "school": _SCHOOL,
    "kindergarten": _SCHOOL,
    "village": _VILLAGE,
    "community": _VILLAGE,
}


def frozen(ladder: tuple[Duty, ...]) -> list[dict[str, Any]]:
    """The ladder as it stands on the incident: a later change of the rules moves no running clock."""
    return [asdict(duty) for duty in ladder]
