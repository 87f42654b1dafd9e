"""Occurrences: made from plans in force, kept ahead, moved by the clock; each once, whatever happens in between."""

import contextlib
import itertools
from datetime import date, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import func, select

from services.worker.sweeper import sweep_table
from shared.care import plan_force_usecases
from shared.care.doers import resolve_doers
from shared.care.models import Assignment, Occurrence, Plan, PlanItem
from shared.care.occurrence_making import keep_ahead
from shared.care.timed import PLAN_ITEMS
from shared.children.events import RosterConfirmed
from shared.kernel.clock import CHINA
from shared.kernel.ids import new_id
from tests.support.cluster import dsn
from tests.support.plans import (
    AWARD,
    CALL,
    FIRST_OF_TERM,
    LETTER,
    MEETING,
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


def test_122_children_have_610_visits_610_calls_and_122_letters_in_a_term_of_five_months(started):
    school = started.school
    new_children(school, 119)

    put_in_force(started, school, VISIT, CALL, LETTER)
    for _ in range(21):
        started.run_reactions()
        started.advance(days=7)
        sweep_table(started.house, PLAN_ITEMS)  # the other clocks have tests of their own

    with school.transaction() as session:
        counts = dict(session.execute(select(Occurrence.kind, func.count()).group_by(Occurrence.kind)).all())
    assert counts == {"home_visit": 610, "call": 610, "letter": 122}


def test_occurrences_reach_eight_weeks_ahead_on_every_day(started):
    put_in_force(started, started.school, WEEKLY)
    started.run_reactions()

    for _ in range(10):
        last = occurrences(started.school)[-1].window_end
        assert last >= started.now().date() + timedelta(weeks=8)
        started.advance(days=6)
        sweep_table(started.house, PLAN_ITEMS)
        started.run_reactions()


def test_a_top_up_nine_weeks_late_leaves_no_gap(started):
    put_in_force(started, started.school, WEEKLY)
    started.run_reactions()

    started.advance(days=63)
    sweep_table(started.house, PLAN_ITEMS)
    started.run_reactions()

    child = started.school.children["王小明"]
    weeks = list(occurrences(started.school, child_id=child))
    assert all(b.window_start == a.window_end + timedelta(days=1) for a, b in itertools.pairwise(weeks))
    assert weeks[-1].window_end >= date(2026, 12, 28)
    assert len(started.events(started.school, "plan_item.top_up_due")) == 1


def test_a_plan_activated_within_a_window_starts_with_the_next_one(cast):
    cast.clock(datetime(2026, 9, 15, 10, 0, tzinfo=CHINA))

    put_in_force(cast, cast.school, VISIT)
    cast.run_reactions()

    assert occurrences(cast.school)[0].window_start == date(2026, 10, 1)


def test_only_left_behind_children_are_subjects_and_every_class_has_its_meeting(started):
    put_in_force(started, started.school, VISIT, MEETING)
    started.run_reactions()

    visited = {one.child_id for one in occurrences(started.school, kind="home_visit")}
    met = {one.unit_id for one in occurrences(started.school, kind="class_meeting")}
    assert visited == {started.school.children[name] for name in ("王小明", "陈晓芳", "周静怡")}
    assert met == set(started.school.units.values())


def test_a_tenants_item_is_due_once_and_names_the_organisation(cast):
    cast.clock(datetime(2027, 5, 10, 8, 0, tzinfo=CHINA))

    put_in_force(cast, cast.school, AWARD, role="head")
    cast.run_reactions()

    [award] = occurrences(cast.school)
    assert (award.subject_kind, award.subject_id) == ("tenant", cast.school.id)
    assert award.doer_id == cast.school.head.membership_id
    assert award.due_at == datetime(2027, 6, 2, tzinfo=CHINA)


def test_making_them_again_changes_nothing(started):
    put_in_force(started, started.school, VISIT, MEETING)
    started.run_reactions()
    before = [(one.id, one.due_at, one.doer_id) for one in occurrences(started.school)]

    with started.school.transaction() as session:
        items = session.scalars(select(PlanItem.id)).all()
        made = keep_ahead(session, items, now=started.now())
    tell(started, started.school, RosterConfirmed, import_id=new_id())
    started.run_reactions()

    assert made == 0
    assert [(one.id, one.due_at, one.doer_id) for one in occurrences(started.school)] == before


def test_a_reaction_that_dies_half_way_leaves_nothing_and_is_made_up_for(started):
    put_in_force(started, started.school, VISIT)
    with contextlib.suppress(ConnectionAbortedError), started.school.transaction() as session:
        keep_ahead(session, session.scalars(select(PlanItem.id)).all(), now=started.now())
        raise ConnectionAbortedError
    assert occurrences(started.school) == []

    started.run_reactions()

    assert len(occurrences(started.school)) == 9


def test_who_does_it_is_the_class_head_then_the_paired_carer(started):
    school = started.school
    put_in_force(started, school, VISIT)
    put_in_force(started, school, CALL, role="proxy_parent")
    with school.transaction() as session:
        other = school.teacher.membership_id
        child = school.children["王小明"]
        session.add(Assignment(child_id=child, membership_id=other, role="proxy_parent", from_on=date(2026, 9, 1)))

    started.run_reactions()

    visits = {one.child_id: one.doer_id for one in occurrences(school, kind="home_visit")}
    calls = {one.child_id: one.doer_id for one in occurrences(school, kind="call")}
    assert visits[school.children["王小明"]] == school.teacher.membership_id
    assert visits[school.children["周静怡"]] == school.other_teacher.membership_id
    assert calls[child] == other
    assert calls[school.children["周静怡"]] == school.proxy_parent.membership_id  # the only one with the role


def test_a_role_nobody_holds_leaves_the_promise_without_a_name(started):
    put_in_force(started, started.school, VISIT, role="mentor")
    started.run_reactions()

    assert {one.doer_id for one in occurrences(started.school)} == {None}
    with started.school.transaction() as session:
        assert resolve_doers(session) == 0


def test_a_village_goes_on_in_the_holidays_and_a_school_does_not(cast):
    cast.clock(datetime(2027, 1, 20, 8, 0, tzinfo=CHINA))

    put_in_force(cast, cast.school, VISIT)
    put_in_force(cast, cast.village, VISIT, role="child_director")
    cast.run_reactions()

    assert occurrences(cast.school) == []
    assert {one.window_start for one in occurrences(cast.village)} == {date(2027, 2, 1), date(2027, 3, 1)}


def test_the_clock_runs_from_due_soon_over_overdue_to_missed_and_misses_once(started):
    put_in_force(started, started.school, VISIT)
    started.run_reactions()

    for month, day in ((9, 29), (10, 1), (10, 6), (10, 7)):
        started.clock(datetime(2026, month, day, tzinfo=CHINA))
        started.sweep()
        started.sweep()

    for name in ("due_soon", "overdue", "missed"):
        assert len(started.events(started.school, f"occurrence.{name}")) == 3
    assert states(started.school) == {"missed": 3, "open": 6}
    assert all(one.ended_at and one.alert_at is None for one in occurrences(started.school, state="missed"))


def test_after_an_outage_each_is_missed_once_and_says_what_was_skipped(started):
    put_in_force(started, started.school, VISIT)
    started.run_reactions()

    started.clock(datetime(2026, 10, 20, tzinfo=CHINA))
    started.sweep()

    missed = started.events(started.school, "occurrence.missed")
    assert [one["skipped"] for one in missed] == [["due_soon", "overdue"]] * 3
    assert started.events(started.school, "occurrence.overdue") == []


def test_what_is_done_is_never_missed(started):
    put_in_force(started, started.school, VISIT)
    started.run_reactions()
    with psycopg.connect(dsn(started.urls.superuser)) as connection:
        connection.execute("UPDATE occurrence SET state = 'done' WHERE tenant_id = %s", [started.school.id])

    started.clock(datetime(2026, 10, 20, tzinfo=CHINA))
    started.sweep()

    assert states(started.school) == {"done": 9}


def test_switching_an_item_off_voids_what_is_open_and_stops_the_top_up(started):
    school = started.school
    plan_id = put_in_force(started, school, VISIT, CALL)
    started.run_reactions()
    with school.transaction() as session:
        plan = session.get_one(Plan, (school.id, plan_id))
        item = session.scalars(select(PlanItem).where(PlanItem.kind == "call")).one()
        plan_force_usecases.switch_off_item(session, item.id, version=plan.version, by=school.head, now=started.now())
    started.advance(days=30)
    started.sweep()
    started.run_reactions()

    assert {one.state for one in occurrences(school, kind="call")} == {"void"}
    assert "void" not in {one.state for one in occurrences(school, kind="home_visit")}


def test_a_plan_switched_off_before_its_reaction_ran_makes_nothing(started):
    school = started.school
    plan_id = put_in_force(started, school, VISIT)
    with school.transaction() as session:
        plan = session.get_one(Plan, (school.id, plan_id))
        plan_force_usecases.switch_off(session, plan_id, version=plan.version, by=school.head, now=started.now())

    started.run_reactions()

    assert occurrences(school) == []


def test_another_organisation_has_nothing_of_it(started):
    put_in_force(started, started.school, VISIT)
    started.run_reactions()

    assert occurrences(started.stranger) == []
