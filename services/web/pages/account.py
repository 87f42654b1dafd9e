"""Log in and out, the own devices and password, and the choice among several organisations."""

from __future__ import annotations

import re
from uuid import UUID

import marshmallow as ma
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from services.web.edge import login
from services.web.edge.access import public, signed_in
from services.web.edge.forms import Form, after_change
from services.web.edge.limits import LOG_IN_BY_ADDRESS, limiter
from services.web.edge.place import local_path
from services.web.edge.spoken import gettext as _
from services.web.edge.tenant import unbound
from shared.kernel.clock import db_now
from shared.kernel.errors import N_, Invalid
from shared.people import passwords, sessions

bp = Blueprint("account", __name__)
WRONG_OLD = N_("原密码不对。连续输错 10 次，要等 15 分钟。")
PLATFORMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"))
BROWSERS = (
    ("wxwork", "企业微信"),
    ("MicroMessenger", "微信"),
    ("DingTalk", "钉钉"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


class LogIn(ma.Schema):
    """Mobile number and password."""

    phone = ma.fields.String(required=True)
    password = ma.fields.String(required=True, validate=ma.validate.Length(max=1000))

    @ma.post_load
    def plain(self, data: dict[str, str], **_kwargs: object) -> dict[str, str]:
        """The number without blanks, hyphens and +86, as people paste it."""
        data["phone"] = re.sub(r"^(\+|00)86", "", re.sub(r"[\s\-—()（）]", "", data["phone"]))
        return data


class NewPassword(ma.Schema):
    """The old and the new password."""

    old_password = ma.fields.String(required=True)
    new_password = ma.fields.String(required=True, validate=ma.validate.Length(max=passwords.LONGEST))


def _log_in_page(form: Form) -> str:
    return render_template("account/log_in.html", form=form, next=local_path(request.values.get("next"), ""))


@bp.get("/log-in")
@public
def log_in() -> ResponseReturnValue:
    """The log-in form."""
    if current_user.is_authenticated:
        return redirect(local_path(request.args.get("next"), url_for(".organisations")), 303)
    return _log_in_page(Form(LogIn()))


@bp.post("/log-in")
@public
@limiter.limit(LOG_IN_BY_ADDRESS)
def enter() -> ResponseReturnValue:
    """Log this device in."""
    form = Form(LogIn(), again=_log_in_page)
    typed = form.load()
    with unbound() as session:  # commits the count of tries in either case
        found = sessions.log_in(session, **typed, device=device_name(), now=db_now(session))
    if found is None:
        raise Invalid("log_in.refused", sessions.WRONG)
    login.enter(*found)
    return after_change(local_path(request.form.get("next"), url_for(".organisations")))


@bp.post("/log-out")
@public
def leave() -> ResponseReturnValue:
    """Log this device out; the row is ended, so that a copied cookie is of no use."""
    if current_user.is_authenticated:
        with unbound() as session:
            sessions.end_session(session, current_user.person.id, current_user.person.device_id, now=db_now(session))
        login.leave()
    return after_change(url_for("site.front"), saved=_("已退出登录。"))


@bp.get("/organisations")
@signed_in
def organisations() -> ResponseReturnValue:
    """The organisations of this person; with only one, straight on."""
    with unbound() as session:
        found = sessions.seats_of(session, login.current_person().id)
    if len(found) == 1 and not login.current_person().must_change_password:
        return redirect(f"/o/{found[0].slug}/", 303)
    return render_template("account/organisations.html", organisations=found)


def _account_page(form: Form) -> str:
    with unbound() as session:
        now = db_now(session)
        devices = sessions.list_sessions(session, login.current_person().id, now=now)
    this = current_user.person.device_id
    return render_template("account/account.html", form=form, devices=devices, this=this, now=now)


@bp.get("/account")
@signed_in
def show() -> ResponseReturnValue:
    """Own devices and password."""
    return _account_page(Form(NewPassword()))


@bp.post("/account/password")
@signed_in
@limiter.limit(LOG_IN_BY_ADDRESS)
def password() -> ResponseReturnValue:
    """Change the password; every other device is logged out."""
    form = Form(NewPassword(), again=_account_page)
    typed = form.load()
    with unbound() as session:  # commits the count of tries in either case
        person, keep, now = current_user.person.id, current_user.person.device_id, db_now(session)
        old, new = typed["old_password"], typed["new_password"]
        changed = sessions.change_password(session, person, old=old, new=new, keep=keep, now=now)
    if not changed:
        raise Invalid("password.wrong", errors={"old_password": [WRONG_OLD]})
    return after_change(url_for(".show"), saved=_("密码已修改，其他设备都已退出登录。"))


@bp.post("/account/devices/<uuid:device_id>/end")
@signed_in
def end_device(device_id: UUID) -> ResponseReturnValue:
    """Log one device out."""
    with unbound() as session:
        sessions.end_session(session, login.current_person().id, device_id, now=db_now(session))
    return after_change(url_for(".show"), saved=_("那台设备已退出登录。"))


def device_name() -> str:
    """What the person will recognise the device by: 微信 · Android."""
    agent = request.user_agent.string
    platform = next((said for mark, said in PLATFORMS if mark in agent), "")
    browser = next((said for mark, said in BROWSERS if mark in agent), "")
    return " · ".join(part for part in (browser, platform or _("电脑")) if part)
