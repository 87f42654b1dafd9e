"""Doing a batch of reactions: all in one commit, one by one where that fails, parked where it goes on failing."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import groupby
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from shared.bootstrap import House
from shared.kernel import reactions
from shared.kernel.calls import BeingDone
from shared.kernel.clock import app_now
from shared.kernel.database import IDLE_SECONDS, bind
from shared.kernel.reactions import How, Taken
from shared.kernel.telemetry import REACTIONS

Batch = Sequence[tuple[UUID, Sequence[UUID]]]
Way = Callable[[House, Batch], int]  # how many it had in hand: what another has is left to them
log = structlog.get_logger()


class UnknownHere(Exception):
    """An event or reactor that only a newer release knows."""


def together(house: House, batch: Batch) -> int:
    """One transaction, bound to one organisation after the other; effects and `done` commit together."""
    in_hand = 0
    with house.app.transaction(None) as session:
        for tenant, ids in batch:
            bind(session, tenant)
            taken = reactions.take(session, tenant, ids)
            _react(house, session, taken)
            session.flush()
            session.expunge_all()  # nothing of this organisation stays in hand for the next
            in_hand += len(taken)
    return in_hand


def work(house: House, batch: Batch, how: How, *, way: Way = together) -> None:
    """React to everything in `batch` (tenant → reaction ids) by `way`.  Never raises for a reactor's fault.

    A row that comes by itself is counted first, so that one which kills its process is parked.  Where another has
    perhaps eaten the memory the attempt is left without an end, as if the process had died.
    """
    rows = [(tenant, row) for tenant, ids in batch for row in ids]
    if how is not How.TOGETHER and not _count(house, *rows[0]):
        return
    began = time.monotonic()
    try:
        in_hand = way(house, batch)
    except Exception as failed:  # noqa: BLE001  # a reactor may raise anything; the reaction stays open and keeps the reason
        traceback.clear_frames(failed.__traceback__)  # what ate the memory goes, and whatever names stand there
        if len(rows) > 1:
            for tenant, row in rows:
                work(house, [(tenant, [row])], How.ALONE, way=way)
        elif isinstance(failed, MemoryError) and how is not How.APART:
            log.warning("memory_eaten", reaction=str(rows[0][1]))
        else:
            quick = time.monotonic() - began < IDLE_SECONDS
            _note_failure(house, *rows[0], failed, excused=quick and _is_excused(failed))
    else:
        if how is not How.TOGETHER and not in_hand:
            _give_back(house, *rows[0])


def _is_excused(failed: Exception) -> bool:
    """Not the reactor's fault: what only a newer release knows, what is in another's hand, a connection that is gone.

    A connection that the server cut because the reactor let it lie is the reactor's: the caller looks at the time.
    """
    lost = isinstance(failed, DBAPIError) and failed.connection_invalidated
    return lost or isinstance(failed, (UnknownHere, BeingDone))


def _count(house: House, tenant: UUID, row: UUID) -> bool:
    with house.app.transaction(tenant) as session:
        return reactions.count_attempt(session, tenant, row)


def _give_back(house: House, tenant: UUID, row: UUID) -> None:
    """Where it is done, nothing; whoever holds it for longer may hang, and is not waited for."""
    with suppress(OperationalError), house.app.transaction(tenant) as session:
        reactions.give_back(session, tenant, row)


def _react(house: House, session: Session, taken: Sequence[Taken]) -> None:
    if not taken:
        return
    now = app_now(session)
    for name, group in groupby(sorted(taken, key=lambda one: one.reactor), key=lambda one: one.reactor):
        reactor = house.reactors.get(name)
        rows = list(group)
        events = [one.event for one in rows if one.event]
        if reactor is None or len(events) < len(rows):
            raise UnknownHere(name)
        reactor.react(session, events, now=now)
        REACTIONS.labels(name, "done").inc(len(events))


def _note_failure(house: House, tenant: UUID, row: UUID, failed: Exception, *, excused: bool) -> None:
    with house.app.transaction(tenant) as session:
        if excused:
            reactions.postpone(session, tenant, row, why=type(failed).__name__)
            outcome = "postponed"
        else:
            reactions.fail(session, tenant, row, f"{type(failed).__name__}: {failed}")
            outcome = "failed"
    REACTIONS.labels("?", outcome).inc()
    why = {"why": type(failed).__name__} if excused else {"exc_info": failed}
    log.warning("reaction_not_done", reaction=str(row), outcome=outcome, **why)
