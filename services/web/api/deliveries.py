"""Messages to telephones and their states, for scripts."""

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
from shared.kernel.clock import app_now
from shared.kernel.errors import N_
from shared.notifications import queries, usecases

bp = org_blueprint("deliveries", N_("发送情况"))


class DeliveryOut(ma.Schema):
    """A message.  `state`: queued, sending, sent, delivered, read, failed, unknown; `error` is a code."""

    id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True)
    channel = ma.fields.String(required=True)
    recipient = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    error = ma.fields.String(required=True, allow_none=True)
    attempts = ma.fields.Integer(required=True)
    created_at = ma.fields.AwareDateTime(required=True)
    state_at = ma.fields.AwareDateTime(required=True)


@bp.get("/")
@api_scope("deliveries:read")
@bp.lists(DeliveryOut)
def index(org: str) -> Any:
    """List the messages, the newest first."""
    with transaction() as session:
        page = paged(queries.deliveries(current_actor()), session)
        return replace(page, items=queries.delivery_views(session, page.items))


@bp.post("/<uuid:delivery_id>/resend")
@api_scope("deliveries:write")
@bp.response(200, DeliveryOut)
def resend(org: str, delivery_id: UUID) -> Any:
    """Send a failed or lost message again, under the same id."""
    with transaction() as session:
        row = usecases.resend(session, delivery_id, by=current_actor(), now=app_now(session))
        return queries.delivery_views(session, [row])[0]
