"""The roll, for scripts.  Numbers are covered here; whole ones are for people, with a reason."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import marshmallow as ma

from services.web.edge.access import api_scope
from services.web.edge.api import org_blueprint
from services.web.edge.login import current_actor
from services.web.edge.paging import Page, asked
from services.web.edge.tenant import transaction
from shared.children import file_queries, roll_queries, usecases
from shared.children.facts import CHILD_FIELDS, CONTACT_COLUMNS, CONTACT_KINDS
from shared.children.roll_queries import LONGEST_SEARCH, RollFilter
from shared.children.schemas import ChildChange, ChildSchema
from shared.kernel.clock import app_now
from shared.kernel.errors import N_

bp = org_blueprint("children", N_("儿童"))


class RollQuery(ma.Schema):
    """What the roll is narrowed to."""

    q = ma.fields.String(load_default="", validate=ma.validate.Length(max=LONGEST_SEARCH))
    unit = ma.fields.UUID()
    status = ma.fields.String(load_default="active", validate=ma.validate.OneOf(["active", "exited"]))
    left_behind = ma.fields.Boolean(load_default=False)

    class Meta:
        unknown = ma.EXCLUDE  # page and page_size stand beside these


class ChildLineOut(ma.Schema):
    """A child as the roll lists it."""

    id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)
    sex = ma.fields.String(required=True, allow_none=True)
    birth_date = ma.fields.Date(required=True, allow_none=True)
    unit_id = ma.fields.UUID(required=True, allow_none=True)
    left_behind = ma.fields.Boolean(required=True)
    is_key = ma.fields.Boolean(required=True)
    dossier_complete = ma.fields.Boolean(required=True)
    status = ma.fields.String(required=True)


class ContactOut(ma.Schema):
    """Father, mother, parents or guardian."""

    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(list(CONTACT_KINDS)))
    facts = ma.fields.Dict(required=True, metadata={"description": ", ".join(CONTACT_COLUMNS)})


class ChildOut(ma.Schema):
    """A child's file.  `facts` holds what was collected; `id_no` shows the first and the last four."""

    id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)
    id_no = ma.fields.String(required=True, allow_none=True, attribute="number")
    unit_id = ma.fields.UUID(required=True, allow_none=True)
    facts = ma.fields.Function(
        lambda file: {name: _plain(file.facts[name]) for name in CHILD_FIELDS if name in file.facts},
        required=True,
        metadata={"type": "object", "description": ", ".join(CHILD_FIELDS)},
    )
    contacts = ma.fields.List(ma.fields.Nested(ContactOut), required=True)
    missing = ma.fields.List(ma.fields.String(), required=True)
    dossier_complete = ma.fields.Boolean(required=True)
    status = ma.fields.String(required=True)
    entered_on = ma.fields.Date(required=True)
    exit_on = ma.fields.Date(required=True, allow_none=True)
    exit_reason = ma.fields.String(required=True, allow_none=True)
    version = ma.fields.Integer(required=True)


def _plain(fact: Any) -> Any:
    return fact.isoformat() if hasattr(fact, "isoformat") else fact


@bp.get("")
@api_scope("children:read")
@bp.arguments(RollQuery, location="query")
@bp.lists(ChildLineOut)
def index(query: dict[str, Any], org: str) -> Any:
    """List the children, by pinyin."""
    page, size = asked(strict=True)
    with transaction() as session:
        wanted = RollFilter(**query)
        lines, total = roll_queries.roll_lines(session, current_actor(), wanted, limit=size, offset=(page - 1) * size)
    return Page(lines, total, page, size)


@bp.post("")
@api_scope("children:write")
@bp.arguments(ChildSchema)
@bp.response(201, ChildOut)
def create(data: dict[str, Any], org: str) -> Any:
    """Register a child; a number fills birth date and sex."""
    with transaction() as session:
        child = usecases.register(session, **data, by=current_actor(), now=app_now(session))
        return file_queries.child_file(session, current_actor(), child.id)


@bp.get("/<uuid:child_id>")
@api_scope("children:read")
@bp.response(200, ChildOut)
def show(org: str, child_id: UUID) -> Any:
    """A child's file; that it was read is kept."""
    with transaction() as session:
        file = file_queries.child_file(session, current_actor(), child_id)
        usecases.note_view(session, child_id, by=current_actor())
        return file


@bp.patch("/<uuid:child_id>")
@api_scope("children:write")
@bp.arguments(ChildChange)
@bp.response(200, ChildOut)
def change(data: dict[str, Any], org: str, child_id: UUID) -> Any:
    """Change what is given; `version` is that of the file that was read (409 when it is older)."""
    with transaction() as session:
        usecases.change(session, child_id, **data, by=current_actor(), now=app_now(session))
        return file_queries.child_file(session, current_actor(), child_id)
