"""The fast clock: `app_now` is set to a moment, and all that falls due or follows from it is done before the next.

The reactions are the worker's own: done by `services.worker.drain` processes, or by whole workers and clocks that
ring and sweep while faults are done to them.
"""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import datetime
from typing import Any, Protocol

import psycopg

from shared import subscriptions
from shared.kernel.errors import DomainError
from shared.kernel.settings import Settings

from .installation import Installation, dsn, environment

QUIET_SECONDS = 180.0
POLL_SECONDS = 0.02
DUE = " UNION ALL ".join(
    f"SELECT 1 FROM {timed.table} WHERE alert_at <= app_now() AND {timed.open_when}"
    for timed in subscriptions.TIMED_TABLES
)
WAITING = f"SELECT (SELECT count(*) FROM reaction WHERE state = 'open'), (SELECT count(*) FROM ({DUE}) due)"


class Reacting(Protocol):
    """Those who sweep and react."""

    def nudge(self) -> None:
        """Something may be waiting."""

    def close(self) -> None:
        """End."""


class Drains:
    """Processes that work off what there is, when told to."""

    def __init__(self, made: Installation, number: int) -> None:
        roles = ("database_url", "system_database_url", "rollup_database_url")
        command = [sys.executable, "-m", "services.worker.drain"]
        with (made.folder / "drain.log").open("ab") as errors:
            self._processes = [
                subprocess.Popen(
                    command,
                    env=environment(made.settings, roles),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    text=True,
                )
                for _ in range(number)
            ]
        self._answers()

    def nudge(self) -> None:
        """One round of each, all at once."""
        for process in self._processes:
            assert process.stdin is not None  # it is a pipe
            process.stdin.write("\n")
            process.stdin.flush()
        self._answers()

    def _answers(self) -> None:
        for process in self._processes:
            assert process.stdout is not None  # it is a pipe
            if not process.stdout.readline():
                raise DomainError("simulate.drain", "the process that reacts has ended by itself: its log says why")

    def close(self) -> None:
        """End them."""
        for process in self._processes:
            process.communicate()


class Clock:
    """Sets the clock of promises and waits until nothing is due and nothing open."""

    def __init__(self, settings: Settings) -> None:
        self._owner = psycopg.connect(dsn(settings.owner_database_url), autocommit=True)
        self._oracle = psycopg.connect(dsn(settings.backup_database_url), autocommit=True)

    def set(self, moment: datetime) -> None:
        """Set it; it goes on from there."""
        self._owner.execute("UPDATE clock_offset SET ahead = %s - now()", [moment])

    def quiet(self, reacting: Reacting) -> None:
        """Until nothing is open and nothing due.  Raises DomainError after three minutes without progress."""
        deadline, least = time.monotonic() + QUIET_SECONDS, None
        while waiting := self._waiting():
            if least is None or waiting < least:
                least, deadline = waiting, time.monotonic() + QUIET_SECONDS
            elif time.monotonic() > deadline:
                raise DomainError("simulate.not_quiet", f"{waiting} things are still waiting")
            reacting.nudge()

    def _waiting(self) -> int:
        row: Any = self._oracle.execute(WAITING.encode()).fetchone()
        return int(row[0]) + int(row[1])

    def duties_open(self) -> bool:
        """Whether somebody is still to be told of an incident."""
        return self._oracle.execute("SELECT 1 FROM incident_step WHERE state = 'open' LIMIT 1").fetchone() is not None

    def close(self) -> None:
        """Give the connections back."""
        self._owner.close()
        self._oracle.close()
