"""The organisations of an area, for the offices that supervise them."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import g

from services.web.edge.access import api_scope
from services.web.edge.api import area_blueprint
from services.web.edge.login import current_actor
from services.web.edge.paging import paged
from services.web.edge.tenant import transaction
from shared.kernel.errors import N_
from shared.organisations import queries

bp = area_blueprint("orgs", N_("辖区单位"))


class OrganisationOut(ma.Schema):
    """An organisation and where it lies."""

    id = ma.fields.UUID(required=True)
    slug = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    kind = ma.fields.String(required=True)
    bureau_kind = ma.fields.String(required=True, allow_none=True)
    area = ma.fields.String(required=True)
    area_slug = ma.fields.String(required=True)
    status = ma.fields.String(required=True)


@bp.get("/")
@api_scope("orgs:read")
@bp.lists(OrganisationOut)
def index(area: str) -> Any:
    """List the organisations on the area and below it that the key's organisation supervises."""
    with transaction() as session:
        wanted = queries.organisations_below(g.area.id, superior_id=current_actor().tenant_id)
        return paged(wanted, session, scalars=False)
