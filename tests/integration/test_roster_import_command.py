"""`hehu roster import` takes a roster in as the organisation's administrator."""

import json

import pytest

from services.ops.main import main
from tests.support.cast import settings_of
from tests.support.imports import child_named, roster, rows_of
from tests.support.rosters import child


@pytest.fixture
def send(cast, urls, monkeypatch, tmp_path):
    for name, value in urls.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HEHU_FIELD_KEYS", settings_of(urls).field_keys)

    def run(data, *options, org=cast.village.slug):
        path = tmp_path / "名单.xlsx"
        path.write_bytes(data)
        return main(["roster", "import", str(path), "--org", org, "--as-of", "2026-09-01", *options])

    return run


def test_the_only_administrator_takes_it_in_and_the_counts_are_printed(cast, send, capsys):
    assert send(roster(child())) == 0

    assert "新增 1 名" in capsys.readouterr().out
    child_named(cast, cast.village, "江一帆")
    (held,) = rows_of(cast, cast.village, "roster_import")
    assert (held["state"], held["confirmed_by"]) == ("confirmed", cast.village.head.person_id)


def test_rows_that_stay_out_are_listed_and_the_exit_code_is_1(cast, send, capsys):
    wrong = child("何小满", born="2017-04-09", id="1")

    assert send(roster(child(), wrong), "--json", "--by", cast.phone(cast.village.child_director)) == 1

    told = json.loads(capsys.readouterr().out)
    assert (told["counts"]["new"], told["counts"]["wrong"]) == (1, 1)
    assert [(error["row"], error["code"]) for error in told["errors"]] == [(3, "id_length")]
    assert "何小满" not in json.dumps(told, ensure_ascii=False)


@pytest.mark.parametrize("options", [("--org", "nowhere"), ("--by", "13100000000")])
def test_an_unknown_place_or_person_is_one_line_and_exit_code_2(cast, send, capsys, options):
    assert send(roster(child()), *options) == 2

    assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert not rows_of(cast, cast.village, "roster_import")


def test_who_may_not_import_is_told_so(cast, send, capsys):
    assert send(roster(child()), "--by", cast.phone(cast.village.mentor)) == 2

    assert "岗位" in capsys.readouterr().err
