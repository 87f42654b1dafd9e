"""How an organisation comes to be: areas, requests to join, the county's decision, and the supervision lines."""

from __future__ import annotations

import secrets
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.kernel.audit import audit
from shared.kernel.database import load, tenant_of
from shared.kernel.errors import N_, Conflict, Invalid, NotFound
from shared.kernel.events import record
from shared.kernel.ids import new_id

from . import queries, rules
from .clerk import Clerk
from .events import OrganisationApplied, OrganisationApproved, OrganisationRefused
from .lines import names_of
from .models import Application, Area, Organisation, Supervision
from .rules import AreaKind, BureauKind, Kind
from .slugs import slugs

EXISTS = N_("这个单位已经入驻。请本单位管理员邀请您，不用再申请。")


def add_areas(session: Session, *, parent_id: UUID, kind: str, names: str, by: Clerk) -> int:
    """Add townships, or villages or communities of a township, from a pasted list; known ones stay as they are.

    Returns how many are new.  Raises NotFound for an area outside the own county, Invalid for a wrong level.
    """
    by.require("area.write")
    parent = next((area for area in queries.areas_of_own_county(session) if area.id == parent_id), None)
    if parent is None:
        raise NotFound("area.not_found")
    if AreaKind(kind) not in rules.AREAS_BELOW[AreaKind(parent.kind)]:
        said = N_("县下面添加乡镇（街道），乡镇（街道）下面添加村和社区。")
        raise Invalid("area.level", errors={"kind": [said]})
    added = sum(_add_area(session, name, kind=kind, parent_id=parent.id) for name in names_of(names))
    audit(session, "areas.add", by=by.person_id, subject_kind="area", subject_id=parent.id, count=added)
    return added


def _add_area(session: Session, name: str, *, kind: str, parent_id: UUID) -> bool:
    known = select(Area.id).where(Area.parent_id == parent_id, Area.name == name)
    if session.scalar(known):
        return False
    return insert_with_slug(session, Area, name=name, kind=kind, parent_id=parent_id) is not None


def insert_with_slug(session: Session, model: type[Area] | type[Organisation], **values: Any) -> UUID | None:
    """Insert with the first free address; None where another request just took the name at this place."""
    for slug in slugs(values["name"]):
        new = insert(model).values(id=new_id(), slug=slug, **values).on_conflict_do_nothing()
        row_id: UUID | None = session.scalar(new.returning(model.id))
        if row_id is not None:
            return row_id
        if session.scalar(select(model.id).where(model.slug == slug)) is None:
            return None
    return None


def apply(
    session: Session,
    *,
    kind: str,
    bureau_kind: str | None,
    name: str,
    area_id: UUID,
    contact_name: str,
    contact_phone: str,
    now: datetime,
) -> tuple[Application, str]:
    """Hand in a request at the bound county office; returns it with the token of its status page.

    Raises Invalid naming the field: kind of bureau, area, name already there.
    """
    bureau = BureauKind(bureau_kind) if bureau_kind and kind == Kind.BUREAU else None
    _check_place(session, Kind(kind), bureau, area_id=area_id, name=name)
    token = secrets.token_urlsafe(24)
    application = Application(kind=kind, bureau_kind=bureau, name=name, area_id=area_id, created_at=now)
    application.contact_name, application.contact_phone = contact_name, contact_phone
    application.status_token_hash = token_hash(token)
    session.add(application)
    session.flush()
    record(session, OrganisationApplied(at=now, application_id=application.id))
    return application, token


def _check_place(session: Session, kind: Kind, bureau: BureauKind | None, *, area_id: UUID, name: str) -> None:
    area = next((area for area in queries.areas_of_own_county(session) if area.id == area_id), None)
    if kind is Kind.BUREAU and bureau is None:
        raise Invalid("application.bureau_kind", errors={"bureau_kind": [N_("请选择是哪个部门。")]})
    if area is None:
        raise Invalid("application.area", errors={"area_id": [N_("请从列表里选择所在的地方。")]})
    if not rules.area_fits(kind, bureau, AreaKind(area.kind)):
        raise Invalid("application.area", errors={"area_id": [N_("这类单位不设在这一级，请重新选择。")]})
    if session.scalar(select(Organisation.id).where(Organisation.area_id == area_id, Organisation.name == name)):
        raise Invalid("organisation.exists", errors={"name": [EXISTS]})


def approve(session: Session, application_id: UUID, *, by: Clerk, now: datetime) -> tuple[Application, Organisation]:
    """Let the organisation in: it exists and is supervised from here on.  Invite somebody in the same transaction.

    Raises NotFound, NotAllowed, Conflict (decided already, or one of that name is there).
    """
    application = _undecided(session, application_id, by=by)
    organisation = found_organisation(
        session,
        kind=Kind(application.kind),
        bureau=BureauKind(application.bureau_kind) if application.bureau_kind else None,
        name=application.name,
        area_id=application.area_id,
        is_demo=session.get_one(Organisation, tenant_of(session)).is_demo,  # a demo county's organisations are demos
    )
    application.organisation_id = organisation.id
    _decide(session, application, "approved", by=by, now=now)
    happened = OrganisationApproved(
        at=now, actor_id=by.person_id, application_id=application.id, organisation_id=organisation.id
    )
    record(session, happened)
    return application, organisation


def refuse(session: Session, application_id: UUID, *, reason: str, by: Clerk, now: datetime) -> Application:
    """Say no, with the reason the applicant reads.  Raises NotFound, NotAllowed, Conflict."""
    application = _undecided(session, application_id, by=by)
    application.reason = reason
    _decide(session, application, "refused", by=by, now=now)
    record(session, OrganisationRefused(at=now, actor_id=by.person_id, application_id=application.id))
    return application


def _undecided(session: Session, application_id: UUID, *, by: Clerk) -> Application:
    by.require("application.decide")
    application = load(session, Application, application_id, lock=True)
    if application.state != "open":
        raise Conflict("application.decided", N_("这个申请已经办过了，请看最新的结果。"))
    return application


def _decide(session: Session, application: Application, state: str, *, by: Clerk, now: datetime) -> None:
    application.state, application.decided_by, application.decided_at = state, by.person_id, now
    kind, person = "application", by.person_id
    audit(session, f"application.{state}", by=person, subject_kind=kind, subject_id=application.id)


def found_organisation(
    session: Session,
    *,
    kind: Kind,
    bureau: BureauKind | None,
    name: str,
    area_id: UUID,
    is_demo: bool = False,
) -> Organisation:
    """Write the organisation and its supervision lines.  Raises Conflict where the name is taken in that area."""
    place = {"kind": kind, "bureau_kind": bureau, "name": name, "area_id": area_id, "is_demo": is_demo}
    if session.scalar(select(Organisation.id).where(Organisation.area_id == area_id, Organisation.name == name)):
        raise Conflict("organisation.exists", EXISTS)
    organisation_id = insert_with_slug(session, Organisation, **place)
    if organisation_id is None:
        raise Conflict("organisation.exists", EXISTS)
    _draw_lines(session, organisation_id, area_id)
    return session.get_one(Organisation, organisation_id)


def _draw_lines(session: Session, organisation_id: UUID, area_id: UUID) -> None:
    places = queries.places_of_county(session, area_id)
    newcomer = next(place for place in places if place.id == organisation_id)
    for line in rules.lines_with(newcomer, places):
        values = {"superior_id": line.superior_id, "subordinate_id": line.subordinate_id, "line": line.line}
        session.execute(insert(Supervision).values(**values).on_conflict_do_nothing())


def application_of_token(session: Session, token: str) -> Application:
    """The request behind a status page, in the bound county office.  Raises NotFound."""
    wanted = select(Application).where(
        Application.tenant_id == tenant_of(session), Application.status_token_hash == token_hash(token)
    )
    application = session.scalars(wanted).one_or_none()
    if application is None:
        raise NotFound("application.not_found")
    return application


def token_hash(token: str) -> str:
    """What is kept of a token: SHA-256 is enough for random bits."""
    return sha256(token.encode()).hexdigest()
