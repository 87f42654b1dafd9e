"""The processes of production behind the web, until they are told to stop."""

from __future__ import annotations

import resource
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import partial

import redis
import structlog
from dramatiq import Worker

from shared.bootstrap import House, build
from shared.kernel.calls import CALLS
from shared.kernel.gate import assert_role
from shared.kernel.pulse import Pulse
from shared.kernel.reactions import COPY_QUEUE, QUEUES

from .actors import declare_actors
from .bell import Bell
from .broker import assert_keeps_everything, build_broker
from .middleware import Beating
from .starting import serve_figures, settings_of, until_told, when_there
from .sweeper import Sweeper

# Dramatiq's default lets an idle consumer sleep up to a second; nobody waits before a screen for other systems.
PROMPT_MS, CALLS_MS = 20, 50
SHUTDOWN_MS = 20_000  # below the pod's grace period
THREADS = 2
# Threads of their own: whatever the others are stuck in, an alarm is reacted to; other systems may be slow to answer,
# and while some threads wait for them the others write down what was said.
APART = {"alarm": 2, CALLS: 4}

log = structlog.get_logger()


def _house(*need: str) -> House:
    return build(settings_of(*need, "redis_url", "field_keys"))


def run_worker(queues: Sequence[str] = QUEUES) -> None:
    """React to what the bell rings on `queues`, until told to stop."""
    house = _house("database_url", "rollup_database_url")
    when_there(lambda: assert_role(house.app.engine, "hehu_app"), "postgresql")
    when_there(lambda: assert_role(house.rollup.engine, "hehu_rollup"), "postgresql")
    broker = build_broker(house.settings)
    when_there(lambda: assert_keeps_everything(broker), "redis", redis.RedisError)
    serve_figures(house.settings)
    broker.add_middleware(Beating(Pulse(house.app, every=house.settings.beat_seconds / 2)))
    declare_actors(broker, house)
    _limit_memory(house.settings.worker_memory_mb)
    workers = [
        Worker(broker, queues=some, worker_timeout=CALLS_MS if CALLS in some else PROMPT_MS, worker_threads=threads)
        for some, threads in _shares(set(queues))
    ]
    for worker in workers:
        worker.start()
    log.info("worker_started", queues=list(queues))
    until_told(lambda: _together(partial(worker.stop, timeout=SHUTDOWN_MS) for worker in workers))


def _shares(queues: set[str]) -> list[tuple[set[str], int]]:
    """Queues and the threads they have for themselves."""
    rest = queues.difference(APART)
    return [({one}, threads) for one, threads in APART.items() if one in queues] + ([(rest, THREADS)] if rest else [])


def _limit_memory(megabytes: int) -> None:
    """A reactor that eats memory fails by itself, instead of taking the machine's from PostgreSQL (R27)."""
    resource.setrlimit(resource.RLIMIT_DATA, (megabytes << 20, megabytes << 20))


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
    when_there(lambda: assert_role(house.system.engine, "hehu_system"), "postgresql")
    broker = build_broker(house.settings)
    when_there(lambda: assert_keeps_everything(broker), "redis", redis.RedisError)
    serve_figures(house.settings)
    parts: list[Bell | Sweeper] = []
    if only != "sweeper":
        parts += [Bell(house, broker, queue) for queue in (*QUEUES, COPY_QUEUE)]
    if only != "bell":
        parts.append(Sweeper(house))
    threads = [threading.Thread(target=part.run, daemon=True) for part in parts]
    for thread in threads:
        thread.start()
    log.info("clock_started", parts=[type(part).__name__ for part in parts])
    until_told(lambda: _stop(parts, threads))


def _stop(parts: Sequence[Bell | Sweeper], threads: Sequence[threading.Thread]) -> None:
    for part in parts:
        part.stopping.set()
    for thread in threads:
        thread.join(timeout=SHUTDOWN_MS / 1000)
