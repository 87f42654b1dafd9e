"""Moves every timed row that is due to its next stage, and measures how late that is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

import structlog
from sqlalchemy import text

from shared import subscriptions
from shared.bootstrap import House
from shared.kernel.purge import EXPIRIES, purge
from shared.kernel.telemetry import OLDEST_OPEN, PARKED, SWEEP_LATENESS, SWEPT
from shared.kernel.timers import TimedTable, sweep

EVERY_SECONDS = 0.5
MEASURE_EVERY = 20  # rounds
PURGE_EVERY = 7200  # rounds: about an hour
BATCH = 2000

log = structlog.get_logger()
LATENESS = "SELECT coalesce(extract(epoch FROM app_now() - min(alert_at)), 0) FROM {table} WHERE alert_at IS NOT NULL"
AGES = text(
    """
    SELECT queue, extract(epoch FROM now() - min(created_at)) AS age FROM reaction
     WHERE state = 'open' GROUP BY queue
    """
)


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


def measure(house: House) -> None:
    """Set the gauges that alerts watch."""
    with house.system.transaction(None) as session:
        for timed in subscriptions.TIMED_TABLES:
            late = session.execute(text(LATENESS.format(table=timed.table))).scalar_one()
            SWEEP_LATENESS.labels(timed.table).set(max(0.0, float(late)))
        for row in session.execute(AGES):
            OLDEST_OPEN.labels(row.queue).set(float(row.age))
        PARKED.set(session.execute(text("SELECT count(*) FROM reaction WHERE state = 'parked'")).scalar_one())


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
        self.stopping = threading.Event()

    def run(self) -> None:
        """Until `stopping` is set; trouble in one table does not keep the others waiting."""
        rounds = 0
        while not self.stopping.is_set():
            for timed in subscriptions.TIMED_TABLES:
                self._try(timed.table, partial(sweep_table, self.house, timed))
            if rounds % MEASURE_EVERY == 0:
                self._try("measure", partial(measure, self.house))
            if rounds % PURGE_EVERY == 0:
                self._try("purge", partial(purge_all, self.house))
            rounds += 1
            self.stopping.wait(EVERY_SECONDS)

    def _try(self, place: str, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as trouble:  # noqa: BLE001  # what is due stays due and is looked at in the next round
            log.warning("sweeper_trouble", place=place, error=f"{type(trouble).__name__}: {trouble}"[:300])
