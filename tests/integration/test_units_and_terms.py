"""Classes and other units, and term dates."""

from datetime import date
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import select

from shared.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from shared.organisations import queries
from shared.organisations import term_usecases as terms
from shared.organisations import unit_usecases as units
from shared.organisations.models import Term
from shared.people.queries import units as unit_views

SPRING: dict[str, Any] = {"name": "春季学期", "starts_on": date(2027, 2, 22), "ends_on": date(2027, 7, 9)}


def test_pasted_classes_stand_below_their_grades_in_reading_order(cast):
    with cast.school.transaction() as session:
        added = units.add_units(session, names="一年级2班\n一年级1班\n三年级一班", by=cast.school.admin)

    with cast.school.transaction() as session:
        found = [(unit.name, unit.parent) for unit in unit_views(session)]
    assert added == 4  # two classes and the units of two grades
    assert found[:4] == [
        ("一年级", None),
        ("一年级2班", "一年级"),
        ("一年级1班", "一年级"),
        ("三年级", None),
    ]


def test_the_same_list_twice_changes_nothing(cast):
    for _ in range(2):
        with cast.school.transaction() as session:
            last = units.add_units(session, names="五年级1班\n五年级2班", by=cast.school.admin)

    assert last == 0


def test_a_village_gets_groups_and_a_community_grids(cast):
    for company, kind in ((cast.village, "villager_group"), (cast.community, "grid")):
        with company.transaction() as session:
            found = units.ensure_units(session, ["九号"], organisation_kind=company.kind)
            kinds = {unit.kind for unit in unit_views(session) if unit.id in found.values()}
        assert kinds == {kind}


def test_a_name_that_is_taken_is_refused(cast):
    with cast.school.transaction() as session, pytest.raises(Invalid) as refused:
        units.rename_unit(session, cast.school.units["三年级一班"], name="四年级二班", by=cast.school.admin)

    assert list(refused.value.errors) == ["name"]


def test_a_renamed_class_moves_to_its_new_grade(cast):
    with cast.school.transaction() as session:
        units.rename_unit(session, cast.school.units["三年级一班"], name="四年级一班", by=cast.school.admin)

    with cast.school.transaction() as session:
        found = next(unit for unit in unit_views(session) if unit.name == "四年级一班")
    assert (found.grade, found.parent) == (4, "四年级")


def test_a_class_with_children_stays_and_an_empty_one_goes(cast):
    with cast.school.transaction() as session:
        units.add_units(session, names="空班", by=cast.school.admin)
        empty = units.ensure_units(session, ["空班"], organisation_kind="school")["空班"]
        with pytest.raises(Conflict):
            units.remove_unit(session, cast.school.units["三年级一班"], by=cast.school.admin)
        units.remove_unit(session, empty, by=cast.school.admin)

    with cast.school.transaction() as session:
        names = [unit.name for unit in unit_views(session)]
    assert "空班" not in names
    assert "三年级一班" in names


def test_the_strangers_class_is_not_found_and_a_proxy_parent_changes_none(cast):
    with cast.stranger.transaction() as session, pytest.raises(NotFound):
        units.rename_unit(session, cast.school.units["三年级一班"], name="甲班", by=cast.stranger.admin)
    with cast.school.transaction() as session, pytest.raises(NotAllowed):
        units.add_units(session, names="乙班", by=cast.school.proxy_parent)


def test_a_term_must_not_overlap_another_but_may_be_moved_itself(cast):
    with cast.school.transaction() as session:
        spring = terms.set_term(session, **SPRING, by=cast.school.head)
        terms.set_term(session, **(SPRING | {"ends_on": date(2027, 7, 2)}), term_id=spring.id, by=cast.school.head)
        with pytest.raises(Invalid) as refused:
            terms.set_term(
                session,
                name="又一学期",
                starts_on=date(2027, 7, 2),
                ends_on=date(2027, 8, 2),
                by=cast.school.head,
            )

    assert list(refused.value.errors) == ["starts_on"]


def test_without_own_terms_the_countys_count(cast):
    with cast.county.transaction() as session:
        terms.set_term(session, **SPRING, by=cast.county.admin)
    with cast.school.transaction() as session:
        own = queries.terms(session)
        for term in own:
            terms.remove_term(session, term.id, by=cast.school.head)
        session.flush()
        inherited = queries.terms(session)
    with cast.stranger.transaction() as session:
        elsewhere = queries.county_terms(session)

    assert [term.of_county for term in own] == [False]
    assert [(term.name, term.of_county) for term in inherited] == [("春季学期", True)]
    assert elsewhere == []


def test_a_strangers_term_is_not_found(cast):
    with cast.school.transaction() as session:
        term_id = session.scalars(select(Term.id)).one()

    with cast.stranger.transaction() as session, pytest.raises(NotFound):
        terms.remove_term(session, term_id, by=cast.stranger.head)


def test_two_requests_at_once_do_not_write_overlapping_terms(cast):
    together, outcomes = Barrier(2), []

    def write(start):
        with cast.school.transaction() as session:
            together.wait()
            try:
                terms.set_term(session, name="春", starts_on=start, ends_on=date(2027, 7, 9), by=cast.school.head)
            except Invalid:
                outcomes.append("refused")
            else:
                outcomes.append("written")

    threads = [Thread(target=write, args=[date(2027, 2, day)]) for day in (22, 23)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["refused", "written"]
