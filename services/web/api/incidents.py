"""Incidents and who was told of them, for scripts.  Protective matters are hidden from keys."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import marshmallow as ma

from services.web.edge.access import api_scope
from services.web.edge.api import org_blueprint
from services.web.edge.login import current_actor
from services.web.edge.paging import paged
from services.web.edge.tenant import transaction
from shared.incidents import queries, rules, usecases
from shared.incidents.schemas import AttemptSchema, IncidentSchema, ToldSchema
from shared.kernel.clock import app_now
from shared.kernel.errors import N_

bp = org_blueprint("incidents", N_("突发事件"))


class AttemptOut(ma.Schema):
    """Somebody was tried in vain."""

    whom = ma.fields.String(required=True)
    channel = ma.fields.String(required=True)
    at = ma.fields.AwareDateTime(required=True)


class StepOut(ma.Schema):
    """One recipient of one duty.  `state`: open, done, done_late, excluded."""

    id = ma.fields.UUID(required=True)
    number = ma.fields.Integer(required=True)
    tell = ma.fields.String(required=True)
    due_at = ma.fields.AwareDateTime(required=True)
    state = ma.fields.String(required=True)
    breached = ma.fields.Boolean(required=True)
    person_reached = ma.fields.String(required=True, allow_none=True)
    channel = ma.fields.String(required=True, allow_none=True)
    told_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    confirmed_by_recipient_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    late_reason = ma.fields.String(required=True, allow_none=True)
    attempts = ma.fields.List(ma.fields.Nested(AttemptOut), required=True)


class ChildOut(ma.Schema):
    """A child concerned."""

    id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)


class RowOut(ma.Schema):
    """A line of the list; `next_due_at` is the next open clock."""

    id = ma.fields.UUID(required=True)
    category = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    known_at = ma.fields.AwareDateTime(required=True)
    steps = ma.fields.Integer(required=True)
    done = ma.fields.Integer(required=True)
    breached = ma.fields.Integer(required=True)
    next_due_at = ma.fields.AwareDateTime(required=True, allow_none=True)


class IncidentOut(ma.Schema):
    """One incident with its duties."""

    id = ma.fields.UUID(required=True)
    category = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    account = ma.fields.String(required=True)
    place = ma.fields.String(required=True, allow_none=True)
    known_at = ma.fields.AwareDateTime(required=True)
    occurred_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    closed_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    closing_note = ma.fields.String(required=True, allow_none=True)
    children = ma.fields.List(ma.fields.Nested(ChildOut), required=True)
    duties = ma.fields.List(ma.fields.Nested(StepOut), required=True, data_key="steps")


@bp.get("/")
@api_scope("incidents:read")
@bp.lists(RowOut)
def index(org: str) -> Any:
    """List the incidents, open ones first."""
    with transaction() as session:
        page = paged(queries.visible_incidents(current_actor()), session)
        return replace(page, items=queries.rows(session, page.items))


@bp.get("/<uuid:incident_id>")
@api_scope("incidents:read")
@bp.response(200, IncidentOut)
def show(org: str, incident_id: UUID) -> Any:
    """One incident."""
    with transaction() as session:
        return queries.detail(session, incident_id, by=current_actor())


@bp.post("/")
@api_scope("incidents:write")
@bp.arguments(IncidentSchema)
@bp.response(201, IncidentOut)
def create(data: dict[str, Any], org: str) -> Any:
    """Report an incident; the clocks of all its duties run from `known_at`, without it from now."""
    with transaction() as session:
        report = rules.Report(**data)
        opened = usecases.open_incident(session, report, by=current_actor(), now=app_now(session))
        return queries.detail_of(session, opened)


@bp.post("/<uuid:incident_id>/steps/<uuid:step_id>/confirmation")
@api_scope("incidents:write")
@bp.arguments(ToldSchema)
@bp.response(200, IncidentOut)
def confirm(data: dict[str, Any], org: str, incident_id: UUID, step_id: UUID) -> Any:
    """Record that a person told a person.  An automatic message is nobody's telling."""
    with transaction() as session:
        now = app_now(session)
        told = rules.Told(**data | {"told_at": data["told_at"] or now})
        usecases.confirm_step(session, incident_id, step_id, told=told, by=current_actor(), now=now)
        return queries.detail(session, incident_id, by=current_actor())


@bp.post("/<uuid:incident_id>/steps/<uuid:step_id>/attempts")
@api_scope("incidents:write")
@bp.arguments(AttemptSchema)
@bp.response(201, IncidentOut)
def attempt(data: dict[str, Any], org: str, incident_id: UUID, step_id: UUID) -> Any:
    """Record that somebody was tried and not reached; the clock runs on."""
    with transaction() as session:
        usecases.log_attempt(session, incident_id, step_id, **data, by=current_actor(), now=app_now(session))
        return queries.detail(session, incident_id, by=current_actor())
