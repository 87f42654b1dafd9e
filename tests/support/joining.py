"""Invitations, log-ins and resets, as people do them."""

from shared.kernel.clock import app_now, db_now
from shared.organisations.models import Organisation
from shared.people import (
    arrivals,
    links,
    sessions,
)
from shared.people import (
    invitation_usecases as invitations,
)
from shared.people import (
    reset_usecases as resets,
)
from tests.support.cast import PASSWORD, new_phone

NEW = "seven lanterns above the door"


def invite(cast, *, by=None, company=None, **changes):
    company = company or cast.school
    asked = {"phone": new_phone(), "name": "新老师", "roles": ["subject_teacher"], "unit_id": None}
    with company.transaction() as session:
        return invitations.invite(session, **(asked | changes), by=by or company.admin, now=app_now(session))


def token_of(cast, invitation):
    with cast.school.transaction() as session:
        return links.token_of(session, links.INVITATION, invitation.id)


def accept(cast, invitation, *, password=NEW, name="新老师"):
    token = token_of(cast, invitation)
    with cast.school.transaction() as session:
        return invitations.accept_as_new(session, token, name=name, new_password=password, now=app_now(session))


def actor(company, person_id):
    with company.transaction() as session:
        return arrivals.actor_in(session, person_id, session.get_one(Organisation, company.id))


def device_of(cast, member, session):
    found = sessions.log_in(session, cast.phone(member), PASSWORD, device="test", now=db_now(session))
    assert found is not None
    return found[2]


def reset_token(cast, company, reset):
    with company.transaction() as session:
        return links.token_of(session, links.RESET, reset.id)


def start_reset(cast, member):
    with cast.school.transaction() as session:
        return resets.start_reset(session, member.membership_id, by=cast.school.admin, now=app_now(session))


def log_in(cast, member, password):
    with cast.house.app.transaction(None) as session:
        return sessions.log_in(session, cast.phone(member), password, device="test", now=db_now(session))
