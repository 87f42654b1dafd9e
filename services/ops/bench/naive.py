"""The floor of `pipeline`: one row committed, one Dramatiq message sent, one row inserted by its actor."""

from __future__ import annotations

import os
import signal
import threading
from typing import Any

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from psycopg_pool import ConnectionPool

THREADS = 2
TABLES = """
    CREATE TABLE naive_event (id uuid PRIMARY KEY, tenant_id uuid NOT NULL, at timestamptz DEFAULT now());
    CREATE TABLE naive_effect (id uuid PRIMARY KEY, at timestamptz DEFAULT now());
"""


def broker_of(url: str) -> RedisBroker:
    """Dramatiq with its own defaults, but for the idle time-out, which would make the floor too easy to reach."""
    broker = RedisBroker(url=url, namespace="naive")  # type: ignore[no-untyped-call]  # Dramatiq leaves it untyped
    dramatiq.set_broker(broker)
    return broker


def declare_effect(pool: ConnectionPool[Any] | None) -> dramatiq.Actor[[str], None]:
    """The actor: one row, one commit."""

    def effect(one: str) -> None:
        assert pool is not None
        with pool.connection() as connection:
            connection.execute("INSERT INTO naive_effect (id) VALUES (%s)", [one])

    return dramatiq.actor(actor_name="effect", queue_name="naive")(effect)


def main() -> None:
    """The worker process of the floor; the same number of threads as ours."""
    broker = broker_of(os.environ["HEHU_REDIS_URL"])
    with ConnectionPool(os.environ["HEHU_NAIVE_URL"], min_size=THREADS, max_size=THREADS) as pool:
        declare_effect(pool)
        worker = dramatiq.Worker(broker, worker_threads=THREADS, worker_timeout=20)
        told = threading.Event()
        signal.signal(signal.SIGTERM, lambda _number, _frame: told.set())
        worker.start()
        told.wait()
        worker.stop()


if __name__ == "__main__":
    main()
