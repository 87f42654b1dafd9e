"""Whose records somebody may write and see."""

from datetime import date

import pytest

from shared.care import record_usecases as usecases
from shared.care.record_usecases import Deed, Subject
from shared.kernel.errors import NotAllowed, NotFound
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


def test_a_teacher_cannot_write_in_the_name_of_a_colleague_but_the_unit_head_can(school):
    a_promise(school, child=CHILD, doer=school.proxy_parent, start=NOV)
    carer = school.proxy_parent.membership_id

    with school.transaction() as session:
        written = usecases.write_record(
            session,
            kind="home_visit",
            deed=Deed(),
            subject=Subject(child_id=school.children[CHILD]),
            doer_id=carer,
            by=school.teacher,
            now=noon(date(2026, 11, 20)),
        )
    with school.transaction() as session, pytest.raises(NotAllowed):
        usecases.write_record(
            session,
            kind="activity",
            deed=Deed(),
            doer_id=school.teacher.membership_id,
            by=school.proxy_parent,
            now=noon(date(2026, 11, 20)),
        )

    assert written.record.doer_id == carer
    assert [one.state for one in written.counted] == ["done"]
