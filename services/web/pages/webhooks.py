"""Addresses of other systems that hear of events: what is registered, a new one, its secret once, and its letters."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from services.web import webhook_words
from services.web.edge.access import access
from services.web.edge.forms import Form, after_change
from services.web.edge.idempotency import once, repeat_leads_to
from services.web.edge.login import current_actor
from services.web.edge.paging import paged
from services.web.edge.spoken import gettext as _
from services.web.edge.spoken import ngettext
from services.web.edge.tenant import transaction
from shared.kernel.clock import app_now, db_now
from shared.notifications import webhook_queries as queries
from shared.notifications import webhook_usecases as usecases
from shared.notifications.schemas import WebhookSchema
from shared.notifications.webhook_rules import TOLD
from shared.people.rules import Right

bp = Blueprint("webhooks", __name__, url_prefix="/o/<org>/webhooks")


@bp.get("/")
@access(Right.API_KEY_WRITE)
def index(org: str) -> ResponseReturnValue:
    """Those in use, and those that ended."""
    with transaction() as session:
        page = paged(queries.webhooks(), session)
        page = replace(page, items=queries.views(session, page.items))
    return render_template("webhooks/index.html", page=page, words=webhook_words)


def _form_page(form: Form) -> str:
    offered = [(name, _(told.title), name) for name, told in TOLD.items()]
    return render_template("webhooks/new.html", form=form, offered=offered)


@bp.get("/new")
@access(Right.API_KEY_WRITE)
def new(org: str) -> ResponseReturnValue:
    """The empty form."""
    return _form_page(Form(WebhookSchema()))


@bp.post("/new")
@access(Right.API_KEY_WRITE)
@once
def register(org: str) -> ResponseReturnValue:
    """Register an address and show its secret, this once."""
    form = Form(WebhookSchema(), again=_form_page)
    with transaction() as session:
        webhook, secret = usecases.register(session, **form.load(), by=current_actor())
    place = url_for(".show", org=org, webhook_id=webhook.id)
    repeat_leads_to(place, saying=_("推送地址已经添加，签名密钥只显示一次。没有抄下的话，请停用它，再加一个。"))
    return render_template("webhooks/registered.html", webhook=webhook, secret=secret)


@bp.get("/<uuid:webhook_id>")
@access(Right.API_KEY_WRITE)
def show(org: str, webhook_id: UUID) -> ResponseReturnValue:
    """One address and its latest letters."""
    with transaction() as session:
        webhook = queries.view(session, webhook_id)
        letters = queries.letters(session, webhook_id)
    return render_template("webhooks/show.html", webhook=webhook, letters=letters, words=webhook_words)


@bp.post("/<uuid:webhook_id>/trial")
@access(Right.API_KEY_WRITE)
@once
def trial(org: str, webhook_id: UUID) -> ResponseReturnValue:
    """Send a trial letter."""
    with transaction() as session:
        usecases.try_out(session, webhook_id, by=current_actor(), now=app_now(session))
    return after_change(url_for(".show", org=org, webhook_id=webhook_id), saved=_("已发出一封试发，几秒后刷新看结果。"))


@bp.post("/<uuid:webhook_id>/resume")
@access(Right.API_KEY_WRITE)
@once
def resume(org: str, webhook_id: UUID) -> ResponseReturnValue:
    """Post again: what waited, and what had failed."""
    with transaction() as session:
        number = usecases.resume(session, webhook_id, by=current_actor(), now=app_now(session))
    saved = ngettext("已恢复，%(num)d 封重新排队。", "已恢复，%(num)d 封重新排队。", number)
    return after_change(url_for(".show", org=org, webhook_id=webhook_id), saved=saved)


@bp.post("/<uuid:webhook_id>/end")
@access(Right.API_KEY_WRITE)
@once
def end(org: str, webhook_id: UUID) -> ResponseReturnValue:
    """End one."""
    with transaction() as session:
        usecases.end(session, webhook_id, by=current_actor(), now=db_now(session))
    return after_change(url_for(".index", org=org), saved=_("推送地址已停用，不再向它发任何事件。"))
