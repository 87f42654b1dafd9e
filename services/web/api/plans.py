"""Plans, for scripts: hand in a text, read back what it promises.  People put it into force, on its page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma

from services.web.edge.access import api_scope
from services.web.edge.api import org_blueprint
from services.web.edge.login import current_actor
from services.web.edge.paging import Page, asked
from services.web.edge.tenant import transaction
from shared.care import plan_queries as queries
from shared.care import plan_usecases as usecases
from shared.care.plan_schemas import PlanSchema
from shared.kernel.clock import app_now
from shared.kernel.errors import N_

bp = org_blueprint("plans", N_("工作计划"))


class PlanOut(ma.Schema):
    """A plan; `version` goes along with every change of it or its items."""

    id = ma.fields.UUID(required=True)
    title = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    created_at = ma.fields.AwareDateTime(required=True)
    activated_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    version = ma.fields.Integer(required=True)


class PlanLineOut(PlanOut):
    """A plan in the list, with how many items it has, are ticked, wait for a period and are in force."""

    items = ma.fields.Integer(required=True)
    chosen = ma.fields.Integer(required=True)
    open_period = ma.fields.Integer(required=True)
    in_force = ma.fields.Integer(required=True)


class PlanTextOut(PlanOut):
    """A plan with its text; its items are at `plan-items`."""

    leader = ma.fields.String(required=True, allow_none=True)
    file_name = ma.fields.String(required=True, allow_none=True)
    text = ma.fields.String(required=True)
    ended_at = ma.fields.AwareDateTime(required=True, allow_none=True)


@bp.get("/")
@api_scope("plans:read")
@bp.lists(PlanLineOut)
def index(org: str) -> Any:
    """List the plans, the newest first."""
    page, size = asked(strict=True)
    with transaction() as session:
        lines, total = queries.plan_lines(session, current_actor(), limit=size, offset=(page - 1) * size)
    return Page(lines, total, page, size)


@bp.post("/")
@api_scope("plans:write")
@bp.arguments(PlanSchema)
@bp.response(201, PlanTextOut)
def create(data: dict[str, Any], org: str) -> Any:
    """Hand in a plan's text; its items are proposed as a draft."""
    with transaction() as session:
        return usecases.hand_in(session, **data, by=current_actor(), now=app_now(session))


@bp.get("/<uuid:plan_id>")
@api_scope("plans:read")
@bp.response(200, PlanTextOut)
def show(org: str, plan_id: UUID) -> Any:
    """Read one plan."""
    with transaction() as session:
        return queries.plan_view(session, plan_id, current_actor())
