"""Clocks, tellings and ladders of an incident, as tables (F14, 001:131)."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from shared.incidents.ladders import LADDERS
from shared.incidents.rules import (
    PROTECTIVE,
    Category,
    StepState,
    Told,
    check_times,
    names_in,
    owner,
    state_when_told,
)
from shared.kernel.clock import CHINA
from shared.kernel.errors import Refused

KNOWN = datetime(2026, 11, 17, 10, 4, 40, tzinfo=CHINA)


def at(minutes: int) -> datetime:
    return KNOWN + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("kind", "duties"),
    [
        (
            "school",
            [
                (1, 30, "entrusted_guardian"),
                (2, 60, "father_or_mother"),
                (3, 120, "education_authority"),
                (3, 120, "township_government"),
            ],
        ),
        (
            "village",
            [(1, 30, "entrusted_guardian"), (2, 60, "father_or_mother"), (3, 120, "township_government")],
        ),
    ],
)
def test_the_ladder_names_who_is_told_within_how_many_minutes(kind, duties):
    assert [(duty.number, duty.minutes, duty.tell) for duty in LADDERS[kind]] == duties


@pytest.mark.parametrize(("alike", "kind"), [("kindergarten", "school"), ("community", "village")])
def test_kindergarten_and_community_use_the_clocks_of_school_and_village(alike, kind):
    assert LADDERS[alike] == LADDERS[kind]


@pytest.mark.parametrize(
    ("told_after", "reason", "state"),
    [(0, None, StepState.DONE), (30, None, StepState.DONE), (31, "没人接电话", StepState.DONE_LATE)],
)
def test_the_time_of_the_telling_decides_whether_it_was_late(told_after, reason, state):
    told = Told("phone", "奶奶", at(told_after), reason)

    found = state_when_told(told, known_at=KNOWN, due_at=at(30), now=at(300))

    assert found is state


@pytest.mark.parametrize(("told_after", "field"), [(31, "late_reason"), (301, "told_at"), (-2, "told_at")])
def test_late_without_a_reason_before_the_knowing_or_in_the_future_is_refused(told_after, field):
    with pytest.raises(Refused) as refused:
        state_when_told(Told("phone", "奶奶", at(told_after)), known_at=KNOWN, due_at=at(30), now=at(300))

    assert list(refused.value.errors) == [field]


def test_the_minute_in_which_one_learnt_of_it_counts_in_full():
    told = Told("phone", "奶奶", KNOWN.replace(second=0))

    assert state_when_told(told, known_at=KNOWN, due_at=at(30), now=at(1)) is StepState.DONE


@pytest.mark.parametrize(
    ("known", "occurred", "fields"),
    [
        (0, -6, []),
        (0, None, []),
        (2, None, ["known_at"]),
        (-31 * 24 * 60, None, ["known_at"]),
        (0, 1, ["occurred_at"]),
        (0, -30 * 365 * 24 * 60, ["occurred_at"]),
    ],
)
def test_nobody_learns_of_a_thing_before_it_happens(known, occurred, fields):
    happened = None if occurred is None else at(occurred)

    if not fields:
        check_times(known_at=at(known), occurred_at=happened, now=at(0))
        return
    with pytest.raises(Refused) as refused:
        check_times(known_at=at(known), occurred_at=happened, now=at(0))
    assert list(refused.value.errors) == fields


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        (None, []),
        ("王小明", ["王小明"]),
        ("王小明、陈晓芳", ["王小明", "陈晓芳"]),
        (" 王小明, 陈晓芳；王小明 ", ["王小明", "陈晓芳"]),
    ],
)
def test_names_are_read_however_they_are_parted(typed, names):
    assert names_in(typed) == names


def test_the_five_categories_with_a_possible_suspect_are_protective():
    assert {one.value for one in PROTECTIVE} == {
        "violence_abuse",
        "sexual_harm",
        "guardian_neglect",
        "carer_misconduct",
        "staff_misconduct",
    }
    assert set(Category) > PROTECTIVE


def test_a_duty_always_finds_an_owner_while_there_is_anybody():
    carer, head, reporter = (UUID(int=number) for number in range(1, 4))

    assert owner([carer], [head], reporter) == carer
    assert owner([None], [head], reporter) == head
    assert owner([None], [], reporter) == reporter
    assert owner([None], [], None) is None
