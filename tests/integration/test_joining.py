"""From a request to join to the first administrator, over the county's decision."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from shared.kernel.clock import app_now, db_now
from shared.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from shared.organisations import queries, usecases
from shared.organisations.models import Application, Area, Organisation, Supervision
from shared.people import arrivals, founding, links, sessions
from shared.people import invitation_usecases as invitations
from shared.people.models import Invitation, Seat
from shared.people.rules import Role
from tests.support.cast import new_phone

PASSWORD = "three boats on a quiet lake"


@contextmanager
def at_county(cast):
    with cast.county.transaction() as session:
        yield session, app_now(session)


def apply(cast, **changes):
    asked = {
        "kind": "school",
        "bureau_kind": None,
        "name": "柳河小学",
        "area_id": cast.areas["柳河乡"],
        "contact_name": "申请老师",
        "contact_phone": new_phone(),
    }
    with at_county(cast) as (session, now):
        return usecases.apply(session, **(asked | changes), now=now)


def approve(cast, application, by=None):
    with at_county(cast) as (session, now):
        return founding.approve(session, application.id, by=by or cast.county.officer, now=now)


def first_token(cast, application):
    with at_county(cast) as (session, _):
        invitation_id = session.get_one(Application, (cast.county.id, application.id)).invitation_id
        return links.token_of(session, links.INVITATION, invitation_id)


def test_an_approved_organisation_is_supervised_and_its_first_administrator_can_enter(cast):
    application, _ = apply(cast)

    approved = approve(cast, application)

    token = first_token(cast, application)
    with cast.house.app.transaction(approved.organisation_id) as session:
        person = invitations.accept_as_new(session, token, name="申请老师", new_password=PASSWORD, now=app_now(session))
        school = session.get_one(Organisation, approved.organisation_id)
        actor = arrivals.actor_in(session, person.id, school)
        superiors = session.scalars(
            select(Supervision.superior_id).where(Supervision.subordinate_id == school.id)
        ).all()
        logged_in = sessions.log_in(session, application.contact_phone, PASSWORD, device="test", now=db_now(session))
    assert actor is not None
    assert actor.roles == {Role.TENANT_ADMIN, Role.HEAD}
    assert set(superiors) == {cast.county.id, cast.education.id}
    assert logged_in is not None
    assert [event["application_id"] for event in cast.events(cast.county, "organisation.applied")] == [
        str(application.id)
    ]
    assert cast.events(cast.county, "organisation.approved")[0]["organisation_id"] == str(school.id)


def test_approving_twice_makes_one_organisation(cast):
    application, _ = apply(cast)
    approve(cast, application)

    with pytest.raises(Conflict) as refused:
        approve(cast, application, by=cast.county.admin)

    with at_county(cast) as (session, _):
        found = session.scalar(
            select(func.count())
            .select_from(Organisation)
            .where(Organisation.name == "柳河小学", Organisation.area_id == cast.areas["柳河乡"])
        )
    assert refused.value.code == "application.decided"
    assert found == 1


def test_two_requests_for_one_school_cannot_both_be_approved(cast):
    first, _ = apply(cast)
    second, _ = apply(cast)
    approve(cast, first)

    with pytest.raises(Conflict) as refused:
        approve(cast, second)

    assert refused.value.code == "organisation.exists"


def test_a_refused_request_keeps_its_reason_and_makes_nothing(cast):
    application, token = apply(cast)

    with at_county(cast) as (session, now):
        usecases.refuse(session, application.id, reason="请以中心学校名义申请。", by=cast.county.officer, now=now)

    with at_county(cast) as (session, _):
        seen = usecases.application_of_token(session, token)
        assert (seen.state, seen.reason, seen.organisation_id) == ("refused", "请以中心学校名义申请。", None)
        with pytest.raises(Conflict):
            founding.approve(session, application.id, by=cast.county.officer, now=app_now(session))


@pytest.mark.parametrize("who", ["viewer"])
def test_who_only_looks_at_the_county_decides_nothing(cast, who):
    application, _ = apply(cast)

    with pytest.raises(NotAllowed):
        approve(cast, application, by=getattr(cast.county, who))


def test_another_countys_request_is_not_there(cast):
    _application, token = apply(cast)

    with cast.stranger.transaction() as session:
        with pytest.raises(NotFound):
            usecases.application_of_token(session, token)
        assert session.scalars(select(Application)).all() == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "bureau"}, "bureau_kind"),
        ({"kind": "village"}, "area_id"),
        ({"kind": "bureau", "bureau_kind": "education"}, "area_id"),
        ({"name": "云岭中心学校", "area": "云岭镇"}, "name"),
        ({"area": "北坡镇"}, "area_id"),
    ],
)
def test_a_request_that_cannot_be_meant_is_refused_at_its_field(cast, changes, field):
    asked = dict(changes)
    if "area" in asked:
        asked["area_id"] = cast.areas[asked.pop("area")]

    with pytest.raises(Invalid) as refused:
        apply(cast, **asked)

    assert list(refused.value.errors) == [field]


def test_the_first_link_is_shown_until_somebody_sits_there(cast):
    application, _ = apply(cast)
    approve(cast, application)
    token = first_token(cast, application)
    with at_county(cast) as (session, _):
        before = founding.link_of(session, session.get_one(Application, (cast.county.id, application.id)))

    organisation_id = approved_id(cast, application)
    with cast.house.app.transaction(organisation_id) as session:
        invitations.accept_as_new(session, token, name="申请老师", new_password=PASSWORD, now=app_now(session))

    with at_county(cast) as (session, now):
        after = founding.link_of(session, session.get_one(Application, (cast.county.id, application.id)))
        with pytest.raises(Conflict):
            founding.invite_first_again(session, application.id, by=cast.county.officer, now=now)
    assert before is not None
    assert before.endswith(f"/join/{token}")
    assert after is None


def approved_id(cast, application):
    with at_county(cast) as (session, _):
        return session.get_one(Application, (cast.county.id, application.id)).organisation_id


def test_an_expired_first_link_can_be_made_new_by_the_county(cast):
    application, _ = apply(cast)
    approve(cast, application)
    old = first_token(cast, application)
    cast.advance(days=8)

    with at_county(cast) as (session, now):
        founding.invite_first_again(session, application.id, by=cast.county.officer, now=now)

    new = first_token(cast, application)
    with cast.house.app.transaction(approved_id(cast, application)) as session:
        now = app_now(session)
        with pytest.raises(Conflict):
            invitations.invitation_of(session, old, now=now)
        assert invitations.invitation_of(session, new, now=now).expires_at > now + timedelta(days=6)


def test_a_county_begins_with_one_invitation(cast):
    name = f"新河县{cast.county.slug}"
    with cast.house.app.transaction(None) as session:
        office, invitation = founding.create_county(
            session, name, admin_phone=new_phone(), admin_name="首任", now=app_now(session)
        )

    with cast.house.app.transaction(office.id) as session:
        kept = session.get_one(Invitation, (office.id, invitation.id))
        assert kept.roles == [{"role": "county_admin", "unit_id": None}]
        with pytest.raises(Conflict):
            founding.create_county(session, name, admin_phone=new_phone(), admin_name="首任", now=app_now(session))


def test_areas_are_pasted_once_and_only_below_their_own_county(cast):
    with at_county(cast) as (session, _):
        added = usecases.add_areas(
            session,
            parent_id=cast.areas["云岭镇"],
            kind="village",
            names="石桥村\n新桥村\n新桥村",
            by=cast.county.admin,
        )
        for place, by, refusal in (
            ("北坡镇", cast.county.admin, NotFound),
            ("石桥村", cast.county.admin, Invalid),
            ("云岭镇", cast.county.officer, NotAllowed),
        ):
            with pytest.raises(refusal):
                usecases.add_areas(session, parent_id=cast.areas[place], kind="village", names="某村", by=by)

    with at_county(cast) as (session, _):
        names = [node.name for node in queries.areas_of_own_county(session)]
        assert added == 1
        assert names.count("新桥村") == names.count("石桥村") == 1
        assert session.scalar(select(func.count()).select_from(Area).where(Area.name == "新桥村")) == 1


def test_a_seat_is_taken_once(cast):
    with cast.house.app.transaction(None) as session:
        seats = session.scalars(select(Seat.tenant_id).where(Seat.person_id == cast.school.head.person_id))
        assert seats.all() == [cast.school.id]
