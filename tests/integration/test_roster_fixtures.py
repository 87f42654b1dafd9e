"""The four rosters of the shared fixtures, read as their expected files say."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from shared.children.roster import read
from shared.children.roster.report import to_json

FOLDER = Path(__file__).parents[3] / "shared" / "fixtures" / "rosters"
NAMES = ("school_743.xlsx", "school_leftbehind.xlsx", "kindergarten.csv", "village.xlsx")

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared fixtures are not beside this repository")


@pytest.fixture(scope="module", params=NAMES)
def both(request: pytest.FixtureRequest) -> tuple[dict[str, Any], dict[str, Any], Any]:
    expected = json.loads((FOLDER / request.param).with_suffix(".expected.json").read_text("utf-8"))
    as_of = date.fromisoformat(expected["as_of"])
    found = read((FOLDER / request.param).read_bytes(), request.param, kind=expected["kind"], as_of=as_of)
    return expected, to_json(found), found


def _places(findings: list[dict[str, Any]]) -> dict[tuple[Any, ...], dict[str, Any]]:
    return {(f["sheet"], f["row"], f["column"], f["code"]): f for f in findings}


def test_the_counts_agree(both):
    expected, told, _ = both

    for key in ("sheets", "rows_total", "rows_with_errors", "children", "left_behind"):
        assert told[key] == expected[key]
    assert told.get("encoding") == expected.get("encoding")


def test_errors_warnings_duplicates_and_safety_findings_agree(both):
    expected, told, _ = both

    assert _places(told["errors"]) == _places(expected["errors"])
    assert _places(told["warnings"]) == _places(expected["warnings"])
    assert told["duplicates"] == expected["duplicates"]
    assert told["no_guardian"] == expected["no_guardian"]
    assert told["file_notes"] == expected["file_notes"]


def test_every_planted_repair_arrives_at_its_value(both):
    expected, told, _ = both

    assert _places(expected["repairs"]).items() <= {k: _bare(v) for k, v in _places(told["repairs"]).items()}.items()


def _bare(finding: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in finding.items() if key != "hint"}


def test_what_looks_odd_and_is_right_is_left_alone(both):
    expected, _, found = both
    rows = {(row.sheet, row.row): row for row in found.rows}
    paired = {(d.sheet, d.row) for d in found.duplicates} | {(d.first_sheet, d.first_row) for d in found.duplicates}
    unguarded = {(n.sheet, n.row) for n in found.no_guardian}

    for quiet in expected["must_not_flag"]:
        place = quiet["sheet"], quiet["row"]
        said = {f.code for f in rows[place].findings if f.severity != "repair"}
        said |= {"no_guardian"} if place in unguarded else set()
        said |= {"duplicate"} if place in paired else set()
        assert not (said if quiet["codes"] == ["*"] else said & set(quiet["codes"]))


def test_the_samples_are_read_field_by_field(both):
    expected, _, found = both
    rows = {(row.sheet, row.row): row.values for row in found.rows}

    for sample in expected["samples"]:
        values = rows[sample.pop("sheet"), sample.pop("row")]
        plain = {k: v.isoformat() if isinstance(v, date) else v for k, v in values.items()}
        assert sample.items() <= plain.items()
