"""A missed promise is heard of: unit head, head, superior organisation; and their answers come back."""

from datetime import datetime

import pytest
from sqlalchemy import update

from shared.care import record_usecases
from shared.care.escalations import queries, usecases
from shared.care.record_usecases import Deed, Subject
from shared.kernel.clock import CHINA
from shared.kernel.errors import Conflict, NotAllowed, NotFound
from shared.organisations.models import Unit
from tests.support.cast import Cast, Company
from tests.support.misses import BEFORE, OCTOBER, SEPTEMBER, after, call, calls, kinds, mark, pass_to, visit


@pytest.fixture
def school(cast: Cast) -> Company:
    cast.clock(BEFORE)
    return cast.school


def test_a_first_miss_calls_the_head_of_the_childs_class(cast, school):
    promise = visit(cast, SEPTEMBER)

    pass_to(cast, after(SEPTEMBER))

    assert calls(school, promise) == [("E1", "missed", "open")]
    assert call(school, promise, "E1").recipient_id == school.teacher.membership_id
    assert kinds(school, "teacher") == ["missed.E1"]
    assert kinds(school, "proxy_parent") == ["occurrence.missed"]
    assert kinds(school, "head") == []


def test_the_doer_is_reminded_before_and_after_the_window(cast, school):
    visit(cast, SEPTEMBER)

    pass_to(cast, datetime(2026, 9, 29, 9, 0, tzinfo=CHINA))
    pass_to(cast, datetime(2026, 10, 1, 0, 1, tzinfo=CHINA))

    assert kinds(school, "proxy_parent") == ["occurrence.due_soon", "occurrence.overdue"]


def test_a_teacher_who_missed_is_answered_for_by_the_unit_above_or_the_head(cast, school):
    promise = visit(cast, SEPTEMBER, doer=school.teacher)
    with school.transaction() as session:
        grade = Unit(kind="grade", name="三年级", head_id=school.admin.membership_id)
        session.add(grade)
        session.flush()
        session.execute(update(Unit).where(Unit.name == "三年级一班").values(parent_id=grade.id))
    other = visit(cast, SEPTEMBER, child="周静怡", doer=school.other_teacher)

    pass_to(cast, after(SEPTEMBER))

    assert call(school, promise, "E1").recipient_id == school.admin.membership_id
    assert call(school, other, "E1").recipient_id == school.head.membership_id


def test_an_unanswered_call_lapses_after_two_days_and_calls_the_head(cast, school):
    promise = visit(cast, SEPTEMBER)
    pass_to(cast, after(SEPTEMBER))

    pass_to(cast, after(SEPTEMBER, days=1, hours=23))
    before = calls(school, promise)
    pass_to(cast, after(SEPTEMBER, days=2, minutes=5))

    assert before == [("E1", "missed", "open")]
    assert calls(school, promise) == [("E1", "missed", "lapsed"), ("E2", "unanswered", "open")]
    assert kinds(school, "head") == ["missed.E2"]


def test_a_miss_behind_one_that_was_kept_calls_the_head_once_that_record_is_voided(cast, school):
    first, teacher = visit(cast, SEPTEMBER, doer=school.teacher), school.teacher
    second = visit(cast, OCTOBER, first, doer=teacher)
    cast.clock(BEFORE.replace(day=20))
    with school.transaction() as session:
        whom, deed = Subject(child_id=school.children["王小明"]), Deed(on_day=cast.now().date())
        given = {"deed": deed, "subject": whom, "by": teacher, "now": cast.now()}
        written = record_usecases.write_record(session, kind="home_visit", **given)
    pass_to(cast, after(OCTOBER))
    before = [level for level, _, _ in calls(school, second)]

    with school.transaction() as session:
        record_usecases.void_record(session, written.record.id, reason="误录", by=teacher, now=cast.now())
    cast.run_reactions()
    pass_to(cast, after(OCTOBER, minutes=5))

    assert before == ["E1"]
    assert [level for level, _, _ in calls(school, first)] == ["E1"]
    assert ("E2", "repeated", "open") in calls(school, second)


def test_an_answer_in_time_stops_the_clock_and_is_told_to_the_doer(cast, school):
    promise = visit(cast, SEPTEMBER)
    pass_to(cast, after(SEPTEMBER))
    called = call(school, promise, "E1")

    with school.transaction() as session:
        usecases.answer(
            session, called.id, answer="acted", note="明天补访。", by=school.teacher, now=after(SEPTEMBER, days=1)
        )
    pass_to(cast, after(SEPTEMBER, days=3))

    assert calls(school, promise) == [("E1", "missed", "answered")]
    assert kinds(school, "proxy_parent") == ["occurrence.missed", "escalation.answered"]
    assert kinds(school, "head") == []


def test_a_lapsed_call_can_still_be_answered_and_only_once(cast, school):
    promise = visit(cast, SEPTEMBER)
    pass_to(cast, after(SEPTEMBER))
    pass_to(cast, after(SEPTEMBER, days=3))
    called = call(school, promise, "E1")
    given = {"answer": "seen", "note": None, "now": cast.now()}

    with school.transaction() as session:
        usecases.answer(session, called.id, by=school.teacher, **given)

    with school.transaction() as session, pytest.raises(Conflict):
        usecases.answer(session, called.id, by=school.teacher, **given)
    assert ("E1", "missed", "answered") in calls(school, promise)


def test_a_colleague_may_not_answer_and_a_stranger_finds_nothing(cast, school):
    promise = visit(cast, SEPTEMBER)
    pass_to(cast, after(SEPTEMBER))
    called = call(school, promise, "E1")
    given = {"answer": "seen", "note": None, "now": cast.now()}

    with school.transaction() as session, pytest.raises(NotAllowed):
        usecases.answer(session, called.id, by=school.other_teacher, **given)

    with cast.stranger.transaction() as session, pytest.raises(NotFound):
        usecases.answer(session, called.id, by=cast.stranger.head, **given)
    with cast.stranger.transaction() as session, pytest.raises(NotFound):
        queries.case(session, promise.id, by=cast.stranger.head)
    with school.transaction() as session, pytest.raises(NotFound):
        queries.case(session, promise.id, by=school.other_teacher)


@pytest.mark.parametrize(("values", "why"), [({"is_key": True}, "key"), ({"risk_level": "yellow"}, "yellow")])
def test_for_a_child_at_risk_the_head_hears_of_the_first_miss(cast, school, values, why):
    mark(school, "王小明", **values)
    promise = visit(cast, SEPTEMBER)

    pass_to(cast, after(SEPTEMBER))

    assert calls(school, promise) == [("E1", "missed", "open"), ("E2", why, "open")]


def test_r48_an_answered_call_has_no_clock_any_more(cast):
    cast.clock(BEFORE)
    promise = visit(cast, SEPTEMBER)
    pass_to(cast, after(SEPTEMBER))
    called = call(cast.school, promise, "E1")
    by = next(one for one in cast.school.members.values() if one.membership_id == called.recipient_id)

    with cast.school.transaction() as session:
        usecases.answer(session, called.id, answer="seen", note=None, by=by, now=cast.now())

    answered = call(cast.school, promise, "E1")
    assert called.alert_at is not None
    assert (answered.state, answered.alert_at) == ("answered", None)
