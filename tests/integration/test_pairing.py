"""Pairing gives promises their doers."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from shared.care import pairing_queries, pairing_usecases
from shared.care.doers import resolve_doers
from shared.care.models import Assignment
from shared.care.pairing_usecases import Paired
from shared.kernel.clock import day_start
from shared.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from shared.organisations.models import Unit
from shared.people.rules import Actor, Role
from tests.support.cast import Company
from tests.support.promises import a_promise, promise_now

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


def test_pairing_gives_the_open_promises_to_the_new_carer(cast, school):
    promise = a_promise(school, child=MING, start=START)

    pair(school, MING, school.proxy_parent, by=school.admin)
    cast.run_reactions()

    assert promise_now(school, promise).doer_id == school.proxy_parent.membership_id


def test_changing_the_carer_hands_the_promises_over(cast, school):
    promise = a_promise(school, child=MING, start=START)
    (row,) = pair(school, MING, school.proxy_parent, by=school.admin).assignments
    cast.run_reactions()

    with school.transaction() as session:
        pairing_usecases.change_carer(
            session, row.id, membership_id=school.teacher.membership_id, by=school.admin, now=NOW
        )
    cast.run_reactions()

    assert promise_now(school, promise).doer_id == school.teacher.membership_id


def test_what_is_done_keeps_the_name_of_who_was_to_do_it(cast, school):
    promise = a_promise(school, child=MING, start=START, doer=school.teacher, state="done")

    pair(school, MING, school.proxy_parent, by=school.admin)
    cast.run_reactions()

    assert promise_now(school, promise).doer_id == school.teacher.membership_id


def test_a_third_child_brings_a_warning_and_is_paired_all_the_same(school):
    carer = school.proxy_parent

    first = pair(school, MING, carer, by=school.admin)
    pair(school, FANG, carer, by=school.admin)
    third = pair(school, JINGYI, carer, by=school.admin)

    assert first.warnings == []
    assert [(one.name, one.children, one.quota) for one in third.warnings] == [("戴家长", 3, 2)]
    assert len(third.assignments) == 1


def test_a_child_has_one_carer_in_a_role(school):
    pair(school, MING, school.proxy_parent, by=school.admin)

    with pytest.raises(Conflict) as refused:
        pair(school, MING, school.teacher, by=school.admin)

    assert refused.value.code == "pairing.taken"


def test_a_class_is_paired_at_once_and_evenly(cast, school):
    promises = [a_promise(school, child=child, start=START) for child in (MING, FANG)]
    children = [school.children[child] for child in (MING, FANG)]
    members = [school.proxy_parent.membership_id, school.teacher.membership_id]

    with school.transaction() as session:
        paired = pairing_usecases.pair_many(
            session, child_ids=children, membership_ids=members, role="proxy_parent", by=school.teacher, now=NOW
        )
    cast.run_reactions()

    assert sorted(row.membership_id for row in paired.assignments) == sorted(members)
    assert {promise_now(school, one).doer_id for one in promises} == set(members)


def test_a_whole_class_is_paired_or_nobody(school):
    pair(school, MING, school.proxy_parent, by=school.admin)
    children = [school.children[child] for child in (FANG, MING)]

    with school.transaction() as session, pytest.raises(Conflict):
        pairing_usecases.pair_many(
            session,
            child_ids=children,
            membership_ids=[school.teacher.membership_id],
            role="proxy_parent",
            by=school.admin,
            now=NOW,
        )

    with school.transaction() as session:
        assert len(session.scalars(select(Assignment)).all()) == 1


def test_a_pairing_ends_once(school):
    (row,) = pair(school, MING, school.proxy_parent, by=school.admin).assignments
    with school.transaction() as session:
        pairing_usecases.end_pairing(session, row.id, by=school.admin, now=NOW)

    with school.transaction() as session, pytest.raises(Conflict):
        pairing_usecases.end_pairing(session, row.id, by=school.admin, now=NOW)


def test_a_teacher_pairs_no_child_of_another_class(school):
    with pytest.raises(NotFound):
        pair(school, JINGYI, school.proxy_parent, by=school.teacher)


def test_a_carer_pairs_nobody(school):
    with pytest.raises(NotAllowed):
        pair(school, MING, school.proxy_parent, by=school.proxy_parent)


def test_a_role_of_another_kind_of_organisation_is_refused(school):
    with pytest.raises(Invalid):
        pair(school, MING, school.proxy_parent, role="cadre_mentor", by=school.admin)


def test_neither_a_stranger_nor_a_strangers_child_can_be_paired(cast, school):
    with pytest.raises(NotFound):
        pair(school, MING, cast.stranger.teacher, by=school.admin)
    with cast.stranger.transaction() as session, pytest.raises(NotFound):
        pairing_usecases.pair(
            session,
            child_id=school.children[MING],
            membership_id=cast.stranger.teacher.membership_id,
            role="proxy_parent",
            by=cast.stranger.admin,
            now=NOW,
        )


def test_children_without_a_carer_stand_on_top_until_they_are_paired(school):
    with school.transaction() as session:
        before, _ = pairing_queries.children_without_carer(session, school.admin, limit=20)
    pair(school, MING, school.proxy_parent, by=school.admin)
    with school.transaction() as session:
        after, total = pairing_queries.children_without_carer(session, school.admin, limit=20)

    assert [one.name for one in before] == [FANG, MING, JINGYI]
    assert ([one.name for one in after], total) == ([FANG, JINGYI], 2)


@pytest.mark.parametrize("role", [Role.CLASS_TEACHER, Role.TEACHER_MOTHER])
def test_a_class_teachers_promise_goes_to_the_head_of_the_class(school, role):
    promise = a_promise(school, child=JINGYI, role=role, start=START)

    with school.transaction() as session:
        resolve_doers(session, item_ids=[promise.item_id])

    assert promise_now(school, promise).doer_id == school.other_teacher.membership_id


def test_without_a_head_it_goes_to_the_one_who_holds_the_role_there(school):
    promise = a_promise(school, unit="四年级二班", role="class_teacher", start=START)
    with school.transaction() as session:
        session.get_one(Unit, (school.id, school.units["四年级二班"])).head_id = None

    with school.transaction() as session:
        resolve_doers(session, unit_ids=[school.units["四年级二班"]])

    assert promise_now(school, promise).doer_id == school.other_teacher.membership_id


def test_a_role_that_one_person_holds_is_theirs_and_one_that_several_hold_is_nobodys(school):
    heads = a_promise(school, role="head", start=START)
    several = a_promise(school, role="class_teacher", start=START, doer=school.teacher)

    with school.transaction() as session:
        resolve_doers(session)

    assert promise_now(school, heads).doer_id == school.head.membership_id
    assert promise_now(school, several).doer_id is None


def test_a_class_that_gets_another_head_takes_its_children_along(school):
    promise = a_promise(school, child=MING, role="class_teacher", start=START, doer=school.teacher)
    with school.transaction() as session:
        unit = session.get_one(Unit, (school.id, school.units["三年级一班"]))
        unit.head_id = school.other_teacher.membership_id

    with school.transaction() as session:
        changed = resolve_doers(session, unit_ids=[school.units["三年级一班"]])

    assert changed == 1
    assert promise_now(school, promise).doer_id == school.other_teacher.membership_id
