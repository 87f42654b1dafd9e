"""`hehu web`: refuse a database role that is not ours, then become gunicorn."""

from __future__ import annotations

import os
import sys
import tempfile

import click
from sqlalchemy import create_engine

from shared.kernel.gate import assert_role
from shared.kernel.settings import Settings

ROLE = "hehu_app"
NEED = ("database_url", "secret_key", "field_keys")
# A password takes 19 MiB to check.  glibc would raise its thresholds after the first, and keep as much for each thread.
_GIVEN_BACK = dict.fromkeys(("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"), str(4 * 2**20))  # bytes


@click.command()
@click.option("--port", type=int, help="Port to listen on (HEHU_WEB_PORT, 8000).")
@click.option("--bind", help="Address to listen on (HEHU_WEB_BIND, 127.0.0.1).")
def web(port: int | None, bind: str | None) -> None:
    """Serve pages and API."""
    for name, value in (("HEHU_WEB_PORT", port), ("HEHU_WEB_BIND", bind)):
        if value is not None:
            os.environ[name] = str(value)
    settings = Settings.from_env(need=NEED)
    refuse_wrong_role(settings.database_url)
    # Each worker writes its figures there; it must be known before prometheus_client is imported.
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="hehu-figures-"))
    gunicorn = ["-m", "gunicorn", "-c", "python:services.web.server", "services.web.wsgi:app"]
    os.execve(sys.executable, [sys.executable, *gunicorn], _GIVEN_BACK | os.environ)


def refuse_wrong_role(url: str) -> None:
    """Raises DomainError when the account could see more than one organisation, or is not ours."""
    engine = create_engine(url)
    try:
        assert_role(engine, ROLE)
    finally:
        engine.dispose()
