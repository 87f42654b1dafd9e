"""The children of a simulated county, roll by roll; some of a village's children go to school in its township."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from services.ops.demo_data import roster
from services.ops.demo_data.names import Inventor
from services.ops.demo_data.pupils import (
    CLASSES_A_GRADE,
    NUMERALS,
    SCHOOL_AGE,
    Pupil,
    born_in_year,
    class_names,
    left_behind,
    pupil,
    school_year,
)
from shared.organisations.rules import Kind

from .offices import CarePlace

CLASS_SIZE = 25
GROUPS = ("小班", "中班", "大班")
AT_HOME = 10  # one pupil of a school whose parents are at home, to so many whose are not
GOES_TO_SCHOOL = 0.5  # of a village's or community's children
COLUMNS = {
    Kind.SCHOOL: roster.SCHOOL,
    Kind.KINDERGARTEN: roster.KINDERGARTEN,
    Kind.VILLAGE: roster.VILLAGE,
    Kind.COMMUNITY: roster.COMMUNITY,
}

Rolls = dict[str, list[Pupil]]  # by the office's key


def rolls(places: Sequence[CarePlace], make: Inventor, *, today: date) -> Rolls:
    """Everybody's roll; schools and kindergartens first, whose children villages may hold too."""
    found: Rolls = {}
    in_town: dict[str, list[Pupil]] = {}
    for place in places:
        if place.office.kind is Kind.SCHOOL:
            found[place.office.key] = _school(place, make, today)
            pupils = [one for one in found[place.office.key] if one.left_behind]
            in_town.setdefault(place.town, []).extend(pupils)
        elif place.office.kind is Kind.KINDERGARTEN:
            found[place.office.key] = _kindergarten(place, make, today)
    for place in places:
        if place.office.key not in found:
            found[place.office.key] = _near_home(place, make, in_town.get(place.town, []), today)
    return found


def workbook(place: CarePlace, children: Sequence[Pupil]) -> bytes:
    """The list as the office would hand it in."""
    return roster.one_sheet(f"{place.office.name}名单", COLUMNS[place.office.kind], children)


def _school(place: CarePlace, make: Inventor, today: date) -> list[Pupil]:
    names = class_names()
    classes = max(1, min(len(names), place.children // CLASS_SIZE))
    used = [number * len(names) // classes for number in range(classes)]
    found = []
    for at in range(place.children + place.children // AT_HOME):
        number = used[at % classes]
        ages = born_in_year(school_year(today) - SCHOOL_AGE - number // CLASSES_A_GRADE - 1)
        one = pupil(make, names[number], ages, place=place.office.area)
        found.append(left_behind(make, one) if at < place.children else one)
    return found


def _kindergarten(place: CarePlace, make: Inventor, today: date) -> list[Pupil]:
    found = []
    for at in range(place.children):
        group = at % len(GROUPS)
        ages = born_in_year(school_year(today) - 4 - group)
        found.append(left_behind(make, pupil(make, GROUPS[group], ages, place=place.office.area)))
    return found


def _near_home(place: CarePlace, make: Inventor, pupils: list[Pupil], today: date) -> list[Pupil]:
    """A village's or a community's list: pupils nobody else has listed, then children of its own."""
    shared = [pupils.pop() for _ in range(min(len(pupils), int(place.children * GOES_TO_SCHOOL)))]
    ages = born_in_year(school_year(today) - 9)
    own = [
        left_behind(make, pupil(make, "", ages, place=place.office.area)) for _ in range(place.children - len(shared))
    ]
    title = "{}组" if place.office.kind is Kind.VILLAGE else "第{}网格"
    return [replace(one, unit=title.format(NUMERALS[at % 3])) for at, one in enumerate([*shared, *own])]
