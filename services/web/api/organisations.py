"""The organisation itself, for scripts that want to know where their key leads."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import g

from services.web.edge.access import api_scope
from services.web.edge.api import org_blueprint
from shared.kernel.errors import N_

bp = org_blueprint("about", N_("本单位"))


class About(ma.Schema):
    """Address, name and kind of the organisation."""

    slug = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    kind = ma.fields.String(required=True)
    is_demo = ma.fields.Boolean(required=True)


@bp.get("")
@api_scope("about:read")
@bp.response(200, About)
def show(org: str) -> Any:
    """The organisation of this key."""
    return g.organisation
