"""The floor of `pages`: one SELECT brings a page's values, its template is drawn with them; nothing else is asked.

No log-in, tenancy, rights, forms, clocks, headers or compression.  Beside it, the kept bytes of the page: no drawing
either, which is hardly more than gunicorn itself.
"""

from __future__ import annotations

import copyreg
import os
import pickle
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from flask import Flask, Response, g, render_template, request, template_rendered
from psycopg_pool import ConnectionPool

from shared.bootstrap import build
from shared.kernel.settings import Settings

THREADS = 4
TABLE = """
    CREATE TABLE bench_page (path text PRIMARY KEY, template text NOT NULL, given bytea NOT NULL, body bytea NOT NULL);
    GRANT SELECT ON bench_page TO hehu_app
"""
KNOWN = ("organisation", "area", "own_area", "actor", "_login_user", "nonce", "request_id")  # what a request finds out
copyreg.pickle(ModuleType, lambda module: (import_module, (module.__name__,)))  # templates are given modules of words


@cache
def pool() -> ConnectionPool[Any]:
    """This process's connections, opened at its first request: gunicorn forks after loading."""
    return ConnectionPool(os.environ["HEHU_BARE_URL"], min_size=THREADS, max_size=THREADS, open=True)


def ours(settings: Settings) -> Flask:
    """The application as it is; by name, since the ways in do not know each other."""
    app: Flask = import_module("services.web.app").create_app(build(settings))
    return app


def recorded(app: Flask, path: str, cookie: str) -> tuple[str, str, bytes, bytes]:
    """A row of `bench_page`: what our view gives its template, and what comes of it."""
    seen: list[tuple[str, bytes]] = []

    def note(_app: Flask, template: Any, context: dict[str, Any]) -> None:
        everywhere: dict[str, Any] = {}
        app.update_template_context(everywhere)
        given = {name: value for name, value in context.items() if name not in everywhere}
        seen.append((template.name, pickle.dumps(({name: g.get(name) for name in KNOWN}, given))))

    with template_rendered.connected_to(note, app):
        answer = app.test_client(use_cookies=False).get(path, headers={"Cookie": cookie})
    (drawn,) = seen
    return path, *drawn, answer.data


def bare() -> Flask:
    """Our templates and addresses, with one view for all of them and nothing before or after it."""
    app = ours(Settings.from_env())
    app.add_url_rule("/kept", "kept", kept)
    app.view_functions = {name: kept if name == "kept" else drawn for name in app.view_functions}
    for hooks in (app.before_request_funcs, app.after_request_funcs, app.teardown_appcontext_funcs):
        hooks.clear()
    return app


def drawn(**_place: object) -> str:
    """The template of this address, with its values."""
    with pool().connection() as connection:
        row = connection.execute("SELECT template, given FROM bench_page WHERE path = %s", [request.path]).fetchone()
    assert row
    known, given = pickle.loads(row[1])  # the benchmark has written it
    for name, value in known.items():
        setattr(g, name, value)
    return render_template(row[0], **given)


def kept() -> Response:
    """The bytes of the page that is named."""
    with pool().connection() as connection:
        row = connection.execute("SELECT body FROM bench_page WHERE path = %s", [request.args["path"]]).fetchone()
    assert row
    return Response(row[0], mimetype="text/html")
