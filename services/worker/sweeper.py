"""Moves every timed row that is due to its next stage, and shows that it does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

import structlog

from shared import subscriptions
from shared.bootstrap import House
from shared.kernel.pulse import SWEEPER, Pulse
from shared.kernel.purge import EXPIRIES, purge
from shared.kernel.telemetry import SWEPT
from shared.kernel.timers import TimedTable, sweep

EVERY_SECONDS = 0.5
PURGE_EVERY = 7200  # rounds: about an hour
BATCH = 2000

log = structlog.get_logger()


def sweep_table(house: House, timed: TimedTable) -> int:
    """Batches until nothing of this table is due; each batch commits by itself."""
    moved = 0
    while True:
        with house.system.transaction(None) as session:
            batch = sweep(session, timed, most=BATCH)
        moved += batch
        SWEPT.labels(timed.table).inc(batch)
        if batch < BATCH:
            return moved


def purge_all(house: House) -> int:
    """Delete everything that has expired; each table commits by itself.  Returns how many rows."""
    gone = 0
    for expiry in EXPIRIES:
        with house.system.transaction(None) as session:
            gone += purge(session, expiry)
    return gone


class Sweeper:
    """Sweeps in a thread until told to stop; any number of them may run."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.pulse = Pulse(house.system, every=house.settings.beat_seconds)
        self.stopping = threading.Event()

    def run(self) -> None:
        """Until `stopping` is set; trouble in one table does not keep the others waiting."""
        rounds = 0
        while not self.stopping.is_set():
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
