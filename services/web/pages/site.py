"""The county site: front page, language and print switches, help, and what machines ask (health, metrics)."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, g, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select, update

from services.web import health
from services.web.edge.access import public
from services.web.edge.locale import LANGUAGE_COOKIE, LANGUAGES, PRINT_COOKIE, remember
from services.web.edge.place import local_path
from services.web.edge.tenant import unbound
from shared.organisations.models import Area
from shared.people.models import Person

bp = Blueprint("site", __name__)

COUNTIES_NAMED = 3  # of a site that a city runs for its counties


@bp.get("/")
@public
def front() -> ResponseReturnValue:
    """What this site is, the way in, and the way to join."""
    with unbound() as session:
        served = select(Area.name).where(Area.kind == "county").order_by(Area.name).limit(COUNTIES_NAMED + 1)
        counties = session.scalars(served).all()
    return render_template(
        "site/front.html",
        counties=counties[:COUNTIES_NAMED],
        more_counties=len(counties) > COUNTIES_NAMED,
        can_sign_up="sign_up.start" in current_app.view_functions,
    )


@bp.get("/help")
@public
def helping() -> ResponseReturnValue:
    """Help, complaints and suggestions: the same place on every page."""
    return render_template("site/help.html")


@bp.post("/language")
@public
def language() -> ResponseReturnValue:
    """Switch the language and go back."""
    chosen = request.form.get("language", "")
    answer = _back()
    if chosen in LANGUAGES:
        remember(answer, LANGUAGE_COOKIE, chosen)
        _keep(language=chosen)
    return answer


@bp.post("/print-size")
@public
def print_size() -> ResponseReturnValue:
    """Switch large print on or off and go back."""
    large = request.form.get("size") == "large"
    answer = _back()
    remember(answer, PRINT_COOKIE, "large" if large else "normal")
    _keep(large_print=large)
    return answer


def _back() -> Response:
    answer = redirect(local_path(request.form.get("next"), "/"), 303)
    assert isinstance(answer, Response)
    return answer


def _keep(**choice: object) -> None:
    """With the person too, so that the next device knows it."""
    if not current_user.is_authenticated:
        return
    with unbound() as session:
        session.execute(update(Person).where(Person.id == current_user.person.id).values(**choice))


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """This process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Database and migrations; without Redis degraded, but ready: Redis is a bell."""
    found = health.look(current_app)
    return jsonify(found.as_json()), 200 if found.ready else 503


@bp.get("/metrics")
@public
def metrics() -> ResponseReturnValue:
    """Prometheus figures, here only where no port of their own is set."""
    if current_app.config[health.METRICS_PORT]:
        g.organisation = None
        return Response("served at its own port\n", 404, mimetype="text/plain")
    return Response(health.figures(), content_type=health.CONTENT_TYPE)


@bp.get("/favicon.ico")
@public
def favicon() -> ResponseReturnValue:
    """Browsers ask for it unasked."""
    return redirect(current_app.jinja_env.globals["asset"]("icon.svg"), 301)  # type: ignore[operator]


@bp.get("/robots.txt")
@public
def robots() -> ResponseReturnValue:
    """Nothing here is for search engines but the front page."""
    return Response("User-agent: *\nAllow: /$\nDisallow: /\n", mimetype="text/plain")
