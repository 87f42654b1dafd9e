"""Pairings over the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma

from services.web.edge.access import api_scope
from services.web.edge.api import org_blueprint
from services.web.edge.login import current_actor
from services.web.edge.paging import Page, asked
from services.web.edge.tenant import transaction
from shared.care import pairing_queries as queries
from shared.care import pairing_usecases as usecases
from shared.care.record_schemas import EndSchema, PairingSchema
from shared.kernel.clock import app_now
from shared.kernel.errors import N_

bp = org_blueprint("pairings", N_("结对帮扶"))


class PairingOut(ma.Schema):
    """A child, a member and the role between them; `until_on` is null while it lasts."""

    id = ma.fields.UUID(required=True)
    child_id = ma.fields.UUID(required=True)
    membership_id = ma.fields.UUID(required=True)
    role = ma.fields.String(required=True)
    from_on = ma.fields.Date(required=True)
    until_on = ma.fields.Date(required=True, allow_none=True)


@bp.get("/")
@api_scope("pairings:read")
@bp.lists(PairingOut)
def index(org: str) -> Any:
    """List the current pairings."""
    page, size = asked(strict=True)
    with transaction() as session:
        found, total = queries.pairings(session, current_actor(), limit=size, offset=(page - 1) * size)
    return Page(found, total, page, size)


@bp.get("/<uuid:assignment_id>")
@api_scope("pairings:read")
@bp.response(200, PairingOut)
def show(org: str, assignment_id: UUID) -> Any:
    """One pairing, ended or not."""
    with transaction() as session:
        return queries.pairing_line(session, current_actor(), assignment_id)


@bp.post("/")
@api_scope("pairings:write")
@bp.arguments(PairingSchema)
@bp.response(201, PairingOut)
def create(data: dict[str, Any], org: str) -> Any:
    """Pair a member with a child."""
    with transaction() as session:
        paired = usecases.pair(session, **data, by=current_actor(), now=app_now(session))
        return paired.assignments[0]


@bp.post("/<uuid:assignment_id>/end")
@api_scope("pairings:write")
@bp.arguments(EndSchema)
@bp.response(200, PairingOut)
def end(data: dict[str, Any], org: str, assignment_id: UUID) -> Any:
    """End a pairing today; the body is `{}`."""
    with transaction() as session:
        return usecases.end_pairing(session, assignment_id, by=current_actor(), now=app_now(session))
