"""Resident numbers, telephone numbers and the pinyin of names."""

from datetime import date

import pytest

from shared.children import identity, phones
from shared.children.pinyin import grams, pinyin_key
from tests.support.rosters import AS_OF, number


def test_a_sound_number_tells_birth_date_and_sex():
    resident = identity.check(number("2016-03-08", female=True), as_of=AS_OF)

    assert isinstance(resident, identity.Resident)
    assert (resident.birth_date, resident.sex) == (date(2016, 3, 8), identity.Sex.FEMALE)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("99010920160308", "length"),
        ("99010920160308001A", "checksum"),
        ("９" * 18, "checksum"),
        (number("2016-02-30"), "birth_date"),
        (number("2026-09-02"), "future"),
    ],
)
def test_a_number_that_cannot_be_says_why(text, fault):
    assert identity.check(text, as_of=AS_OF) == fault


def test_the_birthday_itself_counts_as_reached():
    assert identity.age_on(date(2026, 9, 1), date(2010, 9, 1)) == 16
    assert identity.age_on(date(2026, 9, 1), date(2010, 9, 2)) == 15


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("139 0000 0001", "13900000001"),
        ("0086-13900000001", "13900000001"),
        ("(0900)0000101", "09000000101"),
        ("+4915112345678", "+4915112345678"),
        ("1390000000", None),
        ("爷爷", None),
    ],
)
def test_a_telephone_number_is_stored_in_one_form(text, stored):
    assert phones.normalise(text) == stored


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("曾解", "zeng jie"),
        ("单于乐", "chan yu le"),
        ("乐乐", "yue le"),
        ("吕绿", "lv lv"),
        ("阿依古丽·买买提", "a yi gu li mai mai ti"),
        ("欧阳Tom", "ou yang tom"),
        ("", ""),
    ],
)
def test_names_are_sorted_by_syllables_and_surnames_are_read_as_surnames(name, key):
    assert pinyin_key(name) == key


def test_a_child_is_found_by_characters_pinyin_and_initials():
    found = grams("王小明", pinyin_key("王小明"))

    assert {"王", "小明", "wangxiao", "xiaoming", "wxm", "xm"} <= found
