"""Who leaves is out at once; heads of classes, last administrators and new passwords."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from shared.kernel.clock import app_now, db_now
from shared.kernel.errors import Conflict, Invalid, NotAllowed
from shared.organisations.models import Unit
from shared.people import (
    arrivals,
    queries,
    usecases,
)
from shared.people import (
    invitation_usecases as invitations,
)
from shared.people import (
    reset_usecases as resets,
)
from shared.people.models import Invitation, Membership, Seat
from shared.people.rules import Role
from tests.support.cast import PASSWORD
from tests.support.joining import NEW, actor, device_of, invite, log_in, reset_token, start_reset, token_of


def test_who_leaves_is_out_at_once_and_their_class_has_no_head(cast):
    teacher = cast.school.teacher
    with cast.school.transaction() as session:
        person = session.get_one(Membership, (cast.school.id, teacher.membership_id)).person_id
        token = device_of(cast, teacher, session)

    with cast.school.transaction() as session:
        usecases.end_membership(session, teacher.membership_id, by=cast.school.admin, now=app_now(session))

    with cast.school.transaction() as session:
        assert arrivals.arrival(session, token) is None
        assert session.get_one(Unit, (cast.school.id, cast.school.units["三年级一班"])).head_id is None
        assert teacher.name not in [member.name for member in queries.members(session)]
    assert actor(cast.school, person) is None
    assert cast.events(cast.school, "member.left") == [{"membership_id": str(teacher.membership_id)}]


def test_who_has_another_seat_stays_logged_in_there(cast):
    teacher = cast.school.teacher
    with cast.house.app.transaction(None) as session:
        session.add(Seat(person_id=teacher.person_id, tenant_id=cast.village.id))
        token = device_of(cast, teacher, session)

    with cast.school.transaction() as session:
        usecases.end_membership(session, teacher.membership_id, by=cast.school.admin, now=app_now(session))

    with cast.school.transaction() as session:
        assert arrivals.arrival(session, token) is not None
    assert actor(cast.school, teacher.person_id) is None


def test_somebody_who_left_comes_back_to_the_same_membership(cast):
    teacher = cast.school.teacher
    with cast.school.transaction() as session:
        usecases.end_membership(session, teacher.membership_id, by=cast.school.admin, now=app_now(session))

    invitation = invite(cast, phone=cast.phone(teacher), name="李老师", roles=["mentor"])
    token = token_of(cast, invitation)
    with cast.school.transaction() as session:
        invitations.accept_as_known(session, token, person_id=teacher.person_id, now=app_now(session))

    found = actor(cast.school, teacher.person_id)
    assert (found.membership_id, found.roles) == (teacher.membership_id, {Role.MENTOR})


def test_the_last_administrator_stays(cast):
    admin = cast.school.admin
    with cast.school.transaction() as session:
        now = app_now(session)
        with pytest.raises(Conflict) as ended:
            usecases.end_membership(session, admin.membership_id, by=admin, now=now)
        with pytest.raises(Conflict) as changed:
            usecases.change_roles(session, admin.membership_id, roles=["archivist"], unit_id=None, by=admin, now=now)

    assert ended.value.code == changed.value.code == "member.last_administrator"


def test_with_a_second_administrator_the_first_may_go(cast):
    admin, head = cast.school.admin, cast.school.head
    with cast.school.transaction() as session:
        now = app_now(session)
        usecases.change_roles(
            session, head.membership_id, roles=["head", "tenant_admin"], unit_id=None, by=admin, now=now
        )
        usecases.end_membership(session, admin.membership_id, by=admin, now=now)

    assert actor(cast.school, admin.person_id) is None
    assert Role.TENANT_ADMIN in actor(cast.school, head.person_id).roles


def test_two_administrators_cannot_remove_each_other_at_once(cast):
    admin, head = cast.school.admin, cast.school.head
    with cast.school.transaction() as session:
        both = ["head", "tenant_admin"]
        usecases.change_roles(session, head.membership_id, roles=both, unit_id=None, by=admin, now=app_now(session))
    together, outcomes = Barrier(2), []

    def remove(member, by):
        with cast.school.transaction() as session:
            now = app_now(session)
            together.wait()
            try:
                usecases.end_membership(session, member.membership_id, by=by, now=now)
            except Conflict:
                outcomes.append("refused")
            else:
                outcomes.append("ended")

    second = actor(cast.school, head.person_id)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(remove, (admin, head), (second, admin)))

    assert sorted(outcomes) == ["ended", "refused"]


def test_a_class_goes_to_another_teacher_with_its_role(cast):
    unit = cast.school.units["三年级一班"]

    with cast.school.transaction() as session:
        usecases.assign_head(
            session,
            unit,
            head_id=cast.school.other_teacher.membership_id,
            by=cast.school.admin,
            now=app_now(session),
        )

    assert actor(cast.school, cast.school.other_teacher.person_id).unit_ids == {
        unit,
        cast.school.units["四年级二班"],
    }
    before = actor(cast.school, cast.school.teacher.person_id)
    assert (before.roles, before.unit_ids) == (frozenset(), frozenset())


def test_who_is_no_class_teacher_any_more_heads_no_class(cast):
    teacher = cast.school.teacher

    with cast.school.transaction() as session:
        usecases.change_roles(
            session,
            teacher.membership_id,
            roles=["proxy_parent"],
            unit_id=None,
            by=cast.school.admin,
            now=app_now(session),
        )

    found = actor(cast.school, teacher.person_id)
    assert (found.roles, found.unit_ids) == ({Role.PROXY_PARENT}, frozenset())


def test_a_strangers_member_cannot_head_our_class(cast):
    with cast.school.transaction() as session, pytest.raises(Invalid) as refused:
        usecases.assign_head(
            session,
            cast.school.units["三年级一班"],
            head_id=cast.stranger.teacher.membership_id,
            by=cast.school.admin,
            now=app_now(session),
        )

    assert list(refused.value.errors) == ["head_id"]


def test_a_reset_link_lets_the_person_choose_a_password_once(cast):
    teacher = cast.school.teacher
    _, _, old_device = log_in(cast, teacher, PASSWORD)
    token = reset_token(cast, cast.school, start_reset(cast, teacher))

    with cast.school.transaction() as session:
        resets.finish_reset(session, token, new_password=NEW, now=db_now(session))

    assert log_in(cast, teacher, PASSWORD) is None
    assert log_in(cast, teacher, NEW) is not None
    with cast.school.transaction() as session:
        assert arrivals.arrival(session, old_device) is None
        with pytest.raises(Conflict):
            resets.finish_reset(session, token, new_password=NEW + "!", now=db_now(session))


def test_a_newer_reset_closes_the_older_one_and_a_day_closes_it_too(cast):
    teacher = cast.school.teacher
    first = reset_token(cast, cast.school, start_reset(cast, teacher))
    second = reset_token(cast, cast.school, start_reset(cast, teacher))

    with cast.school.transaction() as session:
        with pytest.raises(Conflict):
            resets.reset_of(session, first, now=app_now(session))
        assert resets.reset_of(session, second, now=app_now(session)).state == "open"
    cast.advance(hours=24, seconds=1)
    with cast.school.transaction() as session, pytest.raises(Conflict):
        resets.reset_of(session, second, now=app_now(session))


def test_one_organisation_cannot_reset_who_sits_in_another_too_but_the_county_can(cast):
    teacher = cast.school.teacher
    with cast.house.app.transaction(None) as session:
        session.add(Seat(person_id=teacher.person_id, tenant_id=cast.village.id))

    with pytest.raises(Conflict) as refused:
        start_reset(cast, teacher)
    with cast.county.transaction() as session:
        now = app_now(session)
        reset = resets.start_reset_by_phone(session, phone=cast.phone(teacher), by=cast.county.admin, now=now)
        with pytest.raises(NotAllowed):
            resets.start_reset_by_phone(session, phone=cast.phone(teacher), by=cast.county.officer, now=now)
        with pytest.raises(Invalid):
            resets.start_reset_by_phone(session, phone=cast.phone(cast.stranger.teacher), by=cast.county.admin, now=now)

    assert refused.value.code == "person.seats_elsewhere"
    assert reset.person_id == teacher.person_id


def take_seat(cast, member, company):
    with cast.house.app.transaction(None) as session:
        session.add(Seat(person_id=member.person_id, tenant_id=company.id))


def test_a_link_of_one_organisation_opens_nothing_once_its_person_sits_in_another_too(cast):
    teacher = cast.school.teacher
    token = reset_token(cast, cast.school, start_reset(cast, teacher))
    take_seat(cast, teacher, cast.village)

    with cast.school.transaction() as session, pytest.raises(Conflict) as refused:
        resets.finish_reset(session, token, new_password=NEW, now=db_now(session))

    assert refused.value.code == "person.seats_elsewhere"
    assert log_in(cast, teacher, PASSWORD) is not None


def test_a_county_lets_nobody_into_another_county(cast):
    teacher, phone = cast.school.teacher, cast.phone(cast.school.teacher)
    with cast.county.transaction() as session:
        opened = resets.start_reset_by_phone(session, phone=phone, by=cast.county.admin, now=app_now(session))
    take_seat(cast, teacher, cast.village)
    take_seat(cast, teacher, cast.stranger)

    with cast.county.transaction() as session, pytest.raises(Conflict, match=r"person\.seats_elsewhere"):
        resets.start_reset_by_phone(session, phone=phone, by=cast.county.admin, now=app_now(session))
    token = reset_token(cast, cast.county, opened)
    with cast.county.transaction() as session, pytest.raises(Conflict, match=r"person\.seats_elsewhere"):
        resets.finish_reset(session, token, new_password=NEW, now=db_now(session))


def test_the_county_finishes_for_who_sits_in_several_of_its_organisations(cast):
    teacher = cast.school.teacher
    take_seat(cast, teacher, cast.village)
    with cast.county.transaction() as session:
        by = cast.county.admin
        opened = resets.start_reset_by_phone(session, phone=cast.phone(teacher), by=by, now=app_now(session))

    token = reset_token(cast, cast.county, opened)
    with cast.county.transaction() as session:
        resets.finish_reset(session, token, new_password=NEW, now=db_now(session))

    assert log_in(cast, teacher, NEW) is not None


def test_whoever_runs_the_site_helps_who_sits_in_two_counties(cast):
    teacher = cast.school.teacher
    take_seat(cast, teacher, cast.stranger)
    with cast.house.app.transaction(None) as session:
        phone = cast.phone(teacher)
        opened, slug = resets.start_reset_by_operator(session, phone=phone, now=app_now(session))

    company = cast.school if slug == cast.school.slug else cast.stranger
    token = reset_token(cast, company, opened)
    with company.transaction() as session:
        resets.finish_reset(session, token, new_password=NEW, now=db_now(session))

    assert log_in(cast, teacher, NEW) is not None


def test_the_database_keeps_no_token(cast):
    invitation = invite(cast)
    token = token_of(cast, invitation)

    with cast.school.transaction() as session:
        kept = session.scalars(select(Invitation.token_hash).where(Invitation.id == invitation.id)).one()

    assert token not in kept
    assert len(token) == 64
