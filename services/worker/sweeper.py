"""Moves every timed row that is due to its next stage, and shows that it does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError

from shared import subscriptions
from shared.bootstrap import House
from shared.kernel.clock import app_now
from shared.kernel.pulse import SWEEPER, Pulse
from shared.kernel.purge import EXPIRIES, purge
from shared.kernel.stuck import park, stuck
from shared.kernel.telemetry import SWEPT
from shared.kernel.timers import TimedTable, due, sweep

EVERY_SECONDS = 0.5
PURGE_EVERY = 7200  # rounds: about an hour
BATCH = 2000
MOST_DRIFT = 5.0  # seconds between two rounds by which the clock of promises may differ from this machine's pace

log = structlog.get_logger()


def sweep_table(house: House, timed: TimedTable) -> int:
    """Batches until nothing of this table is due; each batch commits by itself."""
    moved = 0
    while True:
        try:
            with house.system.transaction(None) as session:
                batch = tried = sweep(session, timed, most=BATCH, but=stuck(session))
        except DBAPIError as fault:
            if not _is_of_a_row(fault):
                raise
            batch, tried = _around_the_broken(house, timed)
        moved += batch
        SWEPT.labels(timed.table).inc(batch)
        if tried < BATCH:
            return moved


def _is_of_a_row(fault: DBAPIError) -> bool:
    """Its values, keys or page, or what a trigger said of it; all else is the matter of the whole round."""
    return str(getattr(fault.orig, "sqlstate", ""))[:2] in ("22", "23", "P0", "XX")


def _around_the_broken(house: House, timed: TimedTable) -> tuple[int, int]:
    """One batch, moved in halves so that one broken row stops nobody (R45): how many moved, of how many."""
    with house.system.transaction(None) as session:
        rows = due(session, timed, most=BATCH, but=stuck(session))
    return _halves(house, timed, rows), len(rows)


def _halves(house: House, timed: TimedTable, rows: Sequence[tuple[UUID, UUID]]) -> int:
    """Move these together; where that fails, each half by itself; a single one that fails is parked."""
    try:
        with house.system.transaction(None) as session:
            return sweep(session, timed, most=len(rows), only=[row for _, row in rows])
    except DBAPIError as fault:
        if not _is_of_a_row(fault):
            raise
        if len(rows) == 1:
            _park(house, timed, *rows[0], fault)
            return 0
    half = len(rows) // 2
    return _halves(house, timed, rows[:half]) + _halves(house, timed, rows[half:])


def _park(house: House, timed: TimedTable, tenant: UUID, row: UUID, fault: DBAPIError) -> None:
    with house.system.transaction(None) as session:
        park(session, timed.table, tenant, row, f"{type(fault.orig).__name__}: {fault.orig}")
    log.error("timer_stuck", table=timed.table, row=str(row), error=type(fault.orig).__name__)


def purge_all(house: House) -> int:
    """Delete everything that has expired; each table commits by itself.  Returns how many rows."""
    gone = 0
    for expiry in EXPIRIES:
        with house.system.transaction(None) as session:
            gone += purge(session, expiry)
    return gone


class ClockWatch:
    """Says when the clock of promises jumps: what is due may then be early, or late, by so much (R43)."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.before: tuple[datetime, float] | None = None

    def look(self) -> None:
        """Compare how far both clocks have come since the last look; the pace of a machine never jumps."""
        with self.house.system.transaction(None) as session:
            here, there = time.monotonic(), app_now(session)
        if self.before:
            jump = (there - self.before[0]).total_seconds() - (here - self.before[1])
            if abs(jump) > MOST_DRIFT:
                log.warning("clock_jumped", seconds=round(jump))
        self.before = there, here


class Sweeper:
    """Sweeps in a thread until told to stop; any number of them may run."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.watch = ClockWatch(house)
        self.pulse = Pulse(house.system, every=house.settings.beat_seconds)
        self.stopping = threading.Event()

    def run(self) -> None:
        """Until `stopping` is set; trouble in one table does not keep the others waiting."""
        rounds = 0
        while not self.stopping.is_set():
            self._try("clock", self.watch.look)
            for timed in subscriptions.TIMED_TABLES:
                self._try(timed.table, partial(sweep_table, self.house, timed))
            if rounds % PURGE_EVERY == 0:
                self._try("purge", partial(purge_all, self.house))
            self._try("beat", partial(self.pulse.beat, SWEEPER))
            rounds += 1
            self.stopping.wait(EVERY_SECONDS)

    def _try(self, place: str, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as trouble:  # noqa: BLE001  # what is due stays due and is looked at in the next round
            log.warning("sweeper_trouble", place=place, error=f"{type(trouble).__name__}: {trouble}"[:300])
