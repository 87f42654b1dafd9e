"""`pipeline`: events per second from `record()` to the committed effect, against the naive way."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

from services.ops.bench import naive
from services.ops.bench.result import Result, Trial, in_turn, medians, spread
from services.ops.bench.stage import Stage, one_value, plain, stage
from shared.kernel.clock import app_now
from shared.kernel.events import record
from shared.kernel.ids import new_id
from shared.kernel.probe import ANSWERED, ProbeSent

EVENTS = 2000
ORGANISATIONS, MANY = 50, 1000
PRODUCERS = 2
WARM = 200
Count = Callable[[psycopg.Connection[Any]], int]


def pipeline(trial: Trial) -> Result:
    """Events of fifty organisations."""
    return _measured("pipeline", ORGANISATIONS, trial)


def pipeline_1000(trial: Trial) -> Result:
    """Events of a thousand organisations, taking turns: hardly two of one in a message."""
    return _measured("pipeline_1000", MANY, trial)


def _measured(name: str, organisations: int, trial: Trial) -> Result:
    """Both ways with two producing threads, one worker process of two threads, pooled connections."""
    with stage(organisations) as built:
        with built.superuser() as connection:
            connection.execute(naive.TABLES)
        built.start("services.ops.main", "clock")
        built.start("services.ops.main", "worker", "--queues", "default")
        _start_floor(built)
        send = _sender(built)
        with _FloorProducer(built) as send_naive:
            _timed(built, send_naive, _naive_count, WARM)  # processes started, pools filled, plans cached
            _timed(built, send, _our_count, WARM)
            found = in_turn(
                lambda: _timed(built, send, _our_count), lambda: _timed(built, send_naive, _naive_count), trial
            )
    value, floor = medians(found)
    details = {
        "events": EVENTS,
        "organisations": organisations,
        "runs": spread(found[0]),
        "floor runs": spread(found[1]),
    }
    return Result(name, value, "events/s", True, floor, value / floor, details)


def _start_floor(built: Stage) -> None:
    built.urls["naive"] = plain(built.servers.postgres.superuser_url("hehu_bench"))
    built.extra["HEHU_NAIVE_URL"] = built.urls["naive"]
    built.start("services.ops.bench.naive")


class _FloorProducer:
    """Commits a row with raw psycopg and sends a message."""

    def __init__(self, built: Stage) -> None:
        self.tenants = itertools.cycle(built.tenants)
        naive.broker_of(built.settings.redis_url)
        self.actor = naive.declare_effect(None)
        self.pool = ConnectionPool(built.urls["naive"], min_size=PRODUCERS, max_size=PRODUCERS)

    def __enter__(self) -> Callable[[], None]:
        return self.send

    def __exit__(self, *_: object) -> None:
        self.pool.close()

    def send(self) -> None:
        one = new_id()
        with self.pool.connection() as connection:
            connection.execute("INSERT INTO naive_event (id, tenant_id) VALUES (%s, %s)", [one, next(self.tenants)])
        self.actor.send(str(one))


def _sender(built: Stage) -> Callable[[], None]:
    """One event in one transaction, as a use-case does it."""
    tenants = itertools.cycle(built.tenants)

    def send() -> None:
        with built.house.app.transaction(next(tenants)) as session:
            record(session, ProbeSent(at=app_now(session), probe_id=new_id()))

    return send


def _our_count(connection: psycopg.Connection[Any]) -> int:
    return int(one_value(connection, "SELECT count(*) FROM audit_entry WHERE action = %s", [ANSWERED]))


def _naive_count(connection: psycopg.Connection[Any]) -> int:
    return int(one_value(connection, "SELECT count(*) FROM naive_effect"))


def _repeat(send: Callable[[], None], times: int) -> None:
    for _ in range(times):
        send()


def _timed(built: Stage, send: Callable[[], None], count: Count, events: int = EVENTS) -> float:
    """Events per second until the last effect is committed."""
    with built.superuser() as connection:
        wanted = count(connection) + events
        started = time.perf_counter()
        producers = [threading.Thread(target=_repeat, args=(send, events // PRODUCERS)) for _ in range(PRODUCERS)]
        for producer in producers:
            producer.start()
        for producer in producers:
            producer.join()
        while count(connection) < wanted:
            time.sleep(0.01)
        return events / (time.perf_counter() - started)
