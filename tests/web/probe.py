"""A room as colleagues build them: a list, a form that makes a unit, and the same as a resource."""

from typing import Any

import marshmallow as ma
from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from services.web.edge.access import access, api_scope
from services.web.edge.api import org_blueprint
from services.web.edge.forms import Form, after_change
from services.web.edge.idempotency import once
from services.web.edge.paging import paged
from services.web.edge.tenant import transaction
from shared.kernel.errors import Conflict, Invalid
from shared.organisations.models import Unit
from shared.people.rules import Right

bp = Blueprint("probe", __name__, url_prefix="/o/<org>/probe", template_folder="templates")
api = org_blueprint("probe", "probe")


class UnitSchema(ma.Schema):
    """A unit."""

    name = ma.fields.String(required=True, validate=ma.validate.Length(max=20))
    kind = ma.fields.String(load_default="class", validate=ma.validate.OneOf(["class", "grid"]))
    grade = ma.fields.Integer(allow_none=True, validate=ma.validate.Range(min=1, max=9))
    since = ma.fields.Date()
    tags = ma.fields.List(ma.fields.String())
    mood = ma.fields.String()
    agreed = ma.fields.Boolean()
    note = ma.fields.String()
    password = ma.fields.String()


class UnitOut(ma.Schema):
    """A unit as scripts see it."""

    id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)


def save(session: Any, typed: dict[str, Any]) -> Unit:
    """Stands for a use-case."""
    if typed["name"] == "撞名":
        raise Conflict("unit.taken", "已经有%(name)s了。", name=typed["name"])
    if typed["name"] == "错字":
        raise Invalid("unit.wrong", errors={"name": ["名称里有错字。"]})
    if typed["name"] == "炸":
        raise RuntimeError("a fault of ours")
    unit = Unit(name=typed["name"], kind=typed["kind"], grade=typed.get("grade"))
    session.add(unit)
    session.flush()
    return unit


def _draw(form: Form) -> str:
    with transaction() as session:
        session.scalar(select(func.count()).select_from(Unit))
        return render_template("probe/form.html", form=form)


@bp.get("/")
@access(Right.UNIT_READ)
def index(org: str) -> ResponseReturnValue:
    """The list."""
    with transaction() as session:
        return render_template("probe/list.html", page=paged(select(Unit).order_by(Unit.name), session))


@bp.get("/new")
@access(Right.UNIT_WRITE)
def new(org: str) -> ResponseReturnValue:
    """The form."""
    return _draw(Form(UnitSchema()))


@bp.post("/new")
@access(Right.UNIT_WRITE)
@once
def create(org: str) -> ResponseReturnValue:
    """Make one."""
    form = Form(UnitSchema(), again=_draw)
    with transaction() as session:
        save(session, form.load())
    return after_change(url_for(".index", org=org), saved="已保存。", undo=request.path)


@api.get("")
@api_scope("probe:read")
@api.lists(UnitOut)
def list_units(org: str) -> Any:
    """List."""
    with transaction() as session:
        return paged(select(Unit).order_by(Unit.name), session)


@api.post("")
@api_scope("probe:write")
@api.arguments(UnitSchema)
@api.response(201, UnitOut)
def make_unit(data: dict[str, Any], org: str) -> Any:
    """Make one."""
    with transaction() as session:
        return save(session, data)
