"""Invitations, roles, the end of a membership, and new passwords."""

import pytest

from shared.kernel.clock import app_now
from shared.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from shared.organisations.models import Unit
from shared.people import (
    invitation_usecases as invitations,
)
from shared.people import (
    usecases,
)
from shared.people.rules import Role
from tests.support.joining import NEW, accept, actor, invite, token_of


def test_who_accepts_has_the_roles_and_the_class_of_the_invitation(cast):
    with cast.school.transaction() as session:
        session.get_one(Unit, (cast.school.id, cast.school.units["三年级一班"])).head_id = None
    unit = cast.school.units["三年级一班"]
    invitation = invite(cast, roles=["class_teacher", "proxy_parent"], unit_id=unit)

    person = accept(cast, invitation)

    found = actor(cast.school, person.id)
    assert found.roles == {Role.CLASS_TEACHER, Role.PROXY_PARENT}
    assert found.unit_ids == {unit}
    with cast.school.transaction() as session:
        assert session.get_one(Unit, (cast.school.id, unit)).head_id == found.membership_id


def test_an_invitation_opens_once(cast):
    invitation = invite(cast)
    accept(cast, invitation)

    with pytest.raises(Conflict) as refused:
        accept(cast, invitation)

    assert refused.value.code == "invitation.accepted"


def test_an_expired_invitation_is_refused_and_a_new_one_opens(cast):
    invitation = invite(cast)
    cast.advance(days=7, seconds=1)

    with pytest.raises(Conflict) as refused:
        accept(cast, invitation)
    with cast.school.transaction() as session:
        again = invitations.resend(session, invitation.id, by=cast.school.admin, now=app_now(session))
    accept(cast, again)

    assert refused.value.code == "invitation.expired"


def test_a_withdrawn_invitation_opens_nothing(cast):
    invitation = invite(cast)
    with cast.school.transaction() as session:
        invitations.withdraw(session, invitation.id, by=cast.school.admin)

    with pytest.raises(Conflict) as refused:
        accept(cast, invitation)

    assert refused.value.code == "invitation.withdrawn"


def test_the_stranger_cannot_use_or_see_our_invitation(cast):
    invitation = invite(cast)
    token = token_of(cast, invitation)

    with cast.stranger.transaction() as session:
        now = app_now(session)
        with pytest.raises(NotFound):
            invitations.invitation_of(session, token, now=now)
        with pytest.raises(NotFound):
            invitations.withdraw(session, invitation.id, by=cast.stranger.admin)
        with pytest.raises(NotFound):
            usecases.end_membership(session, cast.school.teacher.membership_id, by=cast.stranger.admin, now=now)


@pytest.mark.parametrize("roles", [["child_director"], ["county_admin"], ["teacher_mother", "head"]])
def test_a_role_of_another_kind_of_organisation_is_refused(cast, roles):
    with pytest.raises(Invalid) as refused:
        invite(cast, roles=roles)

    assert list(refused.value.errors) == ["roles"]


def test_a_strangers_class_is_refused_like_one_that_does_not_exist(cast):
    with pytest.raises(Invalid) as refused:
        invite(cast, roles=["class_teacher"], unit_id=cast.stranger.units["三年级一班"])

    assert list(refused.value.errors) == ["unit_id"]


@pytest.mark.parametrize("who", ["head", "teacher", "proxy_parent"])
def test_only_the_administrator_invites(cast, who):
    with pytest.raises(NotAllowed):
        invite(cast, by=getattr(cast.school, who))


def test_a_member_and_an_open_invitation_are_not_invited_again(cast):
    invitation = invite(cast)

    with pytest.raises(Conflict) as waiting:
        invite(cast, phone=invitation.phone)
    with pytest.raises(Conflict) as member:
        invite(cast, phone=cast.phone(cast.school.teacher))

    assert (waiting.value.code, member.value.code) == ("invitation.open", "member.exists")


def test_somebody_with_a_password_joins_a_second_organisation_with_it(cast):
    invitation = invite(cast, phone=cast.phone(cast.village.mentor), name="邦干部")
    token = token_of(cast, invitation)

    with cast.school.transaction() as session:
        now = app_now(session)
        with pytest.raises(Conflict) as known:
            invitations.accept_as_new(session, token, name="邦干部", new_password=NEW, now=now)
        with pytest.raises(NotAllowed):
            invitations.accept_as_known(session, token, person_id=cast.village.head.person_id, now=now)
        invitations.accept_as_known(session, token, person_id=cast.village.mentor.person_id, now=now)

    assert known.value.code == "person.known"
    assert actor(cast.school, cast.village.mentor.person_id).roles == {Role.SUBJECT_TEACHER}
    assert actor(cast.village, cast.village.mentor.person_id) == cast.village.mentor


@pytest.mark.parametrize("password", ["short", "12345678", "password"])
def test_a_weak_password_is_refused_and_the_invitation_stays_open(cast, password):
    invitation = invite(cast)

    with pytest.raises(Invalid) as refused:
        accept(cast, invitation, password=password)

    assert list(refused.value.errors) == ["new_password"]
    accept(cast, invitation)
