"""Gunicorn's settings: two processes of four threads, loaded before the fork (`hehu web` starts it)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, multiprocess, start_http_server

from shared.kernel.settings import Settings

if TYPE_CHECKING:
    from gunicorn.arbiter import Arbiter
    from gunicorn.workers.base import Worker

_settings = Settings.from_env()

bind = f"{_settings.web_bind}:{_settings.web_port}"
worker_class = "gthread"
workers = 2
threads = 4
preload_app = True
timeout = 60
graceful_timeout = 20
keepalive = 5
max_requests = 20_000  # a slow leak never lives long
max_requests_jitter = 2_000
control_socket_disable = True
accesslog = None  # the proxy keeps one; ours would hold names from query strings
errorlog = "-"
loglevel = "warning"
proc_name = "hehu web"


def when_ready(_server: Arbiter) -> None:
    """Figures of all workers on a port of their own, where one is set."""
    if _settings.metrics_port and os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library has none
        start_http_server(_settings.metrics_port, addr=_settings.web_bind, registry=registry)


def child_exit(_server: Arbiter, worker: Worker) -> None:
    """A worker that ended no longer counts in gauges."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]  # the library has none
