"""Occurrences, for scripts: what is due for whom, and what became of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma

from services.web.edge.access import api_scope
from services.web.edge.api import org_blueprint
from services.web.edge.login import current_actor
from services.web.edge.paging import Page, asked
from services.web.edge.tenant import transaction
from shared.care import occurrence_queries as queries
from shared.kernel.errors import N_

bp = org_blueprint("occurrences", N_("到期的约定"))


class OccurrenceQuery(ma.Schema):
    """What to list; `due_before` is an instant with its offset."""

    class Meta:
        """`page` and `page_size` are read elsewhere."""

        unknown = ma.EXCLUDE

    state = ma.fields.String(validate=ma.validate.OneOf(queries.STATES))
    due_before = ma.fields.AwareDateTime()
    child_id = ma.fields.UUID()
    doer_id = ma.fields.UUID()
    item_id = ma.fields.UUID()


class OccurrenceOut(ma.Schema):
    """One promise to one child, class or the organisation in one window (days, both inside)."""

    id = ma.fields.UUID(required=True)
    item_id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True)
    subject_kind = ma.fields.String(required=True)
    child_id = ma.fields.UUID(required=True, allow_none=True)
    unit_id = ma.fields.UUID(required=True, allow_none=True)
    doer_id = ma.fields.UUID(required=True, allow_none=True)
    window_start = ma.fields.Date(required=True)
    window_end = ma.fields.Date(required=True)
    due_at = ma.fields.AwareDateTime(required=True)
    grace_until = ma.fields.AwareDateTime(required=True)
    times = ma.fields.Integer(required=True)
    done_times = ma.fields.Integer(required=True)
    state = ma.fields.String(required=True)
    stage = ma.fields.String(required=True, allow_none=True)
    ended_at = ma.fields.AwareDateTime(required=True, allow_none=True)


@bp.get("/")
@api_scope("occurrences:read")
@bp.arguments(OccurrenceQuery, location="query")
@bp.lists(OccurrenceOut)
def index(wanted: dict[str, Any], org: str) -> Any:
    """List the occurrences, the first due first."""
    page, size = asked(strict=True)
    with transaction() as session:
        lines, total = queries.occurrence_lines(
            session, current_actor(), queries.Wanted(**wanted), limit=size, offset=(page - 1) * size
        )
    return Page(lines, total, page, size)


@bp.get("/<uuid:occurrence_id>")
@api_scope("occurrences:read")
@bp.response(200, OccurrenceOut)
def show(org: str, occurrence_id: UUID) -> Any:
    """Read one occurrence."""
    with transaction() as session:
        return queries.occurrence_view(session, occurrence_id, current_actor())
