"""Classes, groups and grids, for scripts."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from services.web.edge.access import api_scope
from services.web.edge.api import org_blueprint
from services.web.edge.tenant import transaction
from shared.kernel.errors import N_
from shared.people import queries

bp = org_blueprint("units", N_("班级和分组"))


class UnitOut(ma.Schema):
    """A unit; `head_id` is the membership that looks after it, `parent_id` the unit above."""

    id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    grade = ma.fields.Integer(required=True, allow_none=True)
    parent_id = ma.fields.UUID(required=True, allow_none=True)
    head_id = ma.fields.UUID(required=True, allow_none=True)


@bp.get("/")
@api_scope("units:read")
@bp.lists(UnitOut)
def index(org: str) -> Any:
    """List the units in reading order."""
    with transaction() as session:
        return queries.units(session)
