"""Kept statements: made once for people of the same roles, and each gets the own answer."""

from dataclasses import replace
from typing import Any

import pytest
from psycopg.pq import PipelineStatus
from sqlalchemy import Select, select
from sqlalchemy.exc import DataError, OperationalError

from shared.children import roll_queries
from shared.children.roll_queries import RollFilter
from shared.kernel.ids import new_id
from shared.kernel.together import Asked, Read, Steps, together
from shared.organisations.models import Unit
from shared.people.kept import Kept
from shared.people.models import Membership


def test_people_of_the_same_roles_share_a_statement_and_get_their_own_rows(cast):
    made = []

    @Kept
    def own(*, actor, name) -> Select[Any]:
        made.append(actor)
        return select(Membership.id).where(Membership.id == actor.membership_id, Membership.name != name)

    first, second = cast.school.admin, replace(cast.school.admin, membership_id=cast.school.teacher.membership_id)

    with cast.school.transaction() as session:
        found = [own(session, actor=one, name="x").scalar() for one in (first, second, first)]

    assert found == [first.membership_id, second.membership_id, first.membership_id]
    assert len(made) == 1
    assert str(first.membership_id) not in str(own.of(actor=first, name="x")[0].compile().params)


def test_who_has_other_roles_or_no_membership_gets_another_statement(cast):
    @Kept
    def all_or_own(*, actor) -> Select[Any]:
        wanted = select(Membership.id)
        return wanted if actor.membership_id is None else wanted.where(Membership.id == actor.membership_id)

    admin = cast.school.admin
    with cast.school.transaction() as session:
        own = all_or_own(session, actor=admin).all()
        everybody = all_or_own(session, actor=replace(admin, membership_id=None)).all()

    assert [row.id for row in own] == [admin.membership_id]
    assert len(everybody) > 1


def test_two_class_teachers_asking_by_the_same_statement_see_their_own_classes(cast):
    classes = [Unit(id=new_id(), kind="class", name=name, position=9) for name in ("甲班", "乙班")]
    with cast.school.transaction() as session:
        session.add_all(classes)

    teachers = [replace(cast.school.teacher, unit_ids=frozenset({one.id})) for one in classes]
    with cast.school.transaction() as session:
        seen = [
            roll_queries.units_in_scope(session, one) for one in (*teachers, replace(teachers[0], unit_ids=frozenset()))
        ]
        roll = roll_queries.roll_lines(session, replace(teachers[0], unit_ids=frozenset()), RollFilter(), limit=5)

    assert seen == [[(str(classes[0].id), "甲班")], [(str(classes[1].id), "乙班")], []]
    assert roll == ([], 0)


@Kept
def members(*, actor) -> Select[Any]:
    return select(Membership.id, Membership.name).where(Membership.person_id == actor.person_id)


@Read
def own_name(_session, actor) -> Steps[Any]:
    [[(_, name)]] = yield [members.asked(actor=actor)]
    return name


def test_reads_made_together_each_find_their_own(cast):
    school = cast.school
    with school.transaction() as session:
        alone = [own_name(session, one) for one in (school.admin, school.teacher)]
        found = together(session, own_name.steps(session, school.admin), own_name.steps(session, school.teacher))
        driver = session.connection().connection.driver_connection

    assert found == alone
    assert alone[0] != alone[1]
    assert driver.pgconn.pipeline_status == PipelineStatus.OFF


def test_reads_made_together_see_nothing_of_another_organisation(cast):
    @Read
    def everybody(_session) -> Steps[set[Any]]:
        rows, again = yield [Asked("SELECT tenant_id FROM membership", {})] * 2
        return {row.tenant_id for row in (*rows, *again)}

    with cast.school.transaction() as session:
        assert together(session, everybody.steps(session), everybody.steps(session)) == [{cast.school.id}] * 2


def test_a_read_that_fails_among_others_is_the_error_it_is_elsewhere_and_the_next_transaction_works(cast):
    wrong = [Asked("SELECT 1", {}), Asked("SELECT 1 / 0", {}), Asked("SELECT 2", {})]

    @Read
    def several(_session, asked) -> Steps[Any]:
        return (yield asked)

    with pytest.raises(DataError, match="division by zero"), cast.school.transaction() as session:
        several(session, wrong)
    with pytest.raises(OperationalError) as lost, cast.school.transaction() as session:
        several(session, [wrong[0], Asked("SELECT pg_terminate_backend(pg_backend_pid())", {}), wrong[2]])

    assert lost.value.connection_invalidated
    with cast.school.transaction() as session:
        assert several(session, [wrong[0], wrong[2]]) == [[(1,)], [(2,)]]
