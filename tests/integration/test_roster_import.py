"""A roster is staged, looked at, confirmed once, withdrawn or forgotten; the roll changes at the confirmation alone."""

import contextlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from threading import Barrier

import psycopg
import pytest

from shared.children import import_queries as queries
from shared.children import import_usecases as imports
from shared.children import usecases
from shared.kernel.errors import Conflict, NotAllowed, NotFound
from tests.support.cluster import dsn
from tests.support.imports import child_named, confirmed, preview, roster, rows_of, staged, statements, taken_in
from tests.support.rosters import child, number

FOLDER = Path(__file__).parents[3] / "shared" / "fixtures" / "rosters"
FIXTURES = (
    ("school_743.xlsx", "school", "admin"),
    ("school_leftbehind.xlsx", "school", "admin"),
    ("kindergarten.csv", "kindergarten", "head"),
    ("village.xlsx", "village", "child_director"),
)


@pytest.fixture
def director(cast):
    return cast.village.child_director


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared fixtures are not beside this repository")
@pytest.mark.parametrize(("name", "where", "who"), FIXTURES)
def test_the_shared_rosters_give_the_children_they_should_and_nothing_the_second_time(cast, name, where, who):
    company = getattr(cast, where)
    by, data = getattr(company, who), (FOLDER / name).read_bytes()
    expected = json.loads((FOLDER / name).with_suffix(".expected.json").read_text("utf-8"))
    day = date.fromisoformat(expected["as_of"])
    before = {row["id"] for row in rows_of(cast, company, "child")}

    first = taken_in(cast, company, by, data, name=name, day=day)
    after = rows_of(cast, company, "child")
    second = taken_in(cast, company, by, data, name=name, day=day)

    new = [row for row in after if row["id"] not in before]
    assert first.counts["wrong"] == expected["rows_with_errors"]
    assert len(new) == expected["children"]
    assert sum(row["left_behind"] for row in new) == expected["left_behind"]
    assert second.counts["unchanged"] == expected["children"]
    assert rows_of(cast, company, "child") == after


def test_nothing_is_written_before_the_confirmation(cast, director):
    before = rows_of(cast, cast.village, "child")

    staged(cast, cast.village, director, roster(child()))

    assert rows_of(cast, cast.village, "child") == before
    assert not cast.events(cast.village, "roster.confirmed")


def test_a_confirmed_child_has_its_number_sealed_and_its_people_round_it(cast, director):
    taken_in(cast, cast.village, director, roster(child(id=number("2016-03-08"))))

    new = child_named(cast, cast.village, "江一帆")
    assert (new["sex"], new["birth_date"], new["left_behind"]) == ("male", date(2016, 3, 8), True)
    assert new["id_no_tail"] == number("2016-03-08")[-4:]
    assert len(new["person_key"]) == len(new["id_no_hash"]) == 64
    contacts = [row for row in rows_of(cast, cast.village, "child_contact") if row["child_id"] == new["id"]]
    assert [(row["kind"], row["name"], row["phone"]) for row in contacts] == [("guardian", "江大川", "13900000001")]
    identity = [row for row in rows_of(cast, cast.village, "child_identity") if row["id"] == new["id"]]
    assert [row["person_key"] for row in identity] == [new["person_key"]]


def test_the_same_file_twice_changes_nothing_and_says_so(cast, director):
    data = roster(child(), child("何小满", born="2017-04-09", id=None), child("周远", id=None, date=None))
    taken_in(cast, cast.village, director, data)
    before = rows_of(cast, cast.village, "child")

    again = taken_in(cast, cast.village, director, data)

    assert (again.counts["new"], again.counts["updated"], again.counts["unchanged"]) == (0, 0, 3)
    assert rows_of(cast, cast.village, "child") == before
    assert not cast.events(cast.village, "child.changed")


def test_one_confirmation_is_one_event_for_all_its_children(cast, director):
    taken_in(cast, cast.village, director, roster(child(), child("何小满", born="2017-04-09")))

    assert len(cast.events(cast.village, "roster.confirmed")) == 1
    assert not cast.events(cast.village, "child.registered")


def test_wrong_rows_stay_out_and_are_named_with_place_and_remedy(cast, director):
    short = number("2017-04-09")[:-1]
    held = staged(cast, cast.village, director, roster(child(), child("何小满", born="2017-04-09", id=short)))
    with cast.village.transaction() as session:
        (mistake,), total = queries.mistakes(session, director, held.id, limit=50)
    done = confirmed(cast, cast.village, director, held)

    assert (done.counts["new"], done.counts["wrong"], total) == (1, 1, 1)
    assert (mistake.sheet, mistake.row_no, mistake.column, mistake.code) == ("名单", 3, "E", "id_length")
    assert mistake.value is not None
    assert mistake.value.startswith(short[:4])
    assert short not in mistake.value
    assert mistake.hint
    assert "何小满" not in {row["name"] for row in rows_of(cast, cast.village, "child")}


def test_a_double_submit_confirms_once(cast, director):
    held = staged(cast, cast.village, director, roster(child()))

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda _: confirmed(cast, cast.village, director, held), range(2)))

    assert [one.state for one in outcomes] == ["confirmed", "confirmed"]
    assert child_named(cast, cast.village, "江一帆")["version"] == 1
    assert len(cast.events(cast.village, "roster.confirmed")) == 1


def test_two_rosters_with_one_child_confirmed_at_once_make_one_child(cast, director):
    held = [
        staged(cast, cast.village, director, roster(child(phone=phone))) for phone in ("13900000001", "13900000002")
    ]
    together = Barrier(2)

    def confirm(one):
        with cast.village.transaction() as session:
            together.wait()
            imports.confirm(session, one.id, by=director, now=cast.now())

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(confirm, held))

    assert child_named(cast, cast.village, "江一帆")["version"] == 2


def test_what_changed_since_the_preview_is_compared_anew(cast, director):
    held = staged(cast, cast.village, director, roster(child()))
    with cast.village.transaction() as session:
        usecases.register(session, name="江一帆", id_no=number("2016-03-08"), by=director, now=cast.now())

    done = confirmed(cast, cast.village, director, held)

    assert (held.counts["new"], done.counts["new"], done.counts["updated"]) == (1, 0, 1)
    assert child_named(cast, cast.village, "江一帆")["version"] == 2


def test_a_crash_in_the_confirmation_leaves_the_roll_as_it_was_and_it_can_be_confirmed_again(cast, director):
    held = staged(cast, cast.village, director, roster(child()))
    with contextlib.suppress(RuntimeError), cast.village.transaction() as session:
        imports.confirm(session, held.id, by=director, now=cast.now())
        raise RuntimeError("the process dies here")
    assert "江一帆" not in {row["name"] for row in rows_of(cast, cast.village, "child")}

    confirmed(cast, cast.village, director, held)

    assert child_named(cast, cast.village, "江一帆")["version"] == 1


def test_a_withdrawn_roster_is_gone_and_cannot_be_confirmed(cast, director):
    held = staged(cast, cast.village, director, roster(child()))
    with cast.village.transaction() as session:
        imports.withdraw(session, held.id, by=director)

    with pytest.raises(Conflict, match=r"roster\.withdrawn"):
        confirmed(cast, cast.village, director, held)
    assert not rows_of(cast, cast.village, "roster_row")


def test_a_confirmed_roster_cannot_be_withdrawn(cast, director):
    held = taken_in(cast, cast.village, director, roster(child()))

    with pytest.raises(Conflict, match=r"roster\.confirmed"), cast.village.transaction() as session:
        imports.withdraw(session, held.id, by=director)


def test_after_24_hours_the_sweep_ends_what_was_not_confirmed_and_its_rows_go(cast, director):
    open_one = staged(cast, cast.village, director, roster(child()))
    done = taken_in(cast, cast.village, director, roster(child("何小满", born="2017-04-09", id="1")))

    cast.advance(hours=24, seconds=1)
    cast.sweep()
    cast.run_reactions()

    states = {row["id"]: row["state"] for row in rows_of(cast, cast.village, "roster_import")}
    assert states == {open_one.id: "expired", done.id: "confirmed"}
    assert not rows_of(cast, cast.village, "roster_row")
    assert len(cast.events(cast.village, "roster.expired")) == 2
    with pytest.raises(Conflict, match=r"roster\.expired"):
        confirmed(cast, cast.village, director, open_one)


def test_after_24_hours_it_is_over_even_before_the_sweep_comes(cast, director):
    held = staged(cast, cast.village, director, roster(child()))

    with pytest.raises(Conflict, match=r"roster\.expired"), cast.village.transaction() as session:
        imports.confirm(session, held.id, by=director, now=cast.now() + timedelta(hours=25))


def test_nobody_who_looks_after_a_child_is_said_before_anything_else(cast, director):
    held = staged(cast, cast.village, director, roster(child(guardian="无人照料", phone=None)))
    (line,) = preview(cast.village, director, held, "warned")
    confirmed(cast, cast.village, director, held)

    assert held.counts["no_guardian"] == 1
    assert "no_guardian" in {finding["code"] for finding, _ in line.findings}
    assert child_named(cast, cast.village, "江一帆")["no_guardian"] is True


def test_a_strangers_roster_does_not_exist_and_a_mentor_may_not_import(cast, director):
    held = staged(cast, cast.village, director, roster(child()))

    with cast.stranger.transaction() as session, pytest.raises(NotFound):
        imports.confirm(session, held.id, by=cast.stranger.admin, now=cast.now())
    with cast.village.transaction() as session, pytest.raises(NotAllowed):
        imports.confirm(session, held.id, by=cast.village.mentor, now=cast.now())


def test_no_cell_of_a_roster_lies_open_in_the_database(cast, director):
    secret = number("2016-03-08", 7)
    wrong = number("2017-04-09", 7)[:-1]
    data = roster(child("江漾漾", id=secret), child("何沅沅", born="2017-04-09", id=wrong, remark="只在名单里的话"))
    held = staged(cast, cast.village, director, data)
    dumped = _dump(cast)
    confirmed(cast, cast.village, director, held)

    for text in (secret, wrong, "江漾漾", "只在名单里的话"):
        assert text not in dumped
    assert secret not in _dump(cast)


def _dump(cast):
    """The text of every row of every table, as a stolen backup shows it."""
    with psycopg.connect(dsn(cast.urls.superuser)) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        return "".join(
            str(row[0]) for (name,) in names for row in connection.execute(f'SELECT t::text FROM "{name}" t').fetchall()
        )


def test_the_number_of_statements_does_not_grow_with_the_rows(cast, director):
    counted = {}
    for many in (5, 60):
        rows = [child(f"江{chr(0x4E00 + n + many)}", id=number("2016-03-08", n % 100)) for n in range(many)]
        with statements(cast.house.app.engine) as seen:
            taken_in(cast, cast.village, director, roster(*rows))
        counted[many] = len(seen)

    assert counted[60] <= counted[5] + 4  # batches of a thousand values
