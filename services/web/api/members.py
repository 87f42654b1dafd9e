"""Members and invitations, for scripts."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from services.web.edge.access import api_scope
from services.web.edge.api import org_blueprint
from services.web.edge.login import current_actor
from services.web.edge.tenant import transaction
from shared.kernel.clock import app_now
from shared.kernel.errors import N_
from shared.people import invitation_usecases as invitations
from shared.people import queries
from shared.people.schemas import InviteSchema

bp = org_blueprint("members", N_("人员"))


class RoleOut(ma.Schema):
    """A role, and the unit it is held in."""

    role = ma.fields.String(required=True)
    unit_id = ma.fields.UUID(required=True, allow_none=True)


class MemberOut(ma.Schema):
    """A current member."""

    id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)
    phone = ma.fields.String(required=True)
    since = ma.fields.Date(required=True)
    roles = ma.fields.List(ma.fields.Nested(RoleOut), required=True)


class InvitationOut(ma.Schema):
    """An invitation that waits; its link is shown to administrators on the members page alone."""

    id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)
    phone = ma.fields.String(required=True)
    roles = ma.fields.List(ma.fields.Nested(RoleOut), required=True)
    state = ma.fields.String(required=True)
    expires_at = ma.fields.AwareDateTime(required=True)


@bp.get("/")
@api_scope("members:read")
@bp.lists(MemberOut)
def index(org: str) -> Any:
    """List the members."""
    with transaction() as session:
        return queries.members(session)


@bp.post("/")
@api_scope("members:write")
@bp.arguments(InviteSchema)
@bp.response(201, InvitationOut)
def invite(data: dict[str, Any], org: str) -> Any:
    """Invite somebody by mobile number; they are a member when they have accepted."""
    with transaction() as session:
        return invitations.invite(session, **data, by=current_actor(), now=app_now(session))
