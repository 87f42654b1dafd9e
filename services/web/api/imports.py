"""Rosters, for scripts: send a file, look at what it would do, confirm or withdraw."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma

from services.web import roster_upload
from services.web.edge.access import api_scope
from services.web.edge.api import org_blueprint
from services.web.edge.login import current_actor
from services.web.edge.paging import Page, asked
from services.web.edge.tenant import transaction, unbound
from shared.children import import_queries as queries
from shared.children import import_usecases as usecases
from shared.kernel.clock import app_now
from shared.kernel.errors import N_

bp = org_blueprint("imports", N_("名册导入"))


class RowsQuery(ma.Schema):
    """Which rows: of one action, or those with a remark."""

    show = ma.fields.String(
        load_default=None, validate=ma.validate.OneOf(["new", "updated", "unchanged", "wrong", "warned"])
    )

    class Meta:
        unknown = ma.EXCLUDE  # page and page_size stand beside it


class ImportOut(ma.Schema):
    """A roster in hand, or one of before."""

    id = ma.fields.UUID(required=True)
    file_name = ma.fields.String(required=True)
    roster_kind = ma.fields.String(required=True)
    as_of = ma.fields.Date(required=True)
    state = ma.fields.String(required=True)
    counts = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer(), required=True)
    new_units = ma.fields.List(ma.fields.String(), required=True)
    created_at = ma.fields.AwareDateTime(required=True)
    expires_at = ma.fields.AwareDateTime(required=True)
    confirmed_at = ma.fields.AwareDateTime(required=True, allow_none=True)


class FindingOut(ma.Schema):
    """A remark about one cell; `value` is masked."""

    column = ma.fields.String(required=True)
    field = ma.fields.String(required=True)
    code = ma.fields.String(required=True)
    hint = ma.fields.String(required=True)
    severity = ma.fields.String(required=True)
    value = ma.fields.String(required=True, allow_none=True)


class RowOut(ma.Schema):
    """A row and what it would do; `changes` names the facts that differ from our list."""

    sheet = ma.fields.String(required=True)
    row = ma.fields.Integer(required=True, attribute="row_no")
    action = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    child_id = ma.fields.UUID(required=True, allow_none=True)
    changes = ma.fields.Function(lambda row: [field for field, _before, _after in row.changes], required=True)
    findings = ma.fields.Function(
        lambda row: FindingOut(many=True).dump([{**told, "value": shown} for told, shown in row.findings]),
        required=True,
    )


@bp.get("")
@api_scope("imports:read")
@bp.lists(ImportOut)
def index(org: str) -> Any:
    """List the rosters, the latest first."""
    page, size = asked(strict=True)
    with transaction() as session:
        found, total = queries.imports(session, current_actor(), limit=size, offset=(page - 1) * size)
    return Page(found, total, page, size)


@bp.post("")
@api_scope("imports:write")
@bp.arguments(roster_upload.UploadForm, location="multipart")
@bp.response(201, ImportOut)
def upload(sent: dict[str, Any], org: str) -> Any:
    """Hand in a roster (.xlsx, .csv); nothing of the roll changes before it is confirmed."""
    by = current_actor()
    with unbound() as session:  # reading takes a while: no transaction waits for it
        now = app_now(session)
    reading, data = roster_upload.read(sent["file"], as_of=sent.get("as_of"), by=by, now=now)
    with transaction() as session:
        held = usecases.stage(session, reading, data=data, by=by, now=now)
        return queries.import_view(session, by, held.id)


@bp.get("/<uuid:import_id>")
@api_scope("imports:read")
@bp.response(200, ImportOut)
def show(org: str, import_id: UUID) -> Any:
    """One roster."""
    with transaction() as session:
        return queries.import_view(session, current_actor(), import_id)


@bp.get("/<uuid:import_id>/rows")
@api_scope("imports:read")
@bp.arguments(RowsQuery, location="query")
@bp.lists(RowOut)
def rows(query: dict[str, Any], org: str, import_id: UUID) -> Any:
    """List the rows of a roster and what they would do."""
    page, size = asked(strict=True)
    with transaction() as session:
        held = queries.import_view(session, current_actor(), import_id)
        found, total = queries.preview(session, current_actor(), held.id, **query, limit=size, offset=(page - 1) * size)
    return Page(found, total, page, size)


@bp.post("/<uuid:import_id>/confirm")
@api_scope("imports:write")
@bp.response(200, ImportOut)
def confirm(org: str, import_id: UUID) -> Any:
    """Write it to the roll; again changes nothing."""
    with transaction() as session:
        usecases.confirm(session, import_id, by=current_actor(), now=app_now(session))
        return queries.import_view(session, current_actor(), import_id)


@bp.delete("/<uuid:import_id>")
@api_scope("imports:write")
@bp.response(204)
def withdraw(org: str, import_id: UUID) -> Any:
    """Drop a roster that is not confirmed."""
    with transaction() as session:
        usecases.withdraw(session, import_id, by=current_actor())
