"""Classes and their teachers; in villages and communities groups, grids and who looks after them."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.web import titles
from services.web.edge.access import access
from services.web.edge.forms import Form, after_change
from services.web.edge.idempotency import once
from services.web.edge.login import current_actor
from services.web.edge.spoken import gettext as _
from services.web.edge.spoken import ngettext
from services.web.edge.tenant import transaction
from shared.kernel.clock import app_now
from shared.kernel.database import load
from shared.organisations import unit_usecases as usecases
from shared.organisations.models import Unit
from shared.organisations.schemas import UnitHeadSchema, UnitNameSchema, UnitsSchema
from shared.people import queries
from shared.people.rules import HEAD_OF_UNIT, Right
from shared.people.usecases import assign_head

bp = Blueprint("units", __name__, url_prefix="/o/<org>/units")


class UnitForm(UnitNameSchema, UnitHeadSchema):
    """Name and head on one page."""


def _kind() -> str:
    return usecases.UNIT_OF_KIND[g.organisation.kind]


@bp.get("/")
@access(Right.UNIT_READ)
def index(org: str) -> ResponseReturnValue:
    """All units and who looks after them."""
    with transaction() as session:
        units = [unit for unit in queries.units(session) if unit.kind != "grade"]
    return render_template(
        "units/index.html",
        units=units,
        open=sum(unit.head_id is None for unit in units),
        writes=current_actor().may(Right.UNIT_WRITE),
        kind=_kind(),
        titles=titles,
        head_role=HEAD_OF_UNIT.get(_kind()),
    )


def _add_page(form: Form) -> str:
    return render_template("units/add.html", form=form, kind=_kind(), titles=titles)


@bp.get("/add")
@access(Right.UNIT_WRITE)
def new(org: str) -> ResponseReturnValue:
    """The empty list."""
    return _add_page(Form(UnitsSchema()))


@bp.post("/add")
@access(Right.UNIT_WRITE)
@once
def add(org: str) -> ResponseReturnValue:
    """Add a pasted list."""
    form = Form(UnitsSchema(), again=_add_page)
    with transaction() as session:
        added = usecases.add_units(session, **form.load(), by=current_actor())
    said = ngettext("已添加 %(num)s 个。", "已添加 %(num)s 个。", added) if added else _("这些名称都已经有了。")
    return after_change(url_for(".index", org=org), saved=said)


def _unit_page(form: Form) -> str:
    with transaction() as session:
        unit = load(session, Unit, (request.view_args or {})["unit_id"])
        members = queries.member_choices(session)
    head_role = HEAD_OF_UNIT.get(unit.kind)
    return render_template("units/show.html", form=form, unit=unit, members=members, head_role=head_role, titles=titles)


@bp.get("/<uuid:unit_id>")
@access(Right.UNIT_WRITE)
def show(org: str, unit_id: UUID) -> ResponseReturnValue:
    """One unit."""
    with transaction() as session:
        unit = load(session, Unit, unit_id)
    return _unit_page(Form(UnitForm(), data={"name": unit.name, "head_id": unit.head_id}))


@bp.post("/<uuid:unit_id>")
@access(Right.UNIT_WRITE)
@once
def change(org: str, unit_id: UUID) -> ResponseReturnValue:
    """Rename it, and say who looks after it."""
    form = Form(UnitForm(), again=_unit_page)
    typed = form.load()
    with transaction() as session:
        by, now = current_actor(), app_now(session)
        usecases.rename_unit(session, unit_id, name=typed["name"], by=by)
        assign_head(session, unit_id, head_id=typed["head_id"], by=by, now=now)
    return after_change(url_for(".index", org=org), saved=_("已保存，负责人马上能看到这里的儿童。"))


@bp.post("/<uuid:unit_id>/remove")
@access(Right.UNIT_WRITE)
@once
def remove(org: str, unit_id: UUID) -> ResponseReturnValue:
    """Remove one that was entered by mistake."""
    with transaction() as session:
        usecases.remove_unit(session, unit_id, by=current_actor())
    return after_change(url_for(".index", org=org), saved=_("已删除。"))
