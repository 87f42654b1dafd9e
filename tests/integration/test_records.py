"""Records close promises, and open them again."""

from datetime import date

import pytest

from shared.care import record_usecases as usecases
from shared.care.models import PlanItem
from shared.kernel.clock import day_start
from shared.kernel.errors import Conflict, Invalid
from tests.support.cast import Cast, Company
from tests.support.promises import a_promise, counted_for, miss, promise_now
from tests.support.records import CHILD, NOV, correct, noon, visit, void


@pytest.fixture
def school(cast: Cast) -> Company:
    return cast.school


def test_a_visit_within_the_window_is_done(school):
    promise = a_promise(school, child=CHILD, doer=school.teacher, start=NOV)

    written = visit(school, date(2026, 11, 20), by=school.teacher)

    found = promise_now(school, promise)
    assert (found.state, found.done_times, found.alert_at) == ("done", 1, None)
    assert [one.id for one in written.counted] == [promise.id]


def test_a_visit_in_the_grace_is_late(school):
    promise = a_promise(school, child=CHILD, doer=school.teacher, start=NOV)

    visit(school, date(2026, 12, 3), by=school.teacher)

    assert promise_now(school, promise).state == "late"


@pytest.mark.parametrize(
    ("day", "state"),
    [
        (date(2026, 10, 31), "open"),
        (date(2026, 11, 1), "done"),
        (date(2026, 11, 30), "done"),
        (date(2026, 12, 1), "late"),
        (date(2026, 12, 5), "late"),
        (date(2026, 12, 6), "open"),
    ],
)
def test_it_counts_from_the_first_day_of_the_window_to_the_last_day_of_grace(school, day, state):
    promise = a_promise(school, child=CHILD, doer=school.teacher, start=NOV)

    visit(school, day, by=school.teacher)

    assert promise_now(school, promise).state == state


def test_the_day_of_the_visit_decides_not_the_day_it_was_typed(school):
    promise = a_promise(school, child=CHILD, doer=school.teacher, start=NOV)

    visit(school, date(2026, 11, 30), entered=date(2026, 12, 4), by=school.teacher)

    assert promise_now(school, promise).state == "done"


def test_one_visit_counts_for_the_oldest_open_month_alone(school):
    november = a_promise(school, child=CHILD, doer=school.teacher, start=NOV)
    december = a_promise(school, child=CHILD, doer=school.teacher, start=date(2026, 12, 1), item_id=november.item_id)

    visit(school, date(2026, 12, 2), by=school.teacher, tapped=december)

    assert promise_now(school, november).state == "late"
    assert promise_now(school, december).state == "open"


def test_one_talk_counts_for_each_plan_item_it_fits(school):
    first = a_promise(school, child=CHILD, doer=school.teacher, start=NOV, kind="talk")
    second = a_promise(school, child=CHILD, doer=school.teacher, start=NOV, kind="talk")

    written = visit(school, date(2026, 11, 20), by=school.teacher, kind="talk")

    assert {one.id for one in written.counted} == {first.id, second.id}


def test_another_kind_of_deed_counts_for_nothing(school):
    promise = a_promise(school, child=CHILD, doer=school.teacher, start=NOV)

    visit(school, date(2026, 11, 20), by=school.teacher, kind="talk")

    assert promise_now(school, promise).state == "open"


def test_a_colleagues_visit_does_not_keep_the_promise_of_another(school):
    promise = a_promise(school, child=CHILD, doer=school.proxy_parent, start=NOV)

    visit(school, date(2026, 11, 20), by=school.teacher)

    assert promise_now(school, promise).state == "open"


def test_who_taps_the_promise_and_steps_in_keeps_it(school):
    promise = a_promise(school, child=CHILD, doer=school.proxy_parent, start=NOV)

    visit(school, date(2026, 11, 20), by=school.teacher, tapped=promise)

    assert promise_now(school, promise).state == "done"


def test_two_of_three_talks_leave_it_open_and_say_how_many_are_left(school):
    promise = a_promise(school, child=CHILD, doer=school.teacher, start=NOV, times=3)

    visit(school, date(2026, 11, 2), by=school.teacher)
    written = visit(school, date(2026, 11, 9), by=school.teacher)

    found = promise_now(school, promise)
    assert (found.state, found.done_times, written.counted[0].left) == ("open", 2, 1)
    assert found.alert_at == found.due_soon_at


def test_three_talks_with_the_last_one_in_the_grace_are_late(school):
    promise = a_promise(school, child=CHILD, doer=school.teacher, start=NOV, times=2)

    visit(school, date(2026, 11, 30), by=school.teacher)
    visit(school, date(2026, 12, 1), by=school.teacher)

    assert promise_now(school, promise).state == "late"


def test_a_visit_that_met_nobody_keeps_no_promise(school):
    promise = a_promise(school, child=CHILD, doer=school.teacher, start=NOV)

    written = visit(school, date(2026, 11, 20), by=school.teacher, reached=False)

    assert promise_now(school, promise).state == "open"
    assert written.counted == []


def test_what_is_missed_stays_missed_whatever_is_entered_afterwards(school):
    promise = a_promise(school, child=CHILD, doer=school.teacher, start=NOV)
    miss(school, promise, at=day_start(date(2026, 12, 6)))

    written = visit(school, date(2026, 11, 20), entered=date(2026, 12, 7), by=school.teacher)

    assert promise_now(school, promise).state == "missed"
    assert written.counted == []


def test_voiding_opens_the_promise_again_with_its_alarm_set(school):
    promise = a_promise(school, child=CHILD, doer=school.teacher, start=NOV)
    written = visit(school, date(2026, 11, 20), by=school.teacher)

    opened = void(school, written.record, by=school.teacher, on=date(2026, 11, 20))

    found = promise_now(school, promise)
    assert (found.state, found.done_times, found.ended_at) == ("open", 0, None)
    assert found.alert_at == found.due_soon_at
    assert [one.id for one in opened.reopened] == [promise.id]
    assert counted_for(school, written.record) == set()


def test_a_right_record_stands_in_for_the_one_that_is_voided(school):
    promise = a_promise(school, child=CHILD, doer=school.teacher, start=NOV)
    wrong = visit(school, date(2026, 11, 18), by=school.teacher)
    right = visit(school, date(2026, 11, 19), by=school.teacher)

    opened = void(school, wrong.record, by=school.teacher, on=date(2026, 11, 20))

    assert promise_now(school, promise).state == "done"
    assert counted_for(school, right.record) == {promise.id}
    assert opened.reopened == []


def test_voiding_one_of_three_late_ones_counts_down(school):
    promise = a_promise(school, child=CHILD, doer=school.teacher, start=NOV, times=2)
    first = visit(school, date(2026, 11, 2), by=school.teacher)
    visit(school, date(2026, 11, 9), by=school.teacher)

    void(school, first.record, by=school.teacher, on=date(2026, 11, 20))

    found = promise_now(school, promise)
    assert (found.state, found.done_times) == ("open", 1)


def test_a_promise_of_a_plan_that_ended_is_not_opened_again(school):
    promise = a_promise(school, child=CHILD, doer=school.teacher, start=NOV)
    written = visit(school, date(2026, 11, 20), by=school.teacher)
    with school.transaction() as session:
        session.get_one(PlanItem, (school.id, promise.item_id)).state = "off"

    void(school, written.record, by=school.teacher, on=date(2026, 11, 21))

    found = promise_now(school, promise)
    assert (found.state, found.alert_at) == ("void", None)


def test_a_void_record_cannot_be_voided_or_corrected(school):
    written = visit(school, date(2026, 11, 20), by=school.teacher)
    void(school, written.record, by=school.teacher, on=date(2026, 11, 20))

    with pytest.raises(Conflict, match=r"record\.void"):
        void(school, written.record, by=school.teacher, on=date(2026, 11, 20))
    with pytest.raises(Conflict, match=r"record\.void"):
        correct(school, written.record, by=school.teacher, on=date(2026, 11, 20), note="x")


def test_a_corrected_day_moves_the_record_to_the_promise_of_that_day(school):
    october = a_promise(school, child=CHILD, doer=school.teacher, start=date(2026, 10, 1), days=31)
    november = a_promise(school, child=CHILD, doer=school.teacher, start=NOV, item_id=october.item_id)
    miss(school, october, at=day_start(date(2026, 11, 6)))
    written = visit(school, date(2026, 11, 10), by=school.teacher)

    correct(school, written.record, by=school.teacher, on=date(2026, 11, 12), on_day=date(2026, 10, 30))

    assert promise_now(school, october).state == "missed"
    assert promise_now(school, november).state == "open"


def test_a_correction_within_the_window_leaves_it_done(school):
    promise = a_promise(school, child=CHILD, doer=school.teacher, start=NOV)
    written = visit(school, date(2026, 11, 10), by=school.teacher)

    correct(school, written.record, by=school.teacher, on=date(2026, 11, 12), on_day=date(2026, 11, 11), note="x")

    assert promise_now(school, promise).state == "done"
    assert counted_for(school, written.record) == {promise.id}


def test_a_correction_keeps_the_promise_of_somebody_the_writer_stood_in_for(school):
    promise = a_promise(school, child=CHILD, doer=school.proxy_parent, start=NOV)
    written = visit(school, date(2026, 11, 10), by=school.teacher, tapped=promise)

    correct(school, written.record, by=school.teacher, on=date(2026, 11, 12), on_day=date(2026, 11, 11))

    assert promise_now(school, promise).state == "done"


def test_a_stale_correction_is_refused(school):
    written = visit(school, date(2026, 11, 10), by=school.teacher)
    stale = written.record.version
    correct(school, written.record, by=school.teacher, on=date(2026, 11, 12), note="先改")

    with school.transaction() as session, pytest.raises(Conflict, match=r"record\.changed"):
        usecases.correct_record(
            session,
            written.record.id,
            version=stale,
            changes={"note": "后改"},
            by=school.teacher,
            now=noon(date(2026, 11, 12)),
        )


def test_the_events_say_what_was_touched_and_nothing_that_was_said(cast):
    school = cast.school
    promise = a_promise(school, child=CHILD, doer=school.teacher, start=NOV)
    written = visit(school, date(2026, 11, 20), by=school.teacher, note="想妈妈")
    void(school, written.record, by=school.teacher, on=date(2026, 11, 20))

    (told,) = cast.events(school, "record.written")
    (voided,) = cast.events(school, "record.voided")

    assert told["occurrence_ids"] == voided["occurrence_ids"] == [str(promise.id)]
    assert set(told) == {"record_id", "kind", "child_id", "occurrence_ids"}


@pytest.mark.parametrize("kind", ["call", "video", "letter"])
def test_words_of_a_call_are_refused_in_the_use_case_too(school, kind):
    with pytest.raises(Invalid, match=r"record\.no_text"):
        visit(school, date(2026, 11, 20), by=school.teacher, kind=kind, note="说了什么")
