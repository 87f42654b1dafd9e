"""Pages of single promises of a plan: correct, decide when and by whom, add, remove, switch off."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.web import plan_words
from services.web.edge.access import access
from services.web.edge.forms import Form, after_change
from services.web.edge.idempotency import once
from services.web.edge.login import current_actor
from services.web.edge.spoken import gettext as _
from services.web.edge.tenant import transaction
from shared.care import plan_force_usecases as force
from shared.care import plan_queries as queries
from shared.care import plan_usecases as usecases
from shared.care.plan_dates import type_date
from shared.care.plan_rules import default_grace
from shared.care.plan_schemas import DecisionSchema, ItemFormSchema, Seen
from shared.kernel.clock import app_now
from shared.people.rules import Right

bp = Blueprint("plan_items", __name__, url_prefix="/o/<org>/plans")
COPIED = (
    *("title", "subject", "child_filter", "kind", "period", "times"),
    *("min_quantity", "doer_role", "grace_days", "holiday"),
)


def _item_page(form: Form) -> str:
    """The whole form of an item, with the sentence it comes from."""
    with transaction() as session:
        item, plan = queries.item_view(session, (request.view_args or {})["item_id"], current_actor())
    return render_template(
        "plans/item.html", form=form, item=item, plan=plan, words=plan_words, choices=plan_words.choices()
    )


@bp.get("/items/<uuid:item_id>")
@access(Right.PLAN_WRITE)
def edit(org: str, item_id: UUID) -> ResponseReturnValue:
    """The form of one item."""
    with transaction() as session:
        item, plan = queries.item_view(session, item_id, current_actor())
    given = {name: getattr(item, name) for name in COPIED}
    days = "、".join(type_date(code) for code in item.dates)
    return _item_page(Form(ItemFormSchema(), data={**given, "dates": days, "version": plan.version}))


@bp.post("/items/<uuid:item_id>")
@access(Right.PLAN_WRITE)
@once
def correct(org: str, item_id: UUID) -> ResponseReturnValue:
    """Keep the corrected item."""
    form = Form(ItemFormSchema(), again=_item_page)
    with transaction() as session:
        given = {"doer_role": None, **form.load()}
        item = usecases.correct(session, item_id, **given, by=current_actor(), now=app_now(session))
    return after_change(url_for("plans.show", org=org, plan_id=item.plan_id), saved=_("已改好，工作量已重新计算。"))


@bp.post("/items/<uuid:item_id>/decision")
@access(Right.PLAN_WRITE)
@once
def decide(org: str, item_id: UUID) -> ResponseReturnValue:
    """When and by whom, in one line beside the sentence; the item is ticked with it."""
    form = Form(DecisionSchema(), again=_decision_page)
    with transaction() as session:
        item = usecases.decide(session, item_id, **form.load(), by=current_actor(), now=app_now(session))
    said = _("已定下并勾选。下次“生效”时开始执行。")
    return after_change(url_for("plans.show", org=org, plan_id=item.plan_id), saved=said)


def _decision_page(form: Form) -> str:
    with transaction() as session:
        item, plan = queries.item_view(session, (request.view_args or {})["item_id"], current_actor())
    return render_template(
        "plans/decision.html", form=form, item=item, plan=plan, words=plan_words, choices=plan_words.choices()
    )


@bp.get("/items/<uuid:item_id>/decision")
@access(Right.PLAN_WRITE)
def undecided(org: str, item_id: UUID) -> ResponseReturnValue:
    """The same as a page of its own."""
    with transaction() as session:
        item, plan = queries.item_view(session, item_id, current_actor())
    days = "、".join(type_date(code) for code in item.dates)
    given = {"period": item.period, "dates": days, "doer_role": item.doer_role, "version": plan.version}
    return _decision_page(Form(DecisionSchema(), data=given))


def _new_page(form: Form) -> str:
    with transaction() as session:
        plan = queries.plan_view(session, (request.view_args or {})["plan_id"], current_actor())
    return render_template("plans/item.html", form=form, item=None, plan=plan, choices=plan_words.choices())


@bp.get("/<uuid:plan_id>/items/new")
@access(Right.PLAN_WRITE)
def new(org: str, plan_id: UUID) -> ResponseReturnValue:
    """The empty form of an own item."""
    with transaction() as session:
        version = queries.plan_view(session, plan_id, current_actor()).version
    usual = {"subject": "child", "child_filter": "all", "period": "monthly", "times": 1}
    return _new_page(Form(ItemFormSchema(), data={**usual, "grace_days": default_grace("monthly"), "version": version}))


@bp.post("/<uuid:plan_id>/items/new")
@access(Right.PLAN_WRITE)
@once
def add(org: str, plan_id: UUID) -> ResponseReturnValue:
    """Add it, ticked."""
    form = Form(ItemFormSchema(), again=_new_page)
    with transaction() as session:
        usecases.add_item(session, plan_id, **form.load(), by=current_actor(), now=app_now(session))
    return after_change(url_for("plans.show", org=org, plan_id=plan_id), saved=_("已添加，排在最后，已勾选。"))


@bp.post("/items/<uuid:item_id>/removal")
@access(Right.PLAN_WRITE)
@once
def remove(org: str, item_id: UUID) -> ResponseReturnValue:
    """Take it off the plan."""
    form = Form(Seen())
    with transaction() as session:
        plan_id = usecases.remove(session, item_id, **form.load(), by=current_actor(), now=app_now(session))
    return after_change(url_for("plans.show", org=org, plan_id=plan_id), saved=_("已删掉这一条，原文不变。"))


@bp.post("/items/<uuid:item_id>/end")
@access(Right.PLAN_WRITE)
@once
def end(org: str, item_id: UUID) -> ResponseReturnValue:
    """Switch one item off."""
    form = Form(Seen())
    with transaction() as session:
        item = force.switch_off_item(session, item_id, **form.load(), by=current_actor(), now=app_now(session))
    said = _("已停用这一条，还没做的任务已作废，做过的记录都保留。")
    return after_change(url_for("plans.show", org=org, plan_id=item.plan_id), saved=said)
