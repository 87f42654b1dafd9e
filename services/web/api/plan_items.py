"""The items of plans, for scripts: list, read, correct, tick and untick."""

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
from shared.care.plan_schemas import ItemChangeSchema
from shared.kernel.clock import app_now
from shared.kernel.errors import N_

bp = org_blueprint("plan-items", N_("计划里的约定"))
STATES = ("draft", "active", "off")


class ItemQuery(ma.Schema):
    """What to list."""

    class Meta:
        """`page` and `page_size` are read elsewhere."""

        unknown = ma.EXCLUDE

    plan_id = ma.fields.UUID()
    state = ma.fields.String(validate=ma.validate.OneOf(STATES))


class PlanItemOut(ma.Schema):
    """A promise of a plan: who does what for whom, how often, with the sentence it comes from."""

    id = ma.fields.UUID(required=True)
    plan_id = ma.fields.UUID(required=True)
    position = ma.fields.Integer(required=True)
    title = ma.fields.String(required=True)
    quote = ma.fields.String(required=True, allow_none=True)
    quote_start = ma.fields.Integer(required=True, allow_none=True)
    subject = ma.fields.String(required=True)
    child_filter = ma.fields.String(required=True)
    kind = ma.fields.String(required=True)
    period = ma.fields.String(required=True)
    period_source = ma.fields.String(required=True)
    times = ma.fields.Integer(required=True)
    min_quantity = ma.fields.Integer(required=True, allow_none=True)
    within_minutes = ma.fields.Integer(required=True, allow_none=True)
    dates = ma.fields.List(ma.fields.String(), required=True)
    doer_words = ma.fields.String(required=True, allow_none=True)
    doer_role = ma.fields.String(required=True, allow_none=True)
    must = ma.fields.Boolean(required=True)
    chosen = ma.fields.Boolean(required=True)
    grace_days = ma.fields.Integer(required=True)
    holiday = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    active_from = ma.fields.AwareDateTime(required=True, allow_none=True)


@bp.get("/")
@api_scope("plan-items:read")
@bp.arguments(ItemQuery, location="query")
@bp.lists(PlanItemOut)
def index(wanted: dict[str, Any], org: str) -> Any:
    """List the items of a plan, or of all plans."""
    page, size = asked(strict=True)
    found: dict[str, Any] = {"plan_id": None, "state": None, **wanted}
    with transaction() as session:
        lines, total = queries.item_lines(session, current_actor(), **found, limit=size, offset=(page - 1) * size)
    return Page(lines, total, page, size)


@bp.get("/<uuid:item_id>")
@api_scope("plan-items:read")
@bp.response(200, PlanItemOut)
def show(org: str, item_id: UUID) -> Any:
    """Read one item."""
    with transaction() as session:
        return queries.item_view(session, item_id, current_actor())[0]


@bp.patch("/<uuid:item_id>")
@api_scope("plan-items:write")
@bp.arguments(ItemChangeSchema)
@bp.response(200, PlanItemOut)
def change(data: dict[str, Any], org: str, item_id: UUID) -> Any:
    """Correct a draft item; `version` is the plan's."""
    with transaction() as session:
        return usecases.correct(session, item_id, **data, by=current_actor(), now=app_now(session))
