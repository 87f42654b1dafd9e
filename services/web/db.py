"""The Flask-SQLAlchemy object: one session for each request over the kernel's tables, as role hehu_app."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from shared.kernel.database import Base, connect_args, look_after
from shared.kernel.settings import Settings

THREADS = 4
POOL: dict[str, Any] = {
    "pool_size": THREADS + 1,  # one for each thread of gunicorn, one for the health check
    "max_overflow": 0,
}

# Rows stay readable after the commit: a page is drawn from what it loaded, without another transaction.
db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False}, add_models_to_shell=False)


def init_db(app: Flask, settings: Settings) -> None:
    """Give the object its engine.  Nothing connects before the first request (gunicorn forks after this)."""
    given = connect_args(prepared=settings.prepared_statements) | {"application_name": "hehu web"}
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = POOL | {"connect_args": given}
    db.init_app(app)
    with app.app_context():
        look_after(db.engine)
