"""The county decides who joins, and hands the first administrator their link."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.web import titles
from services.web.edge.access import access
from services.web.edge.forms import Form, after_change
from services.web.edge.idempotency import once
from services.web.edge.login import current_actor
from services.web.edge.paging import paged
from services.web.edge.spoken import gettext as _
from services.web.edge.tenant import transaction
from shared.kernel.clock import app_now
from shared.kernel.database import load
from shared.organisations import queries, usecases
from shared.organisations.models import Application, Area, Organisation
from shared.organisations.schemas import RefusalSchema
from shared.people import founding
from shared.people.rules import Right

bp = Blueprint("applications", __name__, url_prefix="/o/<org>/applications")
STATES = ("open", "approved", "refused")


@bp.get("/")
@access(Right.APPLICATION_DECIDE)
def index(org: str) -> ResponseReturnValue:
    """Requests to join; what waits stands first."""
    state = request.args.get("state")
    state = state if state in STATES else None
    with transaction() as session:
        page = paged(queries.applications(session, state=state))
    return render_template("applications/index.html", page=page, state=state, titles=titles)


def _page(form: Form) -> str:
    with transaction() as session:
        application = load(session, Application, (request.view_args or {})["application_id"])
        founded = application.organisation_id and session.get(Organisation, application.organisation_id)
        return render_template(
            "applications/show.html",
            form=form,
            application=application,
            area=session.get_one(Area, application.area_id),
            founded=founded,
            link=founding.link_of(session, application),
            titles=titles,
        )


@bp.get("/<uuid:application_id>")
@access(Right.APPLICATION_DECIDE)
def show(org: str, application_id: UUID) -> ResponseReturnValue:
    """One request."""
    return _page(Form(RefusalSchema()))


@bp.post("/<uuid:application_id>/approval")
@access(Right.APPLICATION_DECIDE)
@once
def approve(org: str, application_id: UUID) -> ResponseReturnValue:
    """Let the organisation in."""
    with transaction() as session:
        founding.approve(session, application_id, by=current_actor(), now=app_now(session))
    saved = _("已通过。请把下面的链接转给联系人，由他设置密码后邀请同事。")
    return after_change(url_for(".show", org=org, application_id=application_id), saved=saved)


@bp.post("/<uuid:application_id>/refusal")
@access(Right.APPLICATION_DECIDE)
@once
def refuse(org: str, application_id: UUID) -> ResponseReturnValue:
    """Say no, with a reason."""
    form = Form(RefusalSchema(), again=_page)
    with transaction() as session:
        usecases.refuse(session, application_id, **form.load(), by=current_actor(), now=app_now(session))
    saved = _("已退回，申请人在进度页面能看到原因，改好后可以再申请。")
    return after_change(url_for(".index", org=org), saved=saved)


@bp.post("/<uuid:application_id>/invitation")
@access(Right.APPLICATION_DECIDE)
@once
def invite_again(org: str, application_id: UUID) -> ResponseReturnValue:
    """A new link for the first administrator."""
    with transaction() as session:
        founding.invite_first_again(session, application_id, by=current_actor(), now=app_now(session))
    saved = _("新链接已生成，7 天内有效；旧链接不能再用。")
    return after_change(url_for(".show", org=org, application_id=application_id), saved=saved)
