"""Supervision lines, the levels organisations sit on, term days, and pasted lists."""

from datetime import date
from itertools import islice
from uuid import uuid4

import pytest

from shared.kernel.errors import Invalid
from shared.organisations.lines import grade_of, names_of
from shared.organisations.rules import (
    AreaKind,
    BureauKind,
    Days,
    Kind,
    Line,
    Place,
    area_fits,
    faults_of_term,
    line_between,
    lines_with,
)
from shared.organisations.slugs import LONGEST, slugs

COUNTY, TOWNSHIP, OTHER_TOWNSHIP, VILLAGE = uuid4(), uuid4(), uuid4(), uuid4()


def place(kind: Kind, *path, bureau: BureauKind | None = None) -> Place:
    return Place(uuid4(), kind, bureau, (COUNTY, *path))


OFFICE = place(Kind.COUNTY)
SCHOOL = place(Kind.SCHOOL, TOWNSHIP)
COMMITTEE = place(Kind.VILLAGE, TOWNSHIP, VILLAGE)
GOVERNMENT = place(Kind.BUREAU, TOWNSHIP, bureau=BureauKind.TOWNSHIP_GOVERNMENT)
EDUCATION = place(Kind.BUREAU, bureau=BureauKind.EDUCATION)
CIVIL_AFFAIRS = place(Kind.BUREAU, bureau=BureauKind.CIVIL_AFFAIRS)
WOMEN = place(Kind.BUREAU, bureau=BureauKind.WOMENS_FEDERATION)


@pytest.mark.parametrize(
    ("superior", "subordinate", "line"),
    [
        (OFFICE, SCHOOL, Line.COUNTY),
        (OFFICE, EDUCATION, Line.COUNTY),
        (GOVERNMENT, SCHOOL, Line.TOWNSHIP),
        (GOVERNMENT, COMMITTEE, Line.TOWNSHIP),
        (EDUCATION, SCHOOL, Line.EDUCATION),
        (EDUCATION, COMMITTEE, None),
        (CIVIL_AFFAIRS, COMMITTEE, Line.CIVIL_AFFAIRS),
        (CIVIL_AFFAIRS, SCHOOL, None),
        (WOMEN, SCHOOL, None),
        (SCHOOL, COMMITTEE, None),
        (SCHOOL, OFFICE, None),
        (GOVERNMENT, EDUCATION, None),
    ],
)
def test_each_superior_has_its_own_matter(superior, subordinate, line):
    assert line_between(superior, subordinate) == line


def test_a_township_government_does_not_reach_into_another_township():
    elsewhere = place(Kind.SCHOOL, OTHER_TOWNSHIP)

    assert line_between(GOVERNMENT, elsewhere) is None


def test_an_office_does_not_reach_into_another_county():
    elsewhere = Place(uuid4(), Kind.SCHOOL, None, (uuid4(), uuid4()))

    assert line_between(OFFICE, elsewhere) is None


def test_a_bureau_that_comes_late_still_finds_its_schools():
    lines = lines_with(EDUCATION, [OFFICE, SCHOOL, COMMITTEE])

    assert {(line.superior_id, line.subordinate_id) for line in lines} == {
        (OFFICE.id, EDUCATION.id),
        (EDUCATION.id, SCHOOL.id),
    }


@pytest.mark.parametrize(
    ("kind", "bureau", "area", "fits"),
    [
        (Kind.SCHOOL, None, AreaKind.VILLAGE, True),
        (Kind.VILLAGE, None, AreaKind.VILLAGE, True),
        (Kind.VILLAGE, None, AreaKind.TOWNSHIP, False),
        (Kind.COMMUNITY, None, AreaKind.VILLAGE, False),
        (Kind.BUREAU, BureauKind.EDUCATION, AreaKind.COUNTY, True),
        (Kind.BUREAU, BureauKind.EDUCATION, AreaKind.TOWNSHIP, False),
        (Kind.BUREAU, BureauKind.TOWNSHIP_GOVERNMENT, AreaKind.TOWNSHIP, True),
        (Kind.BUREAU, BureauKind.TOWNSHIP_GOVERNMENT, AreaKind.COUNTY, False),
    ],
)
def test_an_organisation_sits_on_the_level_of_its_kind(kind, bureau, area, fits):
    assert area_fits(kind, bureau, area) is fits


TERM = Days(date(2026, 9, 1), date(2027, 1, 22))


@pytest.mark.parametrize(
    ("days", "field"),
    [
        (Days(date(2026, 9, 1), date(2026, 9, 1)), "ends_on"),
        (Days(date(2026, 9, 1), date(2026, 8, 1)), "ends_on"),
        (Days(date(2026, 1, 1), date(2026, 7, 21)), "ends_on"),
        (Days(date(2027, 1, 22), date(2027, 6, 30)), "starts_on"),
    ],
)
def test_wrong_days_of_a_term_are_named_at_their_field(days, field):
    assert set(faults_of_term(days, [TERM])) == {field}


def test_the_next_term_may_begin_on_the_day_after():
    assert faults_of_term(Days(date(2027, 1, 23), date(2027, 6, 30)), [TERM]) == {}


def test_two_hundred_days_are_the_longest_term():
    assert faults_of_term(Days(date(2026, 1, 1), date(2026, 7, 20)), []) == {}


def test_a_pasted_list_loses_bullets_numbers_and_repeats():
    pasted = "1. 三年级一班\n2、四年级（2）班\n\n  - 三年级一班 \n· 一组"

    assert names_of(pasted) == ["三年级一班", "四年级（2）班", "一组"]


@pytest.mark.parametrize("pasted", ["", " \n ", "长" * 41, "\n".join(str(n) + "组" for n in range(501))])
def test_a_list_that_cannot_be_meant_is_refused_at_its_field(pasted):
    with pytest.raises(Invalid) as refused:
        names_of(pasted)

    assert list(refused.value.errors) == ["names"]


@pytest.mark.parametrize(
    ("name", "grade"),
    [
        ("三年级一班", 3),
        ("三（2）班", 3),
        ("5年级3班", 5),
        ("七年级1班", 7),
        ("初二（3）班", 8),
        ("401班", 4),
        ("大班", -1),
        ("中班二", -2),
        ("一组", None),
        ("启智班", None),
    ],
)
def test_the_grade_is_read_out_of_a_classs_name(name, grade):
    assert grade_of(name) == grade


def test_addresses_are_short_ascii_and_never_run_out():
    found = list(islice(slugs("云岭镇留守儿童关爱服务中心学校附属第二小学"), 3))

    assert all(slug.isascii() and slug.islower() and len(slug) <= LONGEST + 2 for slug in found)
    assert len(set(found)) == 3
