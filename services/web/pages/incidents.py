"""Incidents: opened in three fields, told step by step, closed with a note."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.web import notice_words
from services.web.edge.access import access
from services.web.edge.forms import Form, after_change
from services.web.edge.idempotency import once
from services.web.edge.login import current_actor
from services.web.edge.paging import paged
from services.web.edge.spoken import gettext as _
from services.web.edge.tenant import transaction
from shared.incidents import queries, rules, usecases
from shared.incidents.ladders import LADDERS
from shared.incidents.schemas import AttemptSchema, ClosingSchema, DetailsSchema, IncidentSchema, ToldSchema
from shared.kernel.clock import app_now
from shared.kernel.errors import NotFound
from shared.notifications.usecases import read_about
from shared.people.rules import Right

bp = Blueprint("incidents", __name__, url_prefix="/o/<org>/incidents")


@bp.get("/")
@access(Right.INCIDENT_READ)
def index(org: str) -> ResponseReturnValue:
    """Open ones first."""
    state = request.args.get("state")
    with transaction() as session:
        now = app_now(session)
        page = paged(queries.visible_incidents(current_actor(), state=state), session)
        rows = replace(page, items=queries.rows(session, page.items))
    shown = {"page": rows, "now": now, "filtered": bool(state), "may_open": g.organisation.kind in LADDERS}
    return render_template("incidents/index.html", **shown, words=notice_words)


def _open_page(form: Form) -> str:
    """The form; with the children a typed name may mean, or whom the child's page sent along."""
    names = rules.names_in(form.value("names"))
    ids = [found for one in form.values("child_ids") if (found := _as_id(one))]
    with transaction() as session:
        children = queries.called(session, names if form.errors else [], ids)
    form.schema.load_fields["names"].required = not children  # for the label: who is ticked need not be named
    return render_template("incidents/new.html", form=form, children=children, words=notice_words)


@bp.get("/new")
@access(Right.INCIDENT_WRITE)
def new(org: str) -> ResponseReturnValue:
    """The empty form, or with the child from whose page it was opened."""
    return _open_page(Form(IncidentSchema(), data={"child_ids": request.args.getlist("child")}))


@bp.post("/new")
@access(Right.INCIDENT_WRITE)
@once
def create(org: str) -> ResponseReturnValue:
    """Open it; the clocks run."""
    form = Form(IncidentSchema(), again=_open_page)
    report = rules.Report(**form.load())
    with transaction() as session:
        opened = usecases.open_incident(session, report, by=current_actor(), now=app_now(session))
    saved = _("已登记，负责人马上会收到。请按下面的时限打电话告知。")
    return after_change(url_for(".show", org=org, incident_id=opened.id), saved=saved)


def _shown(template: str, **more: Any) -> str:
    """A page of one incident; `duty` is the one of the address."""
    where = request.view_args or {}
    with transaction() as session:
        now = app_now(session)
        incident = queries.detail(session, where["incident_id"], by=current_actor())
        read_about(session, f"incidents/{incident.id}", by=current_actor(), now=now)
    duty = next((one for one in incident.duties if one.id == where.get("step_id")), None)
    if "step_id" in where and duty is None:
        raise NotFound("incident_step.not_found")
    return render_template(template, incident=incident, duty=duty, now=now, words=notice_words, **more)


@bp.get("/<uuid:incident_id>")
@access(Right.INCIDENT_READ)
def show(org: str, incident_id: UUID) -> ResponseReturnValue:
    """Big clocks, what is done, by whom."""
    may_close = bool(current_actor().roles & rules.CLOSERS)
    return _shown("incidents/show.html", may_close=may_close)


def _details_page(form: Form) -> str:
    return _shown("incidents/details.html", form=form)


@bp.get("/<uuid:incident_id>/details")
@access(Right.INCIDENT_WRITE)
def details(org: str, incident_id: UUID) -> ResponseReturnValue:
    """The form for what was learnt later."""
    with transaction() as session:
        incident = queries.detail(session, incident_id, by=current_actor())
    occurred_at = notice_words.local_minute(incident.occurred_at) if incident.occurred_at else None
    return _details_page(Form(DetailsSchema(), data={"place": incident.place, "occurred_at": occurred_at}))


@bp.post("/<uuid:incident_id>/details")
@access(Right.INCIDENT_WRITE)
@once
def add_details(org: str, incident_id: UUID) -> ResponseReturnValue:
    """Keep what was learnt later."""
    form = Form(DetailsSchema(), again=_details_page)
    with transaction() as session:
        usecases.add_details(session, incident_id, **form.load(), by=current_actor(), now=app_now(session))
    return after_change(url_for(".show", org=org, incident_id=incident_id), saved=_("已补充；时限不变。"))


def _told_page(form: Form) -> str:
    return _shown("incidents/told.html", form=form)


@bp.get("/<uuid:incident_id>/steps/<uuid:step_id>/confirmation")
@access(Right.INCIDENT_WRITE)
def telling(org: str, incident_id: UUID, step_id: UUID) -> ResponseReturnValue:
    """The form: who was reached, how and when."""
    return _told_page(Form(ToldSchema(), data={"channel": "phone", "told_at": _this_minute()}))


@bp.post("/<uuid:incident_id>/steps/<uuid:step_id>/confirmation")
@access(Right.INCIDENT_WRITE)
@once
def confirm(org: str, incident_id: UUID, step_id: UUID) -> ResponseReturnValue:
    """Record who was told."""
    form = Form(ToldSchema(), again=_told_page)
    typed = form.load()
    with transaction() as session:
        now = app_now(session)
        told = rules.Told(**typed | {"told_at": typed["told_at"] or now})
        usecases.confirm_step(session, incident_id, step_id, told=told, by=current_actor(), now=now)
    return after_change(
        url_for(".show", org=org, incident_id=incident_id), saved=_("已登记，这一项的时钟停了；其他各项继续。")
    )


def _attempt_page(form: Form) -> str:
    return _shown("incidents/attempt.html", form=form)


@bp.get("/<uuid:incident_id>/steps/<uuid:step_id>/attempts")
@access(Right.INCIDENT_WRITE)
def trying(org: str, incident_id: UUID, step_id: UUID) -> ResponseReturnValue:
    """The form: who was tried."""
    return _attempt_page(Form(AttemptSchema(), data={"channel": "phone", "at": _this_minute()}))


@bp.post("/<uuid:incident_id>/steps/<uuid:step_id>/attempts")
@access(Right.INCIDENT_WRITE)
@once
def attempt(org: str, incident_id: UUID, step_id: UUID) -> ResponseReturnValue:
    """Record who was tried in vain."""
    form = Form(AttemptSchema(), again=_attempt_page)
    with transaction() as session:
        usecases.log_attempt(session, incident_id, step_id, **form.load(), by=current_actor(), now=app_now(session))
    saved = _("已记下没联系上；时钟还在走，请换个号码再打。")
    return after_change(url_for(".show", org=org, incident_id=incident_id), saved=saved)


def _closing_page(form: Form) -> str:
    return _shown("incidents/close.html", form=form)


@bp.get("/<uuid:incident_id>/close")
@access(Right.INCIDENT_WRITE)
def closing(org: str, incident_id: UUID) -> ResponseReturnValue:
    """Ask how it ended."""
    return _closing_page(Form(ClosingSchema()))


@bp.post("/<uuid:incident_id>/close")
@access(Right.INCIDENT_WRITE)
@once
def close(org: str, incident_id: UUID) -> ResponseReturnValue:
    """Close it."""
    form = Form(ClosingSchema(), again=_closing_page)
    with transaction() as session:
        usecases.close(session, incident_id, **form.load(), by=current_actor(), now=app_now(session))
    return after_change(url_for(".show", org=org, incident_id=incident_id), saved=_("已结案。"))


def _this_minute() -> str:
    with transaction() as session:
        return notice_words.local_minute(app_now(session))


def _as_id(typed: str) -> UUID | None:
    try:
        return UUID(typed)
    except ValueError:
        return None
