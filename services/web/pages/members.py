"""Members, their roles and invitations, the end of a membership, and the way to a new password."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from services.web import titles
from services.web.edge.access import access
from services.web.edge.forms import Form, after_change
from services.web.edge.idempotency import once
from services.web.edge.login import current_actor
from services.web.edge.paging import paged
from services.web.edge.spoken import gettext as _
from services.web.edge.tenant import transaction
from shared.kernel.clock import app_now
from shared.kernel.errors import NotFound
from shared.organisations.queries import unit_choices
from shared.organisations.unit_usecases import UNIT_OF_KIND
from shared.people import invitation_usecases as invitations
from shared.people import links, queries, usecases
from shared.people import reset_usecases as resets
from shared.people.models import PasswordReset
from shared.people.queries import MemberView
from shared.people.rules import HEAD_OF_UNIT, Right
from shared.people.schemas import InviteSchema, PhoneSchema, RolesSchema

bp = Blueprint("members", __name__, url_prefix="/o/<org>/members")


@bp.get("/")
@access(Right.MEMBER_READ)
def index(org: str) -> ResponseReturnValue:
    """Who works here, and who is invited."""
    actor = current_actor()
    with transaction() as session:
        writes = actor.may(Right.MEMBER_WRITE)
        waiting = queries.open_invitations(session, now=app_now(session)) if writes else []
        page = paged(queries.members(session))
    resets_by_phone = writes and actor.may(Right.AREA_WRITE)
    return render_template(
        "members/index.html", page=page, waiting=waiting, writes=writes, resets=resets_by_phone, titles=titles
    )


def _units(session: Session) -> list[tuple[str, str]]:
    """Units that somebody can be invited to look after; bureaus have none."""
    looked_after = UNIT_OF_KIND[g.organisation.kind] in HEAD_OF_UNIT
    return unit_choices(session) if looked_after else []


def _invite_page(form: Form) -> str:
    with transaction() as session:
        units = _units(session)
    roles = titles.role_choices(g.organisation.kind)
    return render_template("members/invite.html", form=form, roles=roles, units=units)


@bp.get("/invite")
@access(Right.MEMBER_WRITE)
def new(org: str) -> ResponseReturnValue:
    """The empty invitation."""
    return _invite_page(Form(InviteSchema()))


@bp.post("/invite")
@access(Right.MEMBER_WRITE)
@once
def invite(org: str) -> ResponseReturnValue:
    """Invite somebody."""
    form = Form(InviteSchema(), again=_invite_page)
    with transaction() as session:
        made = invitations.invite(session, **form.load(), by=current_actor(), now=app_now(session))
    saved = _("已邀请%(name)s。请把他名下的链接转给他，7 天内有效。", name=made.name)
    return after_change(url_for(".index", org=org), saved=saved)


@bp.post("/invitations/<uuid:invitation_id>/resend")
@access(Right.MEMBER_WRITE)
@once
def resend(org: str, invitation_id: UUID) -> ResponseReturnValue:
    """A new link; the old one closes."""
    with transaction() as session:
        invitations.resend(session, invitation_id, by=current_actor(), now=app_now(session))
    return after_change(url_for(".index", org=org), saved=_("新链接已生成，7 天内有效；旧链接不能再用。"))


@bp.post("/invitations/<uuid:invitation_id>/withdraw")
@access(Right.MEMBER_WRITE)
@once
def withdraw(org: str, invitation_id: UUID) -> ResponseReturnValue:
    """Take an invitation back."""
    with transaction() as session:
        invitations.withdraw(session, invitation_id, by=current_actor())
    return after_change(url_for(".index", org=org), saved=_("邀请已收回，链接不能再用。"))


def _member(session: Session) -> MemberView:
    found = queries.member(session, (request.view_args or {})["membership_id"])
    if found is None:
        raise NotFound("membership.not_found")
    return found


def _member_page(form: Form) -> str:
    with transaction() as session:
        member = _member(session)
        units = _units(session)
    roles = titles.role_choices(g.organisation.kind)
    return render_template("members/show.html", form=form, member=member, roles=roles, units=units, titles=titles)


@bp.get("/<uuid:membership_id>")
@access(Right.MEMBER_WRITE)
def show(org: str, membership_id: UUID) -> ResponseReturnValue:
    """One member: roles, password, end."""
    with transaction() as session:
        held = {role.role for role in _member(session).roles}
    return _member_page(Form(RolesSchema(), data={"roles": sorted(held)}))


@bp.post("/<uuid:membership_id>")
@access(Right.MEMBER_WRITE)
@once
def change(org: str, membership_id: UUID) -> ResponseReturnValue:
    """Change the roles."""
    form = Form(RolesSchema(), again=_member_page)
    with transaction() as session:
        usecases.change_roles(session, membership_id, **form.load(), by=current_actor(), now=app_now(session))
    return after_change(url_for(".index", org=org), saved=_("岗位已保存，他下一次打开页面就是新的权限。"))


@bp.post("/<uuid:membership_id>/end")
@access(Right.MEMBER_WRITE)
@once
def end(org: str, membership_id: UUID) -> ResponseReturnValue:
    """End a membership."""
    with transaction() as session:
        member = usecases.end_membership(session, membership_id, by=current_actor(), now=app_now(session))
    saved = _("%(name)s 已离开本单位，马上不能再进入。他负责的班级请另外安排。", name=member.name)
    return after_change(url_for(".index", org=org), saved=saved)


def _reset_page(session: Session, reset: PasswordReset, name: str) -> str:
    link = links.address_of(session, links.RESET, reset.id, slug=g.organisation.slug)
    return render_template("members/reset.html", link=link, name=name, until=reset.expires_at)


@bp.post("/<uuid:membership_id>/reset")
@access(Right.MEMBER_WRITE)
def reset(org: str, membership_id: UUID) -> ResponseReturnValue:
    """Open the way to a new password and show its link."""
    with transaction() as session:
        name = _member(session).name
        opened = resets.start_reset(session, membership_id, by=current_actor(), now=app_now(session))
        return _reset_page(session, opened, name)


def _phone_page(form: Form) -> str:
    return render_template("members/reset_by_phone.html", form=form)


@bp.get("/reset")
@access(Right.AREA_WRITE)
def reset_form(org: str) -> ResponseReturnValue:
    """The county's form: whose password."""
    return _phone_page(Form(PhoneSchema()))


@bp.post("/reset")
@access(Right.AREA_WRITE)
def reset_by_phone(org: str) -> ResponseReturnValue:
    """Open the way for anybody of the county."""
    form = Form(PhoneSchema(), again=_phone_page)
    with transaction() as session:
        typed = form.load()
        opened = resets.start_reset_by_phone(session, **typed, by=current_actor(), now=app_now(session))
        return _reset_page(session, opened, typed["phone"])
