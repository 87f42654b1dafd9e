"""The floor of `pages`: a bare Flask view that runs one SELECT and hands out the bytes of one of our pages."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response
from psycopg_pool import ConnectionPool

THREADS = 4
app = Flask("bare", static_folder=None)


@cache
def pool() -> ConnectionPool[Any]:
    """This process's connections, opened at its first request: gunicorn forks after loading."""
    return ConnectionPool(os.environ["HEHU_BARE_URL"], min_size=THREADS, max_size=THREADS, open=True)


@cache
def page(name: str) -> bytes:
    """What ours looked like."""
    return (Path(os.environ["HEHU_BARE_FOLDER"]) / name).read_bytes()


@app.get("/<name>")
def show(name: str) -> Response:
    """One question to the database, and the page."""
    with pool().connection() as connection:
        connection.execute("SELECT id, name, slug FROM organisation LIMIT 1").fetchone()
    return Response(page(name), mimetype="text/html")
