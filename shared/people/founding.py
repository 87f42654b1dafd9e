"""The first administrator of a new organisation, invited in the transaction that founds it.

The only place where a transaction changes its tenant: the new organisation has nobody yet who could invite.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.kernel.database import bind, load, tenant_of
from shared.kernel.errors import N_, Conflict
from shared.organisations import usecases as organisations
from shared.organisations.models import Application, Area, Organisation
from shared.organisations.rules import AreaKind, Kind

from . import invitation_usecases as invitations
from . import links
from .models import Invitation, Seat
from .rules import ADMIN_OF_KIND, Actor, Right, Role, require

FIRST_ROLES: dict[str, tuple[Role, ...]] = {
    kind: (Role.COUNTY_ADMIN,) if kind == Kind.COUNTY else (admin, Role.HEAD) for kind, admin in ADMIN_OF_KIND.items()
}


def approve(session: Session, application_id: UUID, *, by: Actor, now: datetime) -> Application:
    """Let an organisation in and invite its first administrator; all of it, or nothing.

    Raises NotFound, NotAllowed, Conflict (decided already, name taken).
    """
    require(by, Right.APPLICATION_DECIDE)
    application, organisation = organisations.approve(session, application_id, by=by, now=now)
    name, phone = application.contact_name, application.contact_phone
    with _within(session, organisation.id):
        invitation = _invite_first(session, organisation, name=name, phone=phone, by=by.person_id, now=now)
    application.invitation_id = invitation.id
    return application


def invite_first_again(session: Session, application_id: UUID, *, by: Actor, now: datetime) -> Application:
    """A new link for the first administrator, as long as nobody has taken a seat there.

    Raises NotFound, NotAllowed, Conflict.
    """
    require(by, Right.APPLICATION_DECIDE)
    application = load(session, Application, application_id, lock=True)
    if application.organisation_id is None or application.invitation_id is None:
        raise Conflict("application.not_approved", N_("这个申请还没有通过。"))
    if session.scalar(select(Seat.person_id).where(Seat.tenant_id == application.organisation_id).limit(1)):
        raise Conflict("organisation.has_members", N_("这个单位已经有管理员了，请由他们邀请。"))
    with _within(session, application.organisation_id):
        old = load(session, Invitation, application.invitation_id, lock=True)
        old.state = "withdrawn"
        new = invitations.renewed(session, old, by=by.person_id, now=now)
    application.invitation_id = new.id  # out here: a row of the county's cannot be written from in there
    return application


def link_of(session: Session, application: Application) -> str | None:
    """The first administrator's link, while nobody has taken a seat in the organisation."""
    if application.organisation_id is None or application.invitation_id is None:
        return None
    if session.scalar(select(Seat.person_id).where(Seat.tenant_id == application.organisation_id).limit(1)):
        return None
    slug = session.get_one(Organisation, application.organisation_id).slug
    return links.address_of(session, links.INVITATION, application.invitation_id, slug=slug)


def create_county(
    session: Session, name: str, *, admin_phone: str, admin_name: str, now: datetime, is_demo: bool = False
) -> tuple[Organisation, Invitation]:
    """The county, its office, and the invitation of its first administrator.

    Leaves the session bound to the office.  Raises Conflict where there is a county of that name.
    """
    if session.scalar(select(Area.id).where(Area.kind == AreaKind.COUNTY, Area.name == name)):
        raise Conflict("county.exists", N_("已经有叫“%(name)s”的县了。"), name=name)
    area_id = organisations.insert_with_slug(session, Area, name=name, kind=AreaKind.COUNTY)
    assert area_id is not None  # counties have no parent, so only the address could clash
    office = organisations.found_organisation(
        session, kind=Kind.COUNTY, bureau=None, name=f"{name}留守儿童关爱服务办公室", area_id=area_id, is_demo=is_demo
    )
    bind(session, office.id)
    invitation = _invite_first(session, office, name=admin_name, phone=admin_phone, by=None, now=now)
    return office, invitation


def _invite_first(
    session: Session, organisation: Organisation, *, name: str, phone: str, by: UUID | None, now: datetime
) -> Invitation:
    roles = FIRST_ROLES[organisation.kind]
    return invitations.write_invitation(session, phone=phone, name=name, roles=roles, by=by, now=now)


@contextmanager
def _within(session: Session, tenant_id: UUID) -> Iterator[None]:
    """Act in another organisation for a moment; what is pending belongs to the one before and is written first."""
    before = tenant_of(session)
    session.flush()
    bind(session, tenant_id)
    yield
    session.flush()
    bind(session, before)
