"""`hehu roster check` on a terminal and for scripts."""

import json

from click.testing import CliRunner

from services.ops.roster import roster
from tests.support.rosters import HEAD, child, xlsx


def _run(tmp_path, data, *options, name="名单.xlsx"):
    path = tmp_path / name
    path.write_bytes(data)
    return CliRunner().invoke(roster, ["check", str(path), *options])


def test_json_is_one_document_and_nothing_else(tmp_path):
    done = _run(tmp_path, xlsx([HEAD, child(id=None)]), "--kind", "village", "--as-of", "2026-09-01", "--json")

    told = json.loads(done.stdout)
    assert (done.exit_code, told["children"], told["left_behind"]) == (0, 1, 1)
    assert [(w["row"], w["column"], w["code"]) for w in told["warnings"]] == [(2, "E", "id_missing")]


def test_the_summary_names_the_place_and_what_to_do(tmp_path):
    done = _run(tmp_path, xlsx([HEAD, child(guardian="无", phone=None), child("何小满", id="1")]), "--kind", "village")

    assert done.exit_code == 0
    assert "名单 第 2 行" in done.stdout
    assert "id_length" in done.stdout


def test_wrong_input_is_one_line_on_standard_error(tmp_path):
    for data, options, name in (
        (b"", ("--kind", "village"), "空.xlsx"),
        (xlsx([HEAD]), ("--kind", "farm"), "名单.xlsx"),
        (xlsx([HEAD]), ("--kind", "village", "--as-of", "soon"), "名单.xlsx"),
    ):
        done = _run(tmp_path, data, *options, name=name)

        assert (done.exit_code, done.stdout) == (2, "")
        assert len(done.stderr.strip().splitlines()) == 1


def test_a_missing_file_is_wrong_input():
    done = CliRunner().invoke(roster, ["check", "/nowhere/名单.xlsx", "--kind", "school"])

    assert done.exit_code == 2
    assert "/nowhere/名单.xlsx" in done.stderr
