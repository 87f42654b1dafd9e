"""Whose records somebody may write and see."""

from datetime import date

import pytest

from shared.care import record_usecases as usecases
from shared.care.record_usecases import Deed, Subject, Written
from shared.kernel.errors import Invalid, NotAllowed, NotFound
from shared.people.rules import Actor
from tests.support.cast import Cast, Company
from tests.support.promises import a_promise
from tests.support.records import CHILD, NOV, noon, visit, void


@pytest.fixture
def school(cast: Cast) -> Company:
    return cast.school


def test_a_colleague_without_the_child_finds_nothing(school):
    promise = a_promise(school, child=CHILD, doer=school.teacher, start=NOV)
    written = visit(school, date(2026, 11, 20), by=school.teacher)

    with pytest.raises(NotFound):
        visit(school, date(2026, 11, 20), by=school.other_teacher)
    with pytest.raises(NotFound):
        visit(school, date(2026, 11, 20), by=school.other_teacher, tapped=promise)
    with pytest.raises(NotFound):
        void(school, written.record, by=school.other_teacher, on=date(2026, 11, 20))


def test_another_organisations_rows_are_not_there(cast):
    promise = a_promise(cast.school, child=CHILD, doer=cast.school.teacher, start=NOV)
    written = visit(cast.school, date(2026, 11, 20), by=cast.school.teacher)

    with pytest.raises(NotFound):
        visit(cast.stranger, date(2026, 11, 20), by=cast.stranger.admin, tapped=promise)
    with pytest.raises(NotFound):
        void(cast.stranger, written.record, by=cast.stranger.admin, on=date(2026, 11, 20))
    subject = Subject(child_id=cast.school.children[CHILD])
    with cast.stranger.transaction() as session, pytest.raises(NotFound):
        usecases.write_record(session, kind="talk", deed=Deed(), subject=subject, by=cast.stranger.admin, now=noon(NOV))


def write_for(company: Company, doer: Actor, *, by: Actor, kind: str, subject: Subject) -> Written:
    with company.transaction() as session:
        return usecases.write_record(
            session,
            kind=kind,
            deed=Deed(),
            subject=subject,
            doer_id=doer.membership_id,
            by=by,
            now=noon(date(2026, 11, 20)),
        )


def test_the_unit_head_writes_for_the_carer_and_it_counts_as_the_carers(school):
    a_promise(school, child=CHILD, doer=school.proxy_parent, start=NOV)
    subject = Subject(child_id=school.children[CHILD])

    written = write_for(school, school.proxy_parent, by=school.teacher, kind="home_visit", subject=subject)

    assert written.record.doer_id == school.proxy_parent.membership_id
    assert [one.state for one in written.counted] == ["done"]


def test_a_carer_does_not_write_in_the_name_of_a_colleague(school):
    with pytest.raises(NotAllowed):
        write_for(school, school.teacher, by=school.proxy_parent, kind="activity", subject=Subject())


def test_a_talk_needs_a_child(school):
    with pytest.raises(Invalid):
        write_for(school, school.teacher, by=school.teacher, kind="talk", subject=Subject())
