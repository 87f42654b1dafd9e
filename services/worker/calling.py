"""Doing a batch of reactions that call other systems: begun in one commit, called, kept in another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from shared.bootstrap import House
from shared.kernel.calls import Caller, look, settle
from shared.kernel.crash import crash_point
from shared.kernel.database import bind
from shared.kernel.reactions import Taken
from shared.kernel.telemetry import REACTIONS

from .broker import ACTOR, CALLER
from .work import Batch, UnknownHere, Way, together


@dataclass(frozen=True)
class Begun:
    """One organisation's reactions of one reactor, and what it wants to call."""

    tenant: UUID
    ids: Sequence[UUID]
    reactor: Caller
    work: Any


def call(house: House, batch: Batch) -> int:
    """Everything in `batch`; no transaction is open during the calls."""
    begun: list[Begun] = []
    with house.app.transaction(None) as session:
        for tenant, ids in batch:
            bind(session, tenant)
            begun += _begin(house, session, tenant, look(session, tenant, ids))
            session.expunge_all()
    crash_point("before_call")
    for reactor in dict.fromkeys(one.reactor for one in begun):
        reactor.run(house.info, [one.work for one in begun if one.reactor is reactor and one.work])
    crash_point("after_call")
    with house.app.transaction(None) as session:
        for one in begun:
            bind(session, one.tenant)
            one.reactor.finish(session, one.work)
            settle(session, one.tenant, one.ids)
            REACTIONS.labels(one.reactor.name, "done").inc(len(one.ids))
    return sum(len(one.ids) for one in begun)


def _begin(house: House, session: Session, tenant: UUID, looked: Sequence[Taken]) -> Iterator[Begun]:
    for name, group in groupby(sorted(looked, key=lambda one: one.reactor), key=lambda one: one.reactor):
        reactor, those = house.reactors.get(name), list(group)
        events = [one.event for one in those if one.event is not None]
        if not isinstance(reactor, Caller) or len(events) < len(those):
            raise UnknownHere(name)
        yield Begun(tenant, [one.id for one in those], reactor, reactor.start(session, events))


WAYS: dict[str, Way] = {ACTOR: together, CALLER: call}
