"""Pages of work plans: hand one in, read it beside what it promises, put it into force, see how it is kept."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.web import plan_words
from services.web.edge.access import access
from services.web.edge.forms import Form, after_change
from services.web.edge.idempotency import once
from services.web.edge.login import current_actor
from services.web.edge.paging import Page, asked
from services.web.edge.spoken import gettext as _
from services.web.edge.tenant import transaction
from shared.care import plan_force_usecases as force
from shared.care import plan_queries as queries
from shared.care import plan_usecases as usecases
from shared.care.load_queries import term_load
from shared.care.plan_schemas import ChoiceSchema, PlanFileSchema, PlanHeadSchema, Seen
from shared.kernel.clock import app_now
from shared.people.rules import Right

bp = Blueprint("plans", __name__, url_prefix="/o/<org>/plans")
ITEMS_A_PAGE = 10


@bp.get("/")
@access(Right.PLAN_READ)
def index(org: str) -> ResponseReturnValue:
    """All plans, the newest first."""
    actor, (page, size) = current_actor(), asked()
    with transaction() as session:
        lines, total = queries.plan_lines(session, actor, limit=size, offset=(page - 1) * size)
    shown = Page(lines, total, page, size)
    return render_template("plans/index.html", page=shown, words=plan_words, writes=actor.may(Right.PLAN_WRITE))


def _hand_in_page(form: Form) -> str:
    return render_template("plans/hand_in.html", form=form)


@bp.get("/new")
@access(Right.PLAN_WRITE)
def new(org: str) -> ResponseReturnValue:
    """Paste or choose a file."""
    return _hand_in_page(Form(PlanFileSchema()))


@bp.post("/new")
@access(Right.PLAN_WRITE)
@once
def hand_in(org: str) -> ResponseReturnValue:
    """Read it and show what it promises."""
    form = Form(PlanFileSchema(), again=_hand_in_page)
    given, upload = form.load(), request.files.get("file")
    with transaction() as session:
        common: dict[str, Any] = {"by": current_actor(), "now": app_now(session)}
        if upload and upload.filename and not given.get("text"):
            given.pop("text", None)
            plan = usecases.hand_in_file(session, upload.stream.read(), upload.filename, **given, **common)
        else:
            plan = usecases.hand_in(session, **{"text": None, **given}, **common)
    return after_change(url_for(".show", org=org, plan_id=plan.id), saved=_("读完了。请逐条看一看，勾选要执行的约定。"))


@bp.get("/<uuid:plan_id>")
@access(Right.PLAN_READ)
def show(org: str, plan_id: UUID) -> ResponseReturnValue:
    """A draft beside its document, or a plan in force and how it is kept."""
    return _plan_page(plan_id)


def _plan_page(plan_id: UUID, form: Form | None = None) -> str:
    actor = current_actor()
    with transaction() as session:
        plan = queries.plan_view(session, plan_id, actor)
        counted = plan.in_force + plan.ticked if plan.state != "off" else []
        load = term_load(session, counted, now=app_now(session))
        return render_template(
            "plans/reading.html" if plan.state == "draft" else "plans/show.html",
            plan=plan,
            page=_reading_page(queries.for_reading(plan.items)),
            load=load,
            words=plan_words,
            choices=plan_words.choices(),
            form=form or Form(Seen(), data={"version": plan.version}),
            writes=actor.may(Right.PLAN_WRITE) and plan.state != "off",
        )


def _reading_page(items: list[queries.ItemView]) -> Page[queries.ItemView]:
    """Few at a time: each has its sentence and two lists to choose from."""
    number, start = asked()[0], (asked()[0] - 1) * ITEMS_A_PAGE
    return Page(items[start : start + ITEMS_A_PAGE], len(items), number, ITEMS_A_PAGE)


def _again(form: Form) -> str:
    return _plan_page((request.view_args or {})["plan_id"], form)


@bp.get("/<uuid:plan_id>/text")
@access(Right.PLAN_READ)
def document(org: str, plan_id: UUID) -> ResponseReturnValue:
    """The whole document as it was handed in."""
    with transaction() as session:
        plan = queries.plan_view(session, plan_id, current_actor())
    return render_template("plans/text.html", plan=plan)


@bp.post("/<uuid:plan_id>/choice")
@access(Right.PLAN_WRITE)
@once
def choose(org: str, plan_id: UUID) -> ResponseReturnValue:
    """Keep the ticks of this page."""
    form = Form(ChoiceSchema(), again=_again)
    with transaction() as session:
        usecases.choose(session, plan_id, **form.load(), by=current_actor(), now=app_now(session))
    if request.form.get("then") == "activation":
        return after_change(url_for(".before_activation", org=org, plan_id=plan_id))
    return after_change(_back(org, plan_id), saved=_("勾选已保存，下面的工作量已重新计算。"))


def _back(org: str, plan_id: UUID) -> str:
    page = request.args.get("page", "1")
    return url_for(".show", org=org, plan_id=plan_id, page=page if page.isdecimal() and page != "1" else None)


def _head_page(form: Form) -> str:
    return render_template("plans/head.html", form=form, plan_id=(request.view_args or {})["plan_id"])


@bp.get("/<uuid:plan_id>/head")
@access(Right.PLAN_WRITE)
def head(org: str, plan_id: UUID) -> ResponseReturnValue:
    """Title and leading group."""
    with transaction() as session:
        plan = queries.plan_view(session, plan_id, current_actor())
    given = {"title": plan.title, "leader": plan.leader, "version": plan.version}
    return _head_page(Form(PlanHeadSchema(), data=given))


@bp.post("/<uuid:plan_id>/head")
@access(Right.PLAN_WRITE)
@once
def describe(org: str, plan_id: UUID) -> ResponseReturnValue:
    """Keep them."""
    form = Form(PlanHeadSchema(), again=_head_page)
    with transaction() as session:
        given = {"leader": None, **form.load()}
        usecases.describe(session, plan_id, **given, by=current_actor(), now=app_now(session))
    return after_change(url_for(".show", org=org, plan_id=plan_id), saved=_("已保存。"))


def _activation_page(form: Form) -> str:
    plan_id = (request.view_args or {})["plan_id"]
    with transaction() as session:
        plan = queries.plan_view(session, plan_id, current_actor())
        load = term_load(session, plan.ticked, now=app_now(session))
    return render_template("plans/activation.html", plan=plan, load=load, words=plan_words, form=form)


@bp.get("/<uuid:plan_id>/activation")
@access(Right.PLAN_WRITE)
def before_activation(org: str, plan_id: UUID) -> ResponseReturnValue:
    """What will happen."""
    return _activation_page(Form(Seen()))


@bp.post("/<uuid:plan_id>/activation")
@access(Right.PLAN_WRITE)  # not @once: a refused try is recorded, and pressing twice activates once by itself
def activate(org: str, plan_id: UUID) -> ResponseReturnValue:
    """Put the ticked items into force."""
    form, by = Form(Seen(), again=_activation_page), current_actor()
    try:
        with transaction() as session:
            force.activate(session, plan_id, **form.load(), by=by, now=app_now(session))
    except force.PeriodMissing as refused:
        with transaction() as session:
            force.note_period_missing(session, refused, by=by, now=app_now(session))
        raise
    said = _("计划已生效。任务正在生成，从下一个周期开始，会出现在各人的“今日待办”里。")
    return after_change(url_for(".show", org=org, plan_id=plan_id), saved=said)


def _end_page(form: Form) -> str:
    with transaction() as session:
        plan = queries.plan_view(session, (request.view_args or {})["plan_id"], current_actor())
    return render_template("plans/end.html", plan=plan, form=form)


@bp.get("/<uuid:plan_id>/end")
@access(Right.PLAN_WRITE)
def before_end(org: str, plan_id: UUID) -> ResponseReturnValue:
    """What switching off will do."""
    return _end_page(Form(Seen()))


@bp.post("/<uuid:plan_id>/end")
@access(Right.PLAN_WRITE)
@once
def end(org: str, plan_id: UUID) -> ResponseReturnValue:
    """Switch the whole plan off."""
    form = Form(Seen(), again=_end_page)
    with transaction() as session:
        force.switch_off(session, plan_id, **form.load(), by=current_actor(), now=app_now(session))
    return after_change(url_for(".index", org=org), saved=_("计划已停用，还没做的任务已作废，做过的记录都保留。"))
