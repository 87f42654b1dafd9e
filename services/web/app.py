"""The web application, put together in one place; nothing connects before the first request."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from importlib import import_module

from flask import Blueprint, Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from shared.bootstrap import House
from shared.kernel.settings import Settings

from . import health
from .assets import init_assets
from .catalogue import compile_if_older
from .db import init_db
from .edge import place
from .edge.access import refuse_undeclared
from .edge.api import Resource, init_api
from .edge.csrf import init_csrf
from .edge.errors import init_errors
from .edge.headers import init_headers
from .edge.limits import init_limits
from .edge.locale import init_locale
from .edge.login import init_login
from .edge.tenant import INFO
from .edge.view import init_view

# The rooms: services/web/pages/<name>.py and services/web/api/<name>.py, each with a blueprint `bp`.
PAGES: tuple[str, ...] = (
    "site",
    "account",
    "more",
    "api_docs",
    "sign_up",
    "joining",
    "applications",
    "areas",
    "members",
    "units",
    "settings",
    "keys",
    "webhooks",
    "board",
    "today",
    "records",
    "excuses",
    "pairings",
    "children",
    "imports",
    "plans",
    "plan_items",
    "inbox",
    "escalations",
    "incidents",
    "deliveries",
    "parked",
)
APIS: tuple[str, ...] = (
    "organisations",
    "members",
    "units",
    "area_orgs",
    "rollups",
    "children",
    "imports",
    "incidents",
    "deliveries",
    "inbox",
    "records",
    "pairings",
    "plans",
    "plan_items",
    "occurrences",
)

LARGEST_REQUEST = 12 * 1024 * 1024  # bytes: a spreadsheet or a photo as phones make them
LARGEST_FORM = 1024 * 1024


def create_app(house: House, *, pages: Sequence[Blueprint] = (), apis: Sequence[Resource] = ()) -> Flask:
    """The application over this house; `pages` and `apis` are rooms of tests, beside our own.

    Raises Undeclared when a route does not say who may call it.
    """
    settings = house.settings
    https = settings.public_url.startswith("https://")
    app = Flask(__name__, static_folder=None)
    _configure(app, settings, https=https)
    app.extensions[INFO] = dict(house.info)
    compile_if_older()
    init_db(app, settings)
    init_assets(app)
    init_headers(app, https=https)
    init_locale(app)
    init_limits(app, settings.redis_url)
    init_login(app)
    init_csrf(app)
    init_errors(app)
    init_view(app)
    for bp in (*(import_module(f"services.web.pages.{name}").bp for name in PAGES), *pages):
        app.register_blueprint(bp)
    init_api(app, [*(import_module(f"services.web.api.{name}").bp for name in APIS), *apis])
    refuse_undeclared(app)
    return app


def _configure(app: Flask, settings: Settings, *, https: bool) -> None:
    app.config.update(
        {place.PUBLIC_URL: settings.public_url, health.METRICS_PORT: settings.metrics_port},
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-hehu" if https else "hehu",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",  # links from WeChat open logged in; POSTs from elsewhere do not
        SESSION_COOKIE_PATH="/",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(days=90),  # the device row ends earlier; this is the cookie's
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_FORM,
        MAX_FORM_PARTS=2000,
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if https:
        # An https address means exactly one proxy before us; more hops would let clients choose their address.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]
