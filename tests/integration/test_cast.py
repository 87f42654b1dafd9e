"""The cast itself: whoever tests with it must be able to trust it."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from shared.children.models import Child
from shared.kernel.clock import CHINA
from shared.organisations.models import Organisation, Supervision
from shared.people.arrivals import actor_in


def test_the_actors_are_those_the_database_knows(cast):
    with cast.school.transaction() as session:
        school = session.get_one(Organisation, cast.school.id)

        found = actor_in(session, cast.school.teacher.person_id, school)

    assert found == cast.school.teacher


def test_one_organisation_sees_its_own_children_alone(cast):
    with cast.stranger.transaction() as session:
        seen = session.scalar(select(func.count()).select_from(Child))

    assert seen == len(cast.stranger.children)


def test_education_and_township_and_county_stand_over_the_school(cast):
    with cast.house.app.transaction(None) as session:
        lines = dict(
            session.execute(
                select(Supervision.superior_id, Supervision.line).where(Supervision.subordinate_id == cast.school.id)
            ).all()
        )

    assert lines == {
        cast.county.id: "county",
        cast.township.id: "township",
        cast.education.id: "education",
    }


def test_the_clock_of_promises_can_be_set_and_moved(cast):
    start = datetime(2026, 10, 1, 8, 0, tzinfo=CHINA)

    cast.clock(start)
    cast.advance(days=3)

    assert timedelta(0) <= cast.now() - (start + timedelta(days=3)) < timedelta(minutes=1)


def test_nothing_is_left_open_after_the_reactions_ran(cast):
    cast.sweep()
    cast.run_reactions()

    assert cast.run_reactions() == 0
