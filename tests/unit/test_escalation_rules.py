"""Whom a miss calls, as tables."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from shared.care.escalations.events import EscalationDue
from shared.care.escalations.rules import Level, check_answer, levels, may_see, running_misses, superiors, unit_head
from shared.kernel.errors import NotFound, Refused
from shared.notifications.kinds import KINDS
from shared.people.rules import Actor, Role
from shared.subscriptions import SUBSCRIPTIONS

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("running", "risk", "is_key", "called"),
    [
        (1, None, False, [("E1", "missed")]),
        (1, "green", False, [("E1", "missed")]),
        (1, "blue", False, [("E1", "missed")]),
        (1, None, True, [("E1", "missed"), ("E2", "key")]),
        (1, "yellow", False, [("E1", "missed"), ("E2", "yellow")]),
        (2, None, False, [("E1", "missed"), ("E2", "repeated")]),
        (2, "yellow", True, [("E1", "missed"), ("E2", "yellow")]),
        (3, None, False, [("E1", "missed"), ("E2", "repeated"), ("E3", "third")]),
        (4, "blue", True, [("E1", "missed"), ("E2", "key"), ("E3", "third")]),
        (1, "red", False, [("E1", "missed"), ("E2", "red"), ("E3", "red")]),
        (3, "red", False, [("E1", "missed"), ("E2", "red"), ("E3", "third")]),
    ],
)
def test_a_miss_calls_by_how_often_and_by_how_much_the_child_is_at_risk(running, risk, is_key, called):
    rungs = levels(running=running, risk=risk, is_key=is_key)

    assert [(rung.level, rung.why) for rung in rungs] == called


@pytest.mark.parametrize(
    ("running", "risk", "waits"),
    [(1, "red", [0 * DAY, 0 * DAY, DAY]), (3, "red", [0 * DAY] * 3), (3, None, [0 * DAY] * 3)],
)
def test_only_a_red_childs_message_to_the_superior_waits_a_day(running, risk, waits):
    rungs = levels(running=running, risk=risk, is_key=False)

    assert [rung.after for rung in rungs] == waits


@pytest.mark.parametrize(
    ("states", "count"),
    [
        ([], 0),
        (["missed"], 1),
        (["missed", "missed", "done"], 2),
        (["done", "missed"], 0),
        (["late", "missed"], 0),
        (["missed", "excused", "missed"], 2),
        (["void", "missed", "missed", "late", "missed"], 2),
    ],
)
def test_a_run_of_misses_ends_at_a_kept_promise_and_goes_on_across_an_excused_one(states, count):
    assert running_misses(states) == count


TEACHER, GRADE_HEAD, PRINCIPAL, DEPUTY = (UUID(int=number) for number in range(1, 5))


@pytest.mark.parametrize(
    ("doer", "above", "leaders", "answers"),
    [
        (TEACHER, [GRADE_HEAD], [PRINCIPAL], GRADE_HEAD),
        (TEACHER, [TEACHER, GRADE_HEAD], [PRINCIPAL], GRADE_HEAD),
        (TEACHER, [TEACHER], [PRINCIPAL, DEPUTY], PRINCIPAL),
        (PRINCIPAL, [], [PRINCIPAL, DEPUTY], DEPUTY),
        (PRINCIPAL, [], [PRINCIPAL], PRINCIPAL),
        (None, [], [PRINCIPAL], PRINCIPAL),
        (TEACHER, [], [], None),
    ],
)
def test_nobody_answers_for_oneself_while_somebody_else_can(doer, above, leaders, answers):
    assert unit_head(doer, above, leaders) == answers


EDUCATION, TOWNSHIP, COUNTY = uuid4(), uuid4(), uuid4()
LINES = [("county", COUNTY), ("education", EDUCATION), ("township", TOWNSHIP)]


@pytest.mark.parametrize(
    ("kind", "lines", "to"),
    [
        ("school", LINES, [EDUCATION]),
        ("kindergarten", LINES, [EDUCATION]),
        ("village", LINES, [TOWNSHIP]),
        ("community", LINES, [TOWNSHIP]),
        ("school", LINES[:1], [COUNTY]),
        ("village", [], []),
        ("bureau", LINES, []),
    ],
)
def test_a_school_answers_to_education_and_a_village_to_its_township(kind, lines, to):
    assert superiors(kind, lines) == to


@pytest.mark.parametrize("note", [None, ""])
def test_measures_taken_are_said_in_words(note):
    with pytest.raises(Refused) as refused:
        check_answer("acted", note)

    assert list(refused.value.errors) == ["note"]


@pytest.mark.parametrize("note", ["请联系 13812345678", "身份证 430426 20150101 1234", "电话 0734-8888 8888"])
def test_no_number_of_a_person_crosses_to_another_organisation(note):
    check_answer("acted", note)

    with pytest.raises(Refused):
        check_answer("acted", note, crosses=True)


def test_a_case_does_not_exist_for_colleagues_who_have_nothing_to_do_with_it():
    actor = Actor(uuid4(), "school", uuid4(), TEACHER, "李老师", frozenset({Role.SUBJECT_TEACHER}))

    may_see(actor, [TEACHER])
    with pytest.raises(NotFound):
        may_see(actor, [GRADE_HEAD, None])


@pytest.mark.parametrize("level", Level)
def test_a_call_goes_to_a_telephone_where_its_kind_says_so_and_up_where_nobody_here_is_called(level):
    owed = {one.name for one in SUBSCRIPTIONS[EscalationDue] if one.hears({"level": level})}
    kind = KINDS.get(f"missed.{level}")

    assert ("notifications.notify" in owed) is (kind is not None)
    assert ("notifications.message" in owed) is (kind is not None and kind.sms)
    assert ("care.report_miss_up" in owed) is (level == Level.E3)
