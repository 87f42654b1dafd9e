"""What every process behind the web does as it starts and as it ends."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

import structlog
from prometheus_client import start_http_server
from sqlalchemy.exc import OperationalError

from shared.kernel.settings import Settings
from shared.kernel.telemetry import start_logs, start_sentry

AWAY_SECONDS = 1.0

log = structlog.get_logger()


def settings_of(*need: str) -> Settings:
    """The environment's settings; logs and errors have their way out from here on."""
    settings = Settings.from_env(os.environ, need=need)
    start_logs()
    start_sentry(settings.sentry_dsn)  # before the broker is built
    return settings


def serve_figures(settings: Settings) -> None:
    """Figures for Prometheus at a port of this process's own, where one is set; once it may start at all (R2)."""
    if settings.metrics_port:
        start_http_server(settings.metrics_port, addr=settings.web_bind)


def when_there(check: Callable[[], None], server: str, away: type[Exception] = OperationalError) -> None:
    """Run a check of a server, waiting while it is `away`: a process outlives its servers, at its start too."""
    while True:
        try:
            return check()
        except away as gone:
            log.warning("waiting_for_server", server=server, error=type(gone).__name__)
            time.sleep(AWAY_SECONDS)


def until_told(stop: Callable[[], None]) -> None:
    """Wait for SIGTERM or SIGINT, then stop in order."""
    told = threading.Event()

    def tell(_number: int, _frame: FrameType | None) -> None:
        told.set()

    signal.signal(signal.SIGTERM, tell)
    signal.signal(signal.SIGINT, tell)
    told.wait()
    stop()
