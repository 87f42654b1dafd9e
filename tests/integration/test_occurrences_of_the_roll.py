"""Occurrences follow the roll: who joins has them, who leaves takes them along, a whole roster in one go."""

from datetime import date

import pytest

from shared.children.events import ChildChanged, ChildExited, ChildRegistered, RosterConfirmed
from shared.children.models import Child
from shared.kernel.events import record
from shared.kernel.ids import new_id
from tests.support.plans import (
    FIRST_OF_TERM,
    VISIT,
    WEEKLY,
    new_children,
    occurrences,
    put_in_force,
    silence,
    states,
    tell,
)


@pytest.fixture
def started(cast):
    cast.clock(FIRST_OF_TERM)
    yield cast
    silence(cast)


def test_a_new_child_has_what_starts_from_its_first_day_on(started):
    put_in_force(started, started.school, VISIT)
    started.run_reactions()
    started.advance(days=10)
    with started.school.transaction() as session:
        child = Child(name="新来的", pinyin="xinlaide", left_behind=True)
        session.add(child)
        session.flush()
        record(session, ChildRegistered(at=started.now(), child_id=child.id))

    started.run_reactions()

    assert [one.window_start for one in occurrences(started.school, child_id=child.id)] == [
        date(2026, 10, 1),
        date(2026, 11, 1),
    ]


def test_a_new_child_has_a_single_act_from_its_first_day_and_only_once(started):
    put_in_force(started, started.school, {**VISIT, "kind": "dossier", "period": "once"})
    started.run_reactions()
    started.advance(days=10)
    with started.school.transaction() as session:
        child = Child(name="新来的", pinyin="xinlaide", left_behind=True)
        session.add(child)
        session.flush()
        record(session, ChildRegistered(at=started.now(), child_id=child.id))
    started.run_reactions()
    started.advance(days=3)
    tell(started, started.school, ChildChanged, child_id=child.id)
    tell(started, started.school, RosterConfirmed, import_id=new_id())
    started.run_reactions()

    [single] = occurrences(started.school, child_id=child.id)
    assert single.window_start == date(2026, 9, 11)
    assert len(occurrences(started.school)) == 4


def test_a_whole_roster_is_followed_in_one_go(started):
    put_in_force(started, started.school, WEEKLY)
    started.run_reactions()
    before = len(occurrences(started.school))
    new_children(started.school, 40)
    tell(started, started.school, RosterConfirmed, import_id=new_id())

    started.run_reactions()

    assert len(occurrences(started.school)) == before + 40 * (before // 3)


def test_a_child_that_leaves_takes_its_open_ones_along(started):
    put_in_force(started, started.school, VISIT)
    started.run_reactions()
    child = started.school.children["王小明"]
    with started.school.transaction() as session:
        session.get_one(Child, (started.school.id, child)).status = "exited"
    tell(started, started.school, ChildExited, child_id=child)

    started.run_reactions()

    assert {one.state for one in occurrences(started.school, child_id=child)} == {"void"}
    assert states(started.school)["open"] == 6
    assert all(one.alert_at is None for one in occurrences(started.school, child_id=child))


def test_a_child_whose_parents_left_again_finds_its_coming_windows(started):
    school, child = started.school, started.school.children["王小明"]
    put_in_force(started, school, VISIT)
    started.run_reactions()
    for left_behind in (False, True):
        started.advance(days=5)
        with school.transaction() as session:
            session.get_one(Child, (school.id, child)).left_behind = left_behind
        tell(started, school, ChildChanged, child_id=child)
        started.run_reactions()

    assert [one.state for one in occurrences(school, child_id=child)] == ["void", "open", "open"]


@pytest.mark.parametrize("looked_in_between", [True, False])
def test_r38_what_is_taken_back_and_given_again_on_one_day_is_as_though_it_had_never_been(started, looked_in_between):
    school, child = started.school, started.school.children["王小明"]
    put_in_force(started, school, VISIT)
    started.run_reactions()
    started.advance(days=5)
    for left_behind in (False, True):
        with school.transaction() as session:
            session.get_one(Child, (school.id, child)).left_behind = left_behind
        tell(started, school, ChildChanged, child_id=child)
        if looked_in_between:
            started.run_reactions()

    started.run_reactions()

    assert [one.state for one in occurrences(school, child_id=child)] == ["open", "open", "open"]


def test_only_key_children_have_an_item_for_key_children(started):
    school, child = started.school, started.school.children["王小明"]
    with school.transaction() as session:
        session.get_one(Child, (school.id, child)).is_key = True

    put_in_force(started, school, {**VISIT, "child_filter": "key"})
    started.run_reactions()

    assert {one.child_id for one in occurrences(school)} == {child}
