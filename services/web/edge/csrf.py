"""A page's POST is taken from our own pages alone: Flask-WTF's token, and the browser's word for the origin."""

from __future__ import annotations

from flask import Flask, request
from flask_wtf.csrf import CSRFError, CSRFProtect

from .place import is_api, is_ours

csrf = CSRFProtect()
SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")


def init_csrf(app: Flask) -> None:
    """Check every page; the API is entered by keys, which no browser sends by itself."""
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)  # as long as the session: forms stay open for hours
    app.config.setdefault("WTF_CSRF_CHECK_DEFAULT", False)
    csrf.init_app(app)

    @app.before_request
    def check() -> None:
        if not app.config["WTF_CSRF_ENABLED"] or request.method in SAFE or is_api() or request.endpoint is None:
            return
        origin = request.headers.get("Origin")
        if origin and not is_ours(origin):
            raise CSRFError("foreign origin")
        csrf.protect()
