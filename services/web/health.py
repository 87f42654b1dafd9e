"""Whether this process can do its work, and its figures for Prometheus."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest, multiprocess
from sqlalchemy.exc import SQLAlchemyError

from shared.tables import lacking

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
    database, migrations = _database()
    return Health(database, migrations, redis=_answers(app.config.get("RATELIMIT_STORAGE_URI", "")))


def _database() -> tuple[bool, bool]:
    """(whether it answers, whether it has every column this code uses)."""
    try:
        with db.engine.connect() as connection:
            return True, not lacking(connection)
    except SQLAlchemyError:
        return False, False


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
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library has none
    return generate_latest(registry)
