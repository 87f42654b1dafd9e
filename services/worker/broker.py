"""Dramatiq's broker with the settings that keep a Redis fault from losing or stalling anything (queue-faults.md)."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("dramatiq_queue_prefetch", "2")  # read at import: no worker hoards another's messages
os.environ.setdefault("dramatiq_restart_delay", "500")

import dramatiq  # after its environment
import redis
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import CurrentMessage, ShutdownNotifications

from shared.kernel.errors import DomainError
from shared.kernel.reactions import QUEUES
from shared.kernel.settings import Settings

from .middleware import Guard
from .watchdog import Watchdog

ACTOR, CALLER = "react", "call"
EVERY_CALL = 1_000_000  # maintenance_chance is per million


def connect(url: str) -> redis.Redis:
    """A client that notices a dead server within seconds."""
    return redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=2)


def build_broker(settings: Settings) -> RedisBroker:
    """No retries, no age limit, no delays: PostgreSQL keeps attempts and times."""
    broker = RedisBroker(  # type: ignore[no-untyped-call]  # Dramatiq leaves it untyped
        client=connect(settings.redis_url),
        middleware=[Guard(), Watchdog(settings.hang_seconds), CurrentMessage(), ShutdownNotifications()],
        heartbeat_timeout=int(settings.heartbeat_seconds * 1000),
        maintenance_chance=EVERY_CALL,
    )
    for queue in QUEUES:
        broker.declare_queue(queue)
    broker.delay_queues.clear()  # nothing is delayed: of those that ask Redis fifty times a second, half would in vain
    dramatiq.set_broker(broker)
    return broker


def assert_keeps_everything(broker: RedisBroker) -> None:
    """Refuse a Redis that throws messages away when it is full (R23)."""
    found: Any = broker.client.config_get("maxmemory-policy")
    policy = found.get("maxmemory-policy", "unknown")
    if policy != "noeviction":
        raise DomainError("redis.policy", "Redis 的 maxmemory-policy 是 %(found)s，必须设为 noeviction。", found=policy)
