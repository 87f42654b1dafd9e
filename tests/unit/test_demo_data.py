"""The invented county: sound, the same each time, and nobody's from the shared papers."""

import csv
import io
import json
import re
from collections import Counter
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from services.ops.check.desk import term_around
from services.ops.demo_data import offices, pupils, roster, words
from services.ops.demo_data.names import FAMILIES, Inventor
from shared.care.reader import read
from shared.children import roster as reading

SHARED = Path(__file__).parents[3] / "shared"
TODAY = date(2026, 11, 21)
PLANS = ("plan.txt", "plan_kindergarten.txt", "plan_village.txt", "plan_community.txt")
SENTENCE = 12  # characters; shorter clauses are everybody's words

beside = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared papers are not beside this repository")


def _school(seed: int = 1) -> list[pupils.Pupil]:
    return pupils.school(Inventor(seed), today=TODAY)


def _plan(name: str) -> str:
    return files("services.ops.demo_data").joinpath(name).read_text("utf-8")


def test_the_school_has_18_classes_743_pupils_and_122_of_them_left_behind():
    children = _school()

    assert len({one.unit for one in children}) == 18
    assert (len(children), sum(one.left_behind for one in children)) == (743, 122)
    assert len({one.number for one in children}) == 743


def test_the_same_seed_makes_the_same_children():
    assert _school(5) == _school(5)
    assert _school(5) != _school(6)


@pytest.mark.parametrize("today", [date(2026, 2, 28), date(2026, 8, 1), date(2027, 1, 1)])
def test_the_roster_is_read_without_a_mistake_in_every_season(today):
    children = pupils.school(Inventor(3), today=today)

    found = reading.read(roster.by_grade("名册", children), "名册.xlsx", kind="school", as_of=today)

    assert (found.children, found.left_behind) == (743, 122)
    assert not found.errors
    assert set(Counter(one.code for one in found.warnings)) <= {"guardian_phone_missing"}


def test_the_plan_holds_hard_promises_and_some_that_wait_for_a_period():
    found = {(one.kind, one.period) for one in read(_plan("plan.txt"))}

    hard = {("home_visit", "monthly"), ("talk", "biweekly"), ("call", "monthly"), ("letter", "term")}
    assert hard < found
    assert ("class_meeting", "monthly") in found
    assert {60, 30, 120} == {one.within_minutes for one in read(_plan("plan.txt")) if one.within_minutes}
    assert "unstated" in {period for _, period in found}


@pytest.mark.parametrize("today", [date(2026, 1, 31), date(2026, 11, 21), date(2028, 2, 29)])
def test_the_terms_of_the_check_are_whole_months_around_today(today):
    starts, ends = term_around(today)

    assert starts < today < ends
    assert (starts.day, (ends - starts).days < 200) == (1, True)


@beside
def test_no_name_number_or_sentence_of_the_shared_papers_is_in_the_demo():
    names, text = _shared_names(), _shared_text()
    children = _school()
    ours = {one.name for one in children} | {one.parents for one in children} | {one.carer for one in children}

    assert len(names) > 1000  # the papers were found
    assert not (ours - {""}) & names
    assert not {one.number for one in children} & _shared_numbers()
    assert not [name for name in FAMILIES if name in {known[0] for known in names}]
    written = "".join([*map(_plan, PLANS), json.dumps(vars(words), ensure_ascii=False, default=str)])
    copied = [one for one in re.split(r"[，。；：、！？\s]", written) if len(one) >= SENTENCE and one in text]
    assert copied == []
    assert not [
        place for place in vars(offices).values() if isinstance(place, str) and len(place) > 2 and place in text
    ]


def _rosters() -> list[list[str]]:
    folder = SHARED / "fixtures" / "rosters"
    sheets = [CalamineWorkbook.from_path(path) for path in folder.glob("*.xlsx")]
    rows = [row for book in sheets for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python()]
    text = (folder / "kindergarten.csv").read_bytes().decode("gb18030")
    return [[str(cell) for cell in row] for row in [*rows, *csv.reader(io.StringIO(text))]]


def _shared_names() -> set[str]:
    words_ = {word for row in _rosters() for cell in row for word in cell.split()}
    return {word for word in words_ if re.fullmatch(r"[一-鿿]{2,4}", word)}


def _shared_numbers() -> set[str]:
    return {cell for row in _rosters() for cell in row if re.fullmatch(r"\d{17}[\dX]", cell)}


def _shared_text() -> str:
    plans = [path.read_text("utf-8") for path in (SHARED / "plan-reader" / "dev").glob("*.txt")]
    return "".join(["".join(plans), *("".join(row) for row in _rosters())])
