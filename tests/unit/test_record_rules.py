"""What a record may say, and who may write it."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from shared.care import record_rules as rules
from shared.kernel.errors import Invalid, NotAllowed
from shared.people.rules import Actor, Role

TODAY = date(2026, 11, 21)


def actor(*roles: Role) -> Actor:
    return Actor(
        tenant_id=uuid4(),
        organisation_kind="school",
        person_id=uuid4(),
        membership_id=uuid4(),
        name="李老师",
        roles=frozenset(roles),
    )


@pytest.mark.parametrize("day", [TODAY + timedelta(days=1), TODAY - timedelta(days=32), date.min])
def test_a_day_to_come_or_long_past_is_refused_at_its_field(day):
    with pytest.raises(Invalid) as refused:
        rules.check_day(day, today=TODAY)

    assert "on_day" in refused.value.errors


@pytest.mark.parametrize("day", [TODAY, TODAY - timedelta(days=31)])
def test_today_and_thirty_one_days_ago_are_taken(day):
    rules.check_day(day, today=TODAY)


@pytest.mark.parametrize("kind", ["call", "video", "letter"])
def test_a_call_a_video_and_a_letter_have_no_words(kind):
    with pytest.raises(Invalid) as refused:
        rules.check_text(kind, "他说想妈妈")

    assert refused.value.code == "record.no_text"


def test_a_problem_is_looked_at_again_after_a_week_unless_a_day_is_named():
    named = date(2026, 11, 23)

    assert rules.follow_up(None, problem_found=True, on_day=TODAY) == TODAY + timedelta(days=7)
    assert rules.follow_up(named, problem_found=True, on_day=TODAY) == named
    assert rules.follow_up(None, problem_found=False, on_day=TODAY) is None


def test_a_teacher_writes_for_nobody_else_and_a_keeper_for_everybody():
    teacher, keeper, somebody = actor(Role.SUBJECT_TEACHER), actor(Role.ARCHIVIST), uuid4()

    rules.require_hand(teacher, teacher.membership_id or somebody, heads_unit=False)
    rules.require_hand(keeper, somebody, heads_unit=False)
    rules.require_hand(teacher, somebody, heads_unit=True)
    with pytest.raises(NotAllowed):
        rules.require_hand(teacher, somebody, heads_unit=False)


def test_nobody_excuses_a_promise_of_their_own():
    head = actor(Role.HEAD)

    rules.require_second_person(head, uuid4(), heads_unit=False)
    with pytest.raises(NotAllowed) as refused:
        rules.require_second_person(head, head.membership_id, heads_unit=True)

    assert refused.value.code == "excuse.second_person"


def test_a_carer_without_a_unit_excuses_nothing():
    with pytest.raises(NotAllowed):
        rules.require_second_person(actor(Role.PROXY_PARENT), uuid4(), heads_unit=False)
