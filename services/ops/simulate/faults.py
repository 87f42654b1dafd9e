"""Whole workers and clocks to which things happen: they are killed, Redis forgets or dies, connections are cut.

They are what `hehu worker` and `hehu clock` run, forked from a process that has imported everything, so that whoever is
killed is replaced at once.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random

import psycopg
import redis

from .clock import POLL_SECONDS
from .installation import Installation, dsn, environment

PROCESSES = "services.worker.processes"
WORKER, CLOCK = ("run_worker", ("database_url", "rollup_database_url")), ("run_clock", ("system_database_url",))
CREW = {"worker": WORKER, "second worker": WORKER, "clock": CLOCK, "second clock": CLOCK}
CUT = ("database_url", "system_database_url", "rollup_database_url")
CUT_OWN = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE usename = current_user AND datname = current_database() AND pid <> pg_backend_pid()
"""
EVERY_SECONDS = 2.0  # on average
DEAD_SECONDS = 0.5  # Redis


class Crew:
    """Two workers and two clocks, and the trouble they have; `done` counts what was done to them."""

    def __init__(self, made: Installation, seed: int) -> None:
        self.made, self.random = made, Random(seed)
        self.done: Counter[str] = Counter()
        self._forking = multiprocessing.get_context("forkserver")
        self._forking.set_forkserver_preload([PROCESSES])
        self._processes: dict[str, BaseProcess] = {}
        self._stopping = threading.Event()
        for name in CREW:
            self._start(name)
        self._trouble = threading.Thread(target=self._make_trouble, daemon=True)
        self._trouble.start()

    def nudge(self) -> None:
        """They find by themselves what there is to do."""
        time.sleep(POLL_SECONDS)

    def close(self) -> None:
        """No more trouble; end them."""
        self._stopping.set()
        self._trouble.join()
        for process in self._processes.values():
            process.kill()
            process.join()

    def _start(self, name: str) -> None:
        entry, roles = CREW[name]
        given = environment(self.made.settings, roles)
        process = self._forking.Process(target=become, args=(entry, given, self.made.folder / f"{name}.log"))
        process.start()
        self._processes[name] = process

    def _make_trouble(self) -> None:
        faults: list[tuple[str, Callable[[], None]]] = [
            ("processes killed", self._kill),
            ("Redis flushed", self._flush),
            ("connections cut", self._cut),
        ]
        if self.made.servers:
            faults.append(("Redis killed", self._kill_redis))
        while not self._stopping.wait(self.random.expovariate(1 / EVERY_SECONDS)):
            name, fault = self.random.choice(faults)
            fault()
            self.done[name] += 1

    def _kill(self) -> None:
        name = self.random.choice(list(CREW))
        self._processes[name].kill()
        self._processes[name].join()
        self._start(name)

    def _flush(self) -> None:
        with suppress(redis.RedisError), redis.Redis.from_url(self.made.settings.redis_url) as client:
            client.flushdb()

    def _kill_redis(self) -> None:
        assert self.made.servers is not None  # asked before
        self.made.servers.valkey.kill()
        self._stopping.wait(DEAD_SECONDS)
        self.made.servers.valkey.start()

    def _cut(self) -> None:
        """Every connection of one role, also those of the people at work."""
        role = self.random.choice(CUT)
        with suppress(psycopg.OperationalError), psycopg.connect(dsn(getattr(self.made.settings, role))) as own:
            own.execute(CUT_OWN)


def become(entry: str, given: dict[str, str], log: Path) -> None:
    """In a fork: be that process, with nothing but its own settings."""
    for name in [name for name in os.environ if name.startswith("HEHU_")]:
        del os.environ[name]
    os.environ.update(given)
    to = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(to, 1)
    os.dup2(to, 2)
    getattr(importlib.import_module(PROCESSES), entry)()
