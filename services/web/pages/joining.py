"""Behind one-time links: accept an invitation, choose a new password."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from services.web import titles
from services.web.edge import login
from services.web.edge.access import public
from services.web.edge.forms import Form, after_change
from services.web.edge.limits import LOG_IN_BY_ADDRESS, limiter
from services.web.edge.spoken import gettext as _
from services.web.edge.tenant import bound_to, organisation_of, short, unbound
from shared.kernel.clock import app_now, db_now
from shared.kernel.errors import Invalid, NotFound
from shared.organisations.models import Organisation
from shared.people import invitation_usecases as invitations
from shared.people import reset_usecases as resets
from shared.people import sessions
from shared.people.models import Person
from shared.people.schemas import JoinKnownSchema, JoinSchema, NewPasswordSchema

from .account import device_name

bp = Blueprint("joining", __name__, url_prefix="/o/<org>")


@contextmanager
def _at(slug: str) -> Iterator[tuple[Session, Organisation]]:
    """A transaction in the organisation of the link.  Raises NotFound."""
    with short() as session:
        organisation = organisation_of(session, slug)
    if organisation is None:
        raise NotFound("organisation.not_found")
    with bound_to(organisation.id) as session:
        yield session, organisation


def _is_known(org: str, token: str) -> bool:
    """Whether somebody logs in with the number of this invitation already."""
    with _at(org) as (session, _organisation):
        phone = invitations.invitation_of(session, token, now=app_now(session)).phone
        return invitations.has_password(session, phone)


def _join_page(form: Form) -> str:
    arguments = request.view_args or {}
    with _at(arguments["org"]) as (session, organisation):
        invitation = invitations.invitation_of(session, arguments["token"], now=app_now(session))
    form.data.setdefault("name", invitation.name)
    phone = invitation.phone
    return render_template(
        "joining/join.html",
        form=form,
        place=organisation,
        invitation=invitation,
        known=isinstance(form.schema, JoinKnownSchema),
        is_me=current_user.is_authenticated and current_user.person.phone == phone,
        roles="、".join(titles.role(str(one["role"])) for one in invitation.roles),
    )


@bp.get("/join/<token>")
@public
def join(org: str, token: str) -> ResponseReturnValue:
    """The invitation."""
    return _join_page(Form(JoinKnownSchema() if _is_known(org, token) else JoinSchema()))


@bp.post("/join/<token>")
@public
@limiter.limit(LOG_IN_BY_ADDRESS)
def accept(org: str, token: str) -> ResponseReturnValue:
    """Accept it, as a new person or with the password one has."""
    person = _accept_known(org, token) if _is_known(org, token) else _accept_new(org, token)
    _enter(person)
    return after_change(f"/o/{org}/", saved=_("欢迎加入。今天要做的事都在这里。"))


def _accept_new(org: str, token: str) -> Person:
    form = Form(JoinSchema(), again=_join_page)
    with _at(org) as (session, _organisation):
        return invitations.accept_as_new(session, token, **form.load(), now=app_now(session))


def _accept_known(org: str, token: str) -> Person:
    """The password is asked for unless this device is logged in as that very person."""
    form = Form(JoinKnownSchema(), again=_join_page)
    with _at(org) as (session, _organisation):
        phone = invitations.invitation_of(session, token, now=app_now(session)).phone
    person_id = _me(phone) or _logged_in(phone, form.load()["password"])
    with _at(org) as (session, _organisation):
        return invitations.accept_as_known(session, token, person_id=person_id, now=app_now(session))


def _me(phone: str) -> UUID | None:
    mine = current_user.is_authenticated and current_user.person.phone == phone
    return current_user.person.id if mine else None


def _logged_in(phone: str, password: str) -> UUID:
    with unbound() as session:  # commits the count of tries in either case
        found = sessions.log_in(session, phone, password, device=device_name(), now=db_now(session))
    if found is None:
        raise Invalid("log_in.refused", errors={"password": [sessions.WRONG]})
    login.enter(*found)
    return found[0].id


def _enter(person: Person) -> None:
    """Log this device in, unless it is already."""
    if _me(person.phone):
        return
    with unbound() as session:
        row, token = sessions.start_session(session, person, device=device_name(), now=db_now(session))
    login.enter(person, row, token)


def _reset_page(form: Form) -> str:
    arguments = request.view_args or {}
    with _at(arguments["org"]) as (session, _organisation):
        resets.reset_of(session, arguments["token"], now=app_now(session))
    return render_template("joining/reset.html", form=form)


@bp.get("/reset/<token>")
@public
def reset(org: str, token: str) -> ResponseReturnValue:
    """Choose a new password."""
    return _reset_page(Form(NewPasswordSchema()))


@bp.post("/reset/<token>")
@public
@limiter.limit(LOG_IN_BY_ADDRESS)
def finish(org: str, token: str) -> ResponseReturnValue:
    """Keep it, and log this device in."""
    form = Form(NewPasswordSchema(), again=_reset_page)
    with _at(org) as (session, _organisation):
        person = resets.finish_reset(session, token, **form.load(), now=app_now(session))
    login.leave()
    _enter(person)
    return after_change("/organisations", saved=_("新密码已设好，其他设备都已退出登录。"))
