"""Whether this process can do its work, and its figures for Prometheus."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import Flask
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest, multiprocess
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from .db import db

CONTENT_TYPE = CONTENT_TYPE_LATEST
METRICS_PORT = "HEHU_METRICS_PORT"
REDIS_TIMEOUT = 0.2


@dataclass(frozen=True)
class Health:
    """What was found; only the first two decide about readiness."""

    database: bool
    migrations: bool
    redis: bool

    @property
    def ready(self) -> bool:
        """Whether requests can be answered."""
        return self.database and self.migrations

    def as_json(self) -> dict[str, Any]:
        """The document of /readyz."""
        status = "unready" if not self.ready else "ok" if self.redis else "degraded"
        parts = {"database": self.database, "migrations": self.migrations, "redis": self.redis}
        return {"status": status, **{name: "ok" if good else "down" for name, good in parts.items()}}


def look(app: Flask) -> Health:
    """Ask the database for its version and Redis for a connection."""
    version = _version()
    url = app.config.get("RATELIMIT_STORAGE_URI", "")
    return Health(
        database=version is not None, migrations=version in heads() if version else False, redis=_answers(url)
    )


def _version() -> str | None:
    try:
        with db.engine.connect() as connection:
            return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())
    except SQLAlchemyError:
        return None


@cache
def heads() -> frozenset[str]:
    """The migrations this code expects."""
    config = Config()
    config.set_main_option("script_location", "shared:migrations")
    return frozenset(ScriptDirectory.from_config(config).get_heads())


def _answers(url: str) -> bool:
    """Whether something listens there; the client library belongs to the limiter alone."""
    where = urlsplit(url)
    try:
        if where.scheme == "unix":
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(REDIS_TIMEOUT)
                line.connect(where.path)
        else:
            socket.create_connection((where.hostname or "", where.port or 6379), REDIS_TIMEOUT).close()
    except OSError:
        return False
    return True


def figures() -> bytes:
    """The figures of this process, or of all workers where a multiprocess folder is set."""
    import os

    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    return generate_latest(registry)
