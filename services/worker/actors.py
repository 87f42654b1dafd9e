"""The one actor: it is told which reactions to look at, and asks the database what they are."""

from __future__ import annotations

from uuid import UUID

import dramatiq

from shared.bootstrap import House

from .broker import ACTOR
from .work import work


def declare_react(broker: dramatiq.Broker, house: House) -> None:
    """Bind `react` to this process's house; a message holds ids only and may come twice or never."""

    def react(batch: list[tuple[str, list[str]]], rung_before: bool) -> None:
        ids = [(UUID(tenant), [UUID(one) for one in some]) for tenant, some in batch]
        work(house, ids, rung_before=rung_before)

    dramatiq.actor(broker=broker, actor_name=ACTOR, queue_name="default")(react)
