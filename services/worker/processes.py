"""The processes of production behind the web, until they are told to stop."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from types import FrameType

import redis
import structlog
from dramatiq import Worker
from sqlalchemy.exc import OperationalError

from shared.bootstrap import House, build
from shared.kernel.calls import CALLS
from shared.kernel.database import assert_role
from shared.kernel.reactions import COPY_QUEUE, QUEUES
from shared.kernel.settings import Settings
from shared.kernel.telemetry import start_logs, start_sentry

from .actors import declare_actors
from .bell import Bell
from .broker import assert_keeps_everything, build_broker
from .sweeper import Sweeper

WORKER_TIMEOUT_MS = 20  # Dramatiq's default lets an idle consumer sleep up to a second
SHUTDOWN_MS = 20_000  # below the pod's grace period
THREADS = 2
# Threads of their own: whatever the others are stuck in, an alarm is reacted to; other systems may be slow to answer.
APART = ({"alarm"}, {CALLS})
AWAY_SECONDS = 1.0

log = structlog.get_logger()


def _house(*need: str) -> House:
    settings = Settings.from_env(os.environ, need=(*need, "redis_url", "field_keys"))
    start_logs()
    start_sentry(settings.sentry_dsn)  # before the broker is built
    return build(settings)


def _when_there(check: Callable[[], None], server: str) -> None:
    """Run a check of a server, waiting for one that is away: a process outlives its servers, at its start too."""
    while True:
        try:
            return check()
        except (OperationalError, redis.RedisError) as away:
            log.warning("waiting_for_server", server=server, error=type(away).__name__)
            time.sleep(AWAY_SECONDS)


def _until_told(stop: Callable[[], None]) -> None:
    """Wait for SIGTERM or SIGINT, then stop in order."""
    told = threading.Event()

    def tell(_number: int, _frame: FrameType | None) -> None:
        told.set()

    signal.signal(signal.SIGTERM, tell)
    signal.signal(signal.SIGINT, tell)
    told.wait()
    stop()


def run_worker(queues: Sequence[str] = QUEUES) -> None:
    """React to what the bell rings on `queues`, until told to stop."""
    house = _house("database_url", "rollup_database_url")
    _when_there(lambda: assert_role(house.app.engine, "hehu_app"), "postgresql")
    _when_there(lambda: assert_role(house.rollup.engine, "hehu_rollup"), "postgresql")
    broker = build_broker(house.settings)
    _when_there(lambda: assert_keeps_everything(broker), "redis")
    declare_actors(broker, house)
    workers = [
        Worker(broker, queues=some, worker_timeout=WORKER_TIMEOUT_MS, worker_threads=THREADS)
        for some in (*(set(queues) & own for own in APART), set(queues).difference(*APART))
        if some
    ]
    for worker in workers:
        worker.start()
    log.info("worker_started", queues=list(queues))
    _until_told(lambda: _together(partial(worker.stop, timeout=SHUTDOWN_MS) for worker in workers))


def _together(calls: Iterable[Callable[[], None]]) -> None:
    """Each in a thread of its own, until all have returned."""
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def run_clock(only: str | None = None) -> None:
    """Ring and sweep (`only`: "bell" or "sweeper") until told to stop."""
    house = _house("system_database_url")
    _when_there(lambda: assert_role(house.system.engine, "hehu_system"), "postgresql")
    broker = build_broker(house.settings)
    _when_there(lambda: assert_keeps_everything(broker), "redis")
    parts: list[Bell | Sweeper] = []
    if only != "sweeper":
        parts += [Bell(house, broker, queue) for queue in (*QUEUES, COPY_QUEUE)]
    if only != "bell":
        parts.append(Sweeper(house))
    threads = [threading.Thread(target=part.run, daemon=True) for part in parts]
    for thread in threads:
        thread.start()
    log.info("clock_started", parts=[type(part).__name__ for part in parts])
    _until_told(lambda: _stop(parts, threads))


def _stop(parts: Sequence[Bell | Sweeper], threads: Sequence[threading.Thread]) -> None:
    for part in parts:
        part.stopping.set()
    for thread in threads:
        thread.join(timeout=SHUTDOWN_MS / 1000)
