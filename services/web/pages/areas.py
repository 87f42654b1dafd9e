"""The county's tree of townships, villages and communities."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from services.web import titles
from services.web.edge.access import access
from services.web.edge.forms import Form, after_change
from services.web.edge.idempotency import once
from services.web.edge.login import current_actor
from services.web.edge.spoken import gettext as _
from services.web.edge.spoken import ngettext
from services.web.edge.tenant import transaction
from shared.organisations import queries, usecases
from shared.organisations.rules import AREAS_BELOW, AreaKind
from shared.organisations.schemas import AreasSchema
from shared.people.rules import Right

bp = Blueprint("areas", __name__, url_prefix="/o/<org>/areas")


def _page(form: Form) -> str:
    with transaction() as session:
        tree = queries.areas_of_own_county(session)
    parents = [(str(node.id), "　" * node.depth + node.name) for node in tree if AREAS_BELOW[AreaKind(node.kind)]]
    return render_template("areas/index.html", form=form, tree=tree, parents=parents, titles=titles)


@bp.get("/")
@access(Right.AREA_WRITE)
def index(org: str) -> ResponseReturnValue:
    """The tree, and the form that adds to it."""
    return _page(Form(AreasSchema()))


@bp.post("/")
@access(Right.AREA_WRITE)
@once
def add(org: str) -> ResponseReturnValue:
    """Add a pasted list."""
    form = Form(AreasSchema(), again=_page)
    with transaction() as session:
        added = usecases.add_areas(session, **form.load(), by=current_actor())
    said = ngettext("已添加 %(num)s 个。", "已添加 %(num)s 个。", added) if added else _("这些地方都已经有了。")
    return after_change(url_for(".index", org=org), saved=said)
