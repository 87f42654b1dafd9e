"""Keys for scripts: what is issued, a new one, the one time it is shown, and its end."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, g, render_template, url_for
from flask.typing import ResponseReturnValue

from services.web.edge.access import access
from services.web.edge.forms import Form, after_change
from services.web.edge.idempotency import once, repeat_leads_to
from services.web.edge.login import current_actor
from services.web.edge.paging import paged
from services.web.edge.spoken import gettext as _
from services.web.edge.tenant import transaction
from shared.kernel.clock import db_now
from shared.people import key_queries as queries
from shared.people import key_usecases as usecases
from shared.people.key_rules import SCOPES, scopes_of
from shared.people.rules import Right
from shared.people.schemas import KeySchema

bp = Blueprint("keys", __name__, url_prefix="/o/<org>/keys")


@bp.get("/")
@access(Right.API_KEY_WRITE)
def index(org: str) -> ResponseReturnValue:
    """Those in use, and those that ended."""
    with transaction() as session:
        page = paged(queries.keys(), session, scalars=False)
    return render_template("keys/index.html", page=page, scopes=SCOPES)


def _form_page(form: Form) -> str:
    offered = [(code, _(SCOPES[code].words), code) for code in scopes_of(g.organisation.kind)]
    return render_template("keys/new.html", form=form, offered=offered)


@bp.get("/new")
@access(Right.API_KEY_WRITE)
def new(org: str) -> ResponseReturnValue:
    """The empty form."""
    return _form_page(Form(KeySchema()))


@bp.post("/new")
@access(Right.API_KEY_WRITE)
@once
def issue(org: str) -> ResponseReturnValue:
    """Issue a key and show it, this once."""
    form = Form(KeySchema(), again=_form_page)
    with transaction() as session:
        key, secret = usecases.issue(session, **form.load(), by=current_actor())
    again = _("密钥已经生成，只显示一次。没有抄下的话，请停用它，再发一个。")
    repeat_leads_to(url_for(".index", org=org), saying=again)
    return render_template("keys/issued.html", key=key, secret=secret)


@bp.post("/<uuid:key_id>/end")
@access(Right.API_KEY_WRITE)
@once
def end(org: str, key_id: UUID) -> ResponseReturnValue:
    """End one."""
    with transaction() as session:
        key = usecases.end(session, key_id, by=current_actor(), now=db_now(session))
    return after_change(url_for(".index", org=org), saved=_("“%(name)s”已停用，用它的程序马上进不来。", name=key.name))
