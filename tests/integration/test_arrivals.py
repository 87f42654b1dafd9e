"""What is found out at the door in one round trip, and which organisation the transaction is bound to after it."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.kernel.clock import db_now
from shared.organisations.models import Area, Organisation
from shared.people import arrivals, sessions
from shared.people.rules import Role
from tests.support.cast import Cast


def bound_to(session: Session) -> str:
    return str(session.scalar(text("SELECT current_setting('hehu.tenant')")))


def test_a_member_arrives_with_their_roles_and_the_transaction_is_bound(cast: Cast) -> None:
    school = cast.school
    token = cast.token(school.teacher)
    with cast.house.app.transaction(None) as session:
        found = arrivals.arrival(session, token, school.slug)
        bound, known = bound_to(session), session.info["tenant_id"]

    assert found
    assert found.organisation
    assert found.actor
    assert (found.visitor.id, found.organisation.id) == (school.teacher.person_id, school.id)
    assert found.actor == school.teacher
    assert Role.CLASS_TEACHER in found.actor.roles
    assert (bound, known) == (str(school.id), school.id)


@pytest.mark.parametrize("ended", [False, True])
def test_whoever_has_no_seat_there_leaves_the_transaction_bound_to_nobody(cast: Cast, ended: bool) -> None:
    token = cast.token(cast.village.head)
    with cast.house.app.transaction(None) as session:
        if ended:
            sessions.end_other_sessions(session, cast.village.head.person_id, keep=None, now=db_now(session))
        found = arrivals.arrival(session, token, cast.school.slug)
        bound, known = bound_to(session), session.info["tenant_id"]

    assert found is None if ended else (found and found.actor is None)
    assert (bound, known) == ("", None)


def test_an_official_arrives_at_an_area_with_the_offices_they_sit_in(cast: Cast) -> None:
    with cast.house.app.transaction(None) as session:
        county = session.get_one(Organisation, cast.county.id)
        slug = session.get_one(Area, county.area_id).slug
    tokens = [cast.token(actor) for actor in (cast.county.admin, cast.school.teacher)]
    with cast.house.app.transaction(None) as session:
        official, teacher = (arrivals.arrival(session, token, None, slug) for token in tokens)

    assert official
    assert official.area
    assert (official.area.slug, official.actor) == (slug, None)
    assert [office.id for office in official.offices] == [cast.county.id]
    assert teacher
    assert (teacher.area, teacher.offices) == (None, [])
