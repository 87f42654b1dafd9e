"""The actors: they are told which reactions to look at, and ask the database what they are."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import dramatiq
from dramatiq.middleware import CurrentMessage

from shared.bootstrap import House
from shared.kernel.reactions import How

from .apart import Apart
from .calling import WAYS
from .work import Way, work

Rows = list[tuple[str, list[str]]]


def declare_actors(broker: dramatiq.Broker, house: House) -> None:
    """Bind `react` and `call` to this process's house; a message holds ids only and may come twice or never."""
    apart = Apart()
    for name, way in WAYS.items():
        dramatiq.actor(broker=broker, actor_name=name, queue_name="default")(_actor(house, way, apart))


def _actor(house: House, way: Way, apart: Apart) -> Callable[[Rows, str], None]:
    def act(batch: Rows, how: str) -> None:
        if how == How.APART and (message := CurrentMessage.get_current_message()):
            apart.send(message.queue_name, message.actor_name, batch)
        else:
            ids = [(UUID(tenant), [UUID(one) for one in some]) for tenant, some in batch]
            work(house, ids, How(how), way=way)

    return act
