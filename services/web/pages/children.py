"""Pages of the roll: the list and its print, a child's file, register, change, exit and come back."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.web import child_words as words
from services.web.child_page import gathered
from services.web.edge.access import access
from services.web.edge.forms import Form, after_change
from services.web.edge.idempotency import once
from services.web.edge.login import current_actor
from services.web.edge.paging import Page, asked
from services.web.edge.spoken import gettext as _
from services.web.edge.tenant import transaction
from shared.children import file_queries, roll_queries, usecases
from shared.children.roll_queries import RollFilter
from shared.children.schemas import ChildForm, ChildSchema, ExitSchema, RevealSchema
from shared.kernel.clock import app_now, local_day
from shared.kernel.together import together
from shared.people.rules import Right

bp = Blueprint("children", __name__, url_prefix="/o/<org>/children")
SIZE = 50
MOST_ON_PAPER = 2000
TICKS = ("left_behind", "key", "without_carer", "incomplete")


def _wanted() -> RollFilter:
    """The filter that the address asks for; nonsense is left out."""
    args = request.args
    try:
        unit = UUID(args.get("unit", ""))
    except ValueError:
        unit = None
    status = "exited" if args.get("status") == "exited" else "active"
    return RollFilter(q=args.get("q", ""), unit=unit, status=status, **{name: name in args for name in TICKS})


def _roll(template: str, *, limit: int, page: int) -> str:
    actor, wanted = current_actor(), _wanted()
    with transaction() as session:
        (lines, total), units = together(
            session,
            roll_queries.roll_lines.steps(session, actor, wanted, limit=limit, offset=(page - 1) * limit),
            roll_queries.units_in_scope.steps(session, actor),
        )
        today = local_day(app_now(session))
    shown = Page(lines, total, page, limit)
    return render_template(
        template, page=shown, wanted=wanted, units=units, words=words, writes=_writes(), right=Right, today=today
    )


def _writes() -> bool:
    return current_actor().may(Right.CHILD_WRITE)


@bp.get("/")
@access(Right.CHILD_READ)
def index(org: str) -> ResponseReturnValue:
    """The roll."""
    return _roll("children/index.html", limit=SIZE, page=asked()[0])


@bp.get("/print")
@access(Right.CHILD_READ)
def paper(org: str) -> ResponseReturnValue:
    """The roll on paper, as it is filtered."""
    return _roll("children/print.html", limit=MOST_ON_PAPER, page=1)


def _form_page(form: Form) -> str:
    """Draws the form of a new child, or of the child of this address."""
    actor, child_id = current_actor(), (request.view_args or {}).get("child_id")
    with transaction() as session:
        file = file_queries.child_file(session, actor, child_id) if child_id else None
        taken = None
        if "id_no" in form.errors:
            taken = roll_queries.holder_of(session, actor, form.value("id_no").replace(" ", "").upper())
        units = roll_queries.units_in_scope(session, actor)
    return render_template("children/form.html", form=form, file=file, taken=taken, units=units, words=words)


@bp.get("/new")
@access(Right.CHILD_WRITE)
def new(org: str) -> ResponseReturnValue:
    """The empty form."""
    mine = current_actor().unit_ids
    start = {"unit_id": next(iter(mine))} if len(mine) == 1 else {}
    return _form_page(Form(ChildSchema(), data=start))


@bp.post("/new")
@access(Right.CHILD_WRITE)
@once
def create(org: str) -> ResponseReturnValue:
    """Register a child."""
    form = Form(ChildSchema(), again=_form_page)
    with transaction() as session:
        child = usecases.register(session, **form.load(), by=current_actor(), now=app_now(session))
    said = _("已登记。计划启用后，答应这个孩子的事会自动列出来。")
    return after_change(url_for(".show", org=org, child_id=child.id), saved=said)


@bp.get("/<uuid:child_id>")
@access(Right.CHILD_READ)
def show(org: str, child_id: UUID) -> ResponseReturnValue:
    """A child's file."""
    with transaction() as session:
        return render_template("children/show.html", **gathered(session, current_actor(), child_id))


@bp.post("/<uuid:child_id>/id-number")
@access(Right.CHILD_WRITE)
def reveal(org: str, child_id: UUID) -> ResponseReturnValue:
    """The file with the whole number, for a reason.  Not `once`: the answer must not be kept anywhere."""
    form = Form(RevealSchema(), again=_file_page)
    with transaction() as session:
        number = usecases.reveal_number(session, child_id, **form.load(), by=current_actor())
        return render_template("children/show.html", **gathered(session, current_actor(), child_id, number=number))


def _file_page(form: Form) -> str:
    with transaction() as session:
        around = gathered(session, current_actor(), (request.view_args or {})["child_id"])
        return render_template("children/show.html", form=form, **around)


@bp.get("/<uuid:child_id>/edit")
@access(Right.CHILD_WRITE)
def edit(org: str, child_id: UUID) -> ResponseReturnValue:
    """The form with what is known; the number stays covered."""
    with transaction() as session:
        file = file_queries.child_file(session, current_actor(), child_id)
    return _form_page(Form(ChildForm(), data={**file.facts, "id_no": None}))


@bp.post("/<uuid:child_id>/edit")
@access(Right.CHILD_WRITE)
@once
def change(org: str, child_id: UUID) -> ResponseReturnValue:
    """Save the file."""
    form = Form(ChildForm(), again=_form_page)
    with transaction() as session:
        child = usecases.change(session, child_id, **form.load(), by=current_actor(), now=app_now(session))
        file = file_queries.child_file(session, current_actor(), child.id)
    return after_change(url_for(".show", org=org, child_id=child_id), saved=_saved(list(file.missing)))


def _saved(left: list[str]) -> str:
    if not left:
        return _("已保存，这份档案齐全了。")
    return _("已保存。还缺：%(what)s。", what=words.missing(left))


def _exit_page(form: Form) -> str:
    with transaction() as session:
        file = file_queries.child_file(session, current_actor(), (request.view_args or {})["child_id"])
        today = local_day(app_now(session))
    return render_template("children/exit.html", form=form, file=file, words=words, today=today)


@bp.get("/<uuid:child_id>/exit")
@access(Right.CHILD_WRITE)
def leaving(org: str, child_id: UUID) -> ResponseReturnValue:
    """Why, and since when."""
    return _exit_page(Form(ExitSchema()))


@bp.post("/<uuid:child_id>/exit")
@access(Right.CHILD_WRITE)
@once
def leave(org: str, child_id: UUID) -> ResponseReturnValue:
    """Take the child off the roll."""
    form = Form(ExitSchema(), again=_exit_page)
    with transaction() as session:
        child = usecases.exit_child(session, child_id, **form.load(), by=current_actor(), now=app_now(session))
    said = _("%(name)s已退出名册，没做完的事不再提醒。档案还在，可以恢复。", name=child.name)
    here = url_for(".show", org=org, child_id=child_id)
    return after_change(here, saved=said, undo=url_for(".come_back", org=org, child_id=child_id))


@bp.post("/<uuid:child_id>/return")
@access(Right.CHILD_WRITE)
@once
def come_back(org: str, child_id: UUID) -> ResponseReturnValue:
    """Take an exit back."""
    with transaction() as session:
        child = usecases.come_back(session, child_id, by=current_actor(), now=app_now(session))
    said = _("%(name)s已恢复在册，答应的事从现在起重新排。", name=child.name)
    return after_change(url_for(".show", org=org, child_id=child_id), saved=said)
