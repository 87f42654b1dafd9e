"""An organisation asks to join: the form, and the page on which it sees the county's decision."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from services.web import titles
from services.web.edge.access import public
from services.web.edge.forms import Form, after_change
from services.web.edge.idempotency import once
from services.web.edge.limits import SIGN_UP, limiter
from services.web.edge.spoken import gettext as _
from services.web.edge.tenant import bound_to, organisation_of, short, unbound
from shared.kernel.clock import app_now
from shared.kernel.errors import N_, Invalid, NotFound
from shared.organisations import queries, usecases
from shared.organisations.models import Application, Organisation
from shared.organisations.rules import Kind
from shared.organisations.schemas import ApplicationSchema, PhoneCheckSchema
from shared.people import founding

bp = Blueprint("sign_up", __name__, url_prefix="/sign-up")
OTHER_PHONE = N_("和申请时填的手机号不一样。")
KEPT = ("kind", "bureau_kind", "name", "area_id", "contact_name")


@contextmanager
def _at_county(slug: str) -> Iterator[tuple[Session, Organisation]]:
    """A transaction at the county office that takes the request.  Raises NotFound."""
    with short() as session:
        office = organisation_of(session, slug)
    if office is None or office.kind != Kind.COUNTY:
        raise NotFound("county.not_found")
    with bound_to(office.id) as session:
        yield session, office


@bp.get("")
@public
def start() -> ResponseReturnValue:
    """Choose the county; with only one, straight on."""
    with unbound() as session:
        counties = queries.counties(session)
    if len(counties) == 1:
        return redirect(url_for(".new", county=counties[0].slug), 303)
    return render_template("sign_up/counties.html", counties=counties)


def _form_page(form: Form) -> str:
    with _at_county((request.view_args or {})["county"]) as (session, office):
        tree = queries.areas_of_own_county(session)
    areas = [(str(node.id), "　" * node.depth + node.name) for node in tree]
    return render_template("sign_up/form.html", form=form, office=office, areas=areas, titles=titles)


@bp.get("/<county>")
@public
def new(county: str) -> ResponseReturnValue:
    """The form; `?again=` carries a refused request on, so that nothing is typed twice."""
    data = {}
    if token := request.args.get("again"):
        with _at_county(county) as (session, _office):
            before = usecases.application_of_token(session, token)
        data = {name: getattr(before, name) for name in KEPT}
    return _form_page(Form(ApplicationSchema(), data=data))


@bp.post("/<county>")
@public
@limiter.limit(SIGN_UP)
@once
def apply(county: str) -> ResponseReturnValue:
    """Hand the request in."""
    form = Form(ApplicationSchema(), again=_form_page)
    with _at_county(county) as (session, _office):
        _application, token = usecases.apply(session, **form.load(), now=app_now(session))
    saved = _("申请已提交，县里会尽快办理。请收藏这个页面，办理结果会显示在这里。")
    return after_change(url_for(".status", county=county, token=token), saved=saved)


def _status_page(form: Form, link: str | None = None) -> str:
    arguments = request.view_args or {}
    with _at_county(arguments["county"]) as (session, office):
        application = usecases.application_of_token(session, arguments["token"])
        waiting = founding.link_of(session, application) is not None
    return render_template(
        "sign_up/status.html",
        form=form,
        office=office,
        application=application,
        waiting=waiting,
        link=link,
        titles=titles,
    )


@bp.get("/<county>/status/<token>")
@public
def status(county: str, token: str) -> ResponseReturnValue:
    """Where the request stands."""
    return _status_page(Form(PhoneCheckSchema()))


@bp.post("/<county>/status/<token>")
@public
@limiter.limit(SIGN_UP)
def show_link(county: str, token: str) -> ResponseReturnValue:
    """The first administrator's link, for whoever knows the number of the request."""
    form = Form(PhoneCheckSchema(), again=_status_page)
    typed = form.load()
    with _at_county(county) as (session, _office):
        application = usecases.application_of_token(session, token)
        _check_phone(application, typed["contact_phone"])
        link = founding.link_of(session, application)
    return _status_page(form, link)


def _check_phone(application: Application, typed: str) -> None:
    if application.contact_phone != typed:
        raise Invalid("application.phone", errors={"contact_phone": [OTHER_PHONE]})
