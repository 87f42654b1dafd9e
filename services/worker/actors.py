"""The actors: they are told which reactions to look at, and ask the database what they are."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import dramatiq

from shared.bootstrap import House

from .calling import WAYS
from .work import Way, work

Rows = list[tuple[str, list[str]]]


def declare_actors(broker: dramatiq.Broker, house: House) -> None:
    """Bind `react` and `call` to this process's house; a message holds ids only and may come twice or never."""
    for name, way in WAYS.items():
        dramatiq.actor(broker=broker, actor_name=name, queue_name="default")(_actor(house, way))


def _actor(house: House, way: Way) -> Callable[[Rows, bool], None]:
    def act(batch: Rows, rung_before: bool) -> None:
        ids = [(UUID(tenant), [UUID(one) for one in some]) for tenant, some in batch]
        work(house, ids, rung_before=rung_before, way=way)

    return act
