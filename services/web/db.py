"""The Flask-SQLAlchemy object: one session for each request over the kernel's tables, as role hehu_app."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from shared.kernel.database import Base

THREADS = 4
POOL: dict[str, Any] = {
    "pool_size": THREADS + 1,  # one for each thread of gunicorn, one for the health check
    "max_overflow": 0,
    "pool_pre_ping": True,
    # PgBouncer in transaction mode hands the next transaction another server connection
    "connect_args": {"connect_timeout": 5, "prepare_threshold": None, "application_name": "hehu web"},
}

# Rows stay readable after the commit: a page is drawn from what it loaded, without another transaction.
db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False}, add_models_to_shell=False)


def init_db(app: Flask, url: str) -> None:
    """Give the object its engine.  Nothing connects before the first request (gunicorn forks after this)."""
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = POOL
    db.init_app(app)
