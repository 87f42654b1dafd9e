"""Records over the API: the same use-cases and fields as the form."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma

from services.web.edge.access import api_scope
from services.web.edge.api import org_blueprint
from services.web.edge.login import current_actor
from services.web.edge.paging import Page, asked
from services.web.edge.tenant import transaction
from shared.care import record_queries as queries
from shared.care import record_usecases as usecases
from shared.care import record_writing as writing
from shared.care.record_schemas import CorrectionSchema, RecordSchema, VoidSchema
from shared.kernel.clock import app_now
from shared.kernel.errors import N_

bp = org_blueprint("records", N_("走访和联系"))


class RecordOut(ma.Schema):
    """A record.  `occurrence_ids`: the promises it counts for; `entered_late`: on a later day than it took place."""

    id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True)
    subject_kind = ma.fields.String(required=True)
    child_id = ma.fields.UUID(required=True, allow_none=True)
    unit_id = ma.fields.UUID(required=True, allow_none=True)
    doer_id = ma.fields.UUID(required=True)
    on_day = ma.fields.Date(required=True)
    method = ma.fields.String(required=True, allow_none=True)
    reached = ma.fields.Boolean(required=True, allow_none=True)
    minutes = ma.fields.Integer(required=True, allow_none=True)
    note = ma.fields.String(required=True, allow_none=True)
    problem_found = ma.fields.Boolean(required=True)
    follow_up_on = ma.fields.Date(required=True, allow_none=True)
    state = ma.fields.String(required=True)
    void_reason = ma.fields.String(required=True, allow_none=True)
    version = ma.fields.Integer(required=True)
    created_at = ma.fields.AwareDateTime(required=True)
    entered_late = ma.fields.Boolean(required=True)
    occurrence_ids = ma.fields.List(ma.fields.UUID(), required=True)


@bp.get("/")
@api_scope("records:read")
@bp.lists(RecordOut)
def index(org: str) -> Any:
    """List the records, the latest day first."""
    page, size = asked(strict=True)
    with transaction() as session:
        found, total = queries.records(session, current_actor(), limit=size, offset=(page - 1) * size)
    return Page(found, total, page, size)


@bp.get("/<uuid:record_id>")
@api_scope("records:read")
@bp.response(200, RecordOut)
def show(org: str, record_id: UUID) -> Any:
    """One record."""
    with transaction() as session:
        return queries.record_line(session, current_actor(), record_id)


@bp.post("/")
@api_scope("records:write")
@bp.arguments(RecordSchema)
@bp.response(201, RecordOut)
def create(data: dict[str, Any], org: str) -> Any:
    """Record a deed; `doer_id` says whose."""
    with transaction() as session:
        now, actor = app_now(session), current_actor()
        written = usecases.write_record(session, **writing.split(data), by=actor, now=now)
        return queries.record_line(session, actor, written.record.id)


@bp.patch("/<uuid:record_id>")
@api_scope("records:write")
@bp.arguments(CorrectionSchema)
@bp.response(200, RecordOut)
def correct(data: dict[str, Any], org: str, record_id: UUID) -> Any:
    """Change fields of a record; `version` is the one that was read."""
    with transaction() as session:
        now, actor = app_now(session), current_actor()
        version = data.pop("version")
        usecases.correct_record(session, record_id, version=version, changes=data, by=actor, now=now)
        return queries.record_line(session, actor, record_id)


@bp.post("/<uuid:record_id>/void")
@api_scope("records:write")
@bp.arguments(VoidSchema)
@bp.response(200, RecordOut)
def void(data: dict[str, Any], org: str, record_id: UUID) -> Any:
    """Declare a record void; what it counted for is open again."""
    with transaction() as session:
        now, actor = app_now(session), current_actor()
        usecases.void_record(session, record_id, reason=data["reason"], by=actor, now=now)
        return queries.record_line(session, actor, record_id)
