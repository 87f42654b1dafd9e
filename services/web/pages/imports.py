"""Pages of the roster import: upload, preview, confirm or withdraw, and what was imported before."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, g, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from services.web import child_words as words
from services.web import roster_upload
from services.web.edge.access import access
from services.web.edge.forms import Form, after_change
from services.web.edge.idempotency import once
from services.web.edge.login import current_actor
from services.web.edge.paging import SIZE as HISTORY
from services.web.edge.paging import Page, asked
from services.web.edge.spoken import gettext as _
from services.web.edge.tenant import transaction, unbound
from shared.children import import_queries as queries
from shared.children import import_usecases as usecases
from shared.children.failed_rows import failed_workbook
from shared.children.roster import template
from shared.kernel.clock import app_now
from shared.kernel.errors import NotFound
from shared.people.rules import Right

bp = Blueprint("imports", __name__, url_prefix="/o/<org>/imports")
SIZE = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _upload_page(form: Form) -> str:
    page, _size = asked()
    with transaction() as session:
        found, total = queries.imports(session, current_actor(), limit=HISTORY, offset=(page - 1) * HISTORY)
    kind = usecases.ROSTER_KINDS.get(g.organisation.kind)
    shown = Page(found, total, page, HISTORY)
    return render_template("imports/index.html", form=form, page=shown, kind=kind, words=words)


@bp.get("/")
@access(Right.ROSTER_IMPORT)
def index(org: str) -> ResponseReturnValue:
    """Template, upload, and what was imported before."""
    return _upload_page(Form(roster_upload.UploadForm()))


@bp.post("/")
@access(Right.ROSTER_IMPORT)
@once
def upload(org: str) -> ResponseReturnValue:
    """Read the file and keep what it would do."""
    form = Form(roster_upload.UploadForm(), again=_upload_page)
    typed = form.load()
    with unbound() as session:  # reading takes a while: no transaction waits for it
        now = app_now(session)
    reading, data = roster_upload.read(typed["file"], as_of=typed.get("as_of"), by=current_actor(), now=now)
    with transaction() as session:
        held = usecases.stage(session, reading, data=data, by=current_actor(), now=now)
    return after_change(url_for(".show", org=org, import_id=held.id))


@bp.get("/template.xlsx")
@access(Right.ROSTER_IMPORT)
def empty(org: str) -> ResponseReturnValue:
    """An empty roster to fill in."""
    kind = usecases.ROSTER_KINDS.get(g.organisation.kind)
    if kind is None:
        raise NotFound
    return _download(template.build(kind), _("儿童名单模板"))


def _download(data: bytes, name: str) -> ResponseReturnValue:
    return send_file(io.BytesIO(data), mimetype=XLSX, as_attachment=True, download_name=f"{name}.xlsx")


@bp.get("/<uuid:import_id>")
@access(Right.ROSTER_IMPORT)
def show(org: str, import_id: UUID) -> ResponseReturnValue:
    """What the roster would do, or did."""
    with transaction() as session:
        now = app_now(session)
        held = queries.import_view(session, current_actor(), import_id)
        shown = _chosen(held)
        page = _rows(session, held, shown) if held.rows_kept(now) else None
    return render_template("imports/show.html", held=held, show=shown, page=page, words=words)


def _chosen(held: queries.ImportView) -> str:
    """The tab that was asked for, else the first that wants a look."""
    wanted = request.args.get("show")
    if wanted in queries.SHOWS:
        return str(wanted)
    order = ("wrong", "warned", "new", "updated", "absent", "unchanged")
    return next((show for show in order if held.counts.get(show)), "new")


def _rows(session: Any, held: queries.ImportView, show: str) -> Page[Any]:
    page, actor = asked()[0], current_actor()
    found: Sequence[Any]
    where = {"limit": SIZE, "offset": (page - 1) * SIZE}
    if show == "wrong":
        found, total = queries.mistakes(session, actor, held.id, **where)
    elif show == "absent":
        found, total = queries.absent(session, actor, held.id, **where)
    else:
        found, total = queries.preview(session, actor, held.id, show=show, **where)
    return Page(found, total, page, SIZE)


@bp.get("/<uuid:import_id>/failed.xlsx")
@access(Right.ROSTER_IMPORT)
def failed(org: str, import_id: UUID) -> ResponseReturnValue:
    """The rows that were not taken in, to mend and hand in again."""
    with transaction() as session:
        data = failed_workbook(session, import_id, by=current_actor())
    return _download(data, _("没有导入的行"))


@bp.post("/<uuid:import_id>/confirm")
@access(Right.ROSTER_IMPORT)
@once
def confirm(org: str, import_id: UUID) -> ResponseReturnValue:
    """Write it to the roll; twice is once."""
    with transaction() as session:
        held = usecases.confirm(session, import_id, by=current_actor(), now=app_now(session))
    counts = {name: held.counts[name] for name in ("new", "updated", "unchanged")}
    said = _("已导入：新增 %(new)s 名，更新 %(updated)s 名，%(unchanged)s 名没有变化。", **counts)
    return after_change(url_for(".show", org=org, import_id=import_id), saved=said)


@bp.post("/<uuid:import_id>/withdraw")
@access(Right.ROSTER_IMPORT)
@once
def withdraw(org: str, import_id: UUID) -> ResponseReturnValue:
    """Drop it; nothing was written."""
    with transaction() as session:
        usecases.withdraw(session, import_id, by=current_actor())
    return after_change(url_for(".index", org=org), saved=_("已撤回，名册没有任何变化。"))
