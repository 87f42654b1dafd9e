"""An excuse needs a second person, and what is missed stays missed."""

from datetime import date, datetime, timedelta

import pytest

from shared.care import excuse_usecases, pairing_usecases
from shared.care.pairing_usecases import Paired
from shared.children.models import Child
from shared.kernel.clock import day_start
from shared.kernel.errors import Conflict, NotAllowed, NotFound
from shared.people.rules import Actor
from tests.support.cast import Company
from tests.support.promises import a_promise, miss, promise_now

START = date(2026, 11, 1)
NOW = day_start(date(2026, 11, 21)) + timedelta(hours=9)
MING, FANG, JINGYI = "王小明", "陈晓芳", "周静怡"


@pytest.fixture
def school(cast) -> Company:
    company: Company = cast.school
    return company


def pair(company: Company, child: str, carer: Actor, *, role: str = "proxy_parent", by: Actor) -> Paired:
    assert carer.membership_id
    with company.transaction() as session:
        return pairing_usecases.pair(
            session,
            child_id=company.children[child],
            membership_id=carer.membership_id,
            role=role,
            by=by,
            now=NOW,
        )


def excuse(company: Company, promise, *, by: Actor, now: datetime = NOW) -> None:
    with company.transaction() as session:
        excuse_usecases.excuse(session, promise.id, reason="监护人住院", by=by, now=now)


def test_the_unit_head_excuses_a_carers_promise(cast, school):
    promise = a_promise(school, child=MING, start=START, doer=school.proxy_parent)

    excuse(school, promise, by=school.teacher)

    found = promise_now(school, promise)
    assert (found.state, found.alert_at, found.excuse) == ("excused", None, "监护人住院")
    assert found.excused_by == school.teacher.membership_id
    assert len(cast.events(school, "occurrence.excused")) == 1


def test_nobody_excuses_their_own_and_the_head_does_it_for_the_unit_head(school):
    promise = a_promise(school, child=MING, start=START, doer=school.teacher)

    with pytest.raises(NotAllowed):
        excuse(school, promise, by=school.teacher)
    excuse(school, promise, by=school.head)

    assert promise_now(school, promise).state == "excused"


def test_the_teacher_of_another_class_finds_nothing_to_excuse(school):
    promise = a_promise(school, child=MING, start=START, doer=school.proxy_parent)

    with pytest.raises(NotFound):
        excuse(school, promise, by=school.other_teacher)


def test_a_teacher_paired_with_a_child_of_another_class_is_not_its_unit_head(school):
    promise = a_promise(school, child=MING, start=START, doer=school.proxy_parent)
    pair(school, MING, school.other_teacher, role="mentor", by=school.admin)

    with pytest.raises(NotAllowed):
        excuse(school, promise, by=school.other_teacher)


def test_what_is_missed_stays_missed(school):
    promise = a_promise(school, child=MING, start=START, doer=school.proxy_parent)
    miss(school, promise, at=NOW)

    with pytest.raises(Conflict) as refused:
        excuse(school, promise, by=school.teacher)

    assert refused.value.code == "occurrence.missed"


def test_an_excuse_is_taken_back_while_the_promise_can_be_kept(school):
    promise = a_promise(school, child=MING, start=START, doer=school.proxy_parent)
    excuse(school, promise, by=school.teacher)

    with school.transaction() as session:
        excuse_usecases.withdraw_excuse(session, promise.id, by=school.teacher, now=NOW)

    found = promise_now(school, promise)
    assert (found.state, found.excuse, found.ended_at) == ("open", None, None)
    assert found.alert_at == found.due_soon_at


def test_an_excuse_is_not_taken_back_when_it_would_be_a_miss(school):
    promise = a_promise(school, child=MING, start=START, doer=school.proxy_parent)
    excuse(school, promise, by=school.teacher)

    with school.transaction() as session, pytest.raises(Conflict):
        excuse_usecases.withdraw_excuse(session, promise.id, by=school.teacher, now=day_start(date(2026, 12, 6)))

    assert promise_now(school, promise).state == "excused"


def test_the_promise_of_a_child_who_left_is_not_opened_again(school):
    promise = a_promise(school, child=MING, start=START, doer=school.proxy_parent)
    excuse(school, promise, by=school.head)
    with school.transaction() as session:
        session.get_one(Child, (school.id, school.children[MING])).status = "exited"

    with school.transaction() as session:
        excuse_usecases.withdraw_excuse(session, promise.id, by=school.head, now=NOW)

    assert promise_now(school, promise).state == "void"


def test_a_strangers_promise_is_not_there(cast):
    promise = a_promise(cast.school, child=MING, start=START)

    with pytest.raises(NotFound):
        excuse(cast.stranger, promise, by=cast.stranger.head)
