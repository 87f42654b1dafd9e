"""Settings of the organisation: term dates."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, g, render_template, url_for
from flask.typing import ResponseReturnValue

from services.web.edge.access import access
from services.web.edge.forms import Form, after_change
from services.web.edge.idempotency import once
from services.web.edge.login import current_actor
from services.web.edge.spoken import gettext as _
from services.web.edge.tenant import transaction
from shared.kernel.errors import NotFound
from shared.organisations import queries
from shared.organisations import term_usecases as usecases
from shared.organisations.rules import Kind
from shared.organisations.schemas import TermSchema
from shared.people.rules import Right

bp = Blueprint("settings", __name__, url_prefix="/o/<org>/settings")


@bp.get("/")
@access(Right.TERM_WRITE)
def index(org: str) -> ResponseReturnValue:
    """Term dates; without own ones the county's are shown."""
    with transaction() as session:
        terms = queries.terms(session)
    own = g.organisation.kind == Kind.COUNTY or not any(term.of_county for term in terms)
    return render_template("settings/terms.html", terms=terms, own=own)


def _form_page(form: Form) -> str:
    return render_template("settings/term.html", form=form)


@bp.get("/terms/new")
@access(Right.TERM_WRITE)
def new_term(org: str) -> ResponseReturnValue:
    """The empty form."""
    return _form_page(Form(TermSchema()))


@bp.post("/terms/new")
@access(Right.TERM_WRITE)
@once
def add_term(org: str) -> ResponseReturnValue:
    """Add a term."""
    form = Form(TermSchema(), again=_form_page)
    with transaction() as session:
        usecases.set_term(session, **form.load(), by=current_actor())
    return after_change(url_for(".index", org=org), saved=_("学期已保存，以后的待办按这个日期排。"))


@bp.get("/terms/<uuid:term_id>")
@access(Right.TERM_WRITE)
def edit_term(org: str, term_id: UUID) -> ResponseReturnValue:
    """A term to change."""
    with transaction() as session:
        found = next((term for term in queries.own_terms(session) if term.id == term_id), None)
    if found is None:
        raise NotFound("term.not_found")
    days = {"name": found.name, "starts_on": found.starts_on, "ends_on": found.ends_on}
    return _form_page(Form(TermSchema(), data=days))


@bp.post("/terms/<uuid:term_id>")
@access(Right.TERM_WRITE)
@once
def change_term(org: str, term_id: UUID) -> ResponseReturnValue:
    """Change a term."""
    form = Form(TermSchema(), again=_form_page)
    with transaction() as session:
        usecases.set_term(session, **form.load(), term_id=term_id, by=current_actor())
    return after_change(url_for(".index", org=org), saved=_("学期已保存，以后的待办按这个日期排。"))


@bp.post("/terms/<uuid:term_id>/remove")
@access(Right.TERM_WRITE)
@once
def remove_term(org: str, term_id: UUID) -> ResponseReturnValue:
    """Take a term out."""
    with transaction() as session:
        usecases.remove_term(session, term_id, by=current_actor())
    return after_change(url_for(".index", org=org), saved=_("学期已删除。"))
