"""Throw-away data and the processes of production over it; the clock of promises may be moved, here alone."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg

from services.ops import stack
from services.ops.demo_data.founding import Company, Founder
from services.ops.demo_data.names import Inventor
from services.ops.demo_data.offices import OFFICE
from services.ops.kept import LogIn
from shared.bootstrap import build
from shared.kernel.clock import app_now, local_day
from shared.kernel.settings import Settings
from shared.organisations.models import Area

SEED = 122
TERM_MONTHS = 6
ORGANISATIONS = ("education", "school_town", "school")
IMPATIENT = {"HEHU_LEASE_SECONDS": "5", "HEHU_HEARTBEAT_SECONDS": "5"}  # a killed worker's work is taken up sooner
PEOPLE = (("school", "administrator"), ("school", "head"), ("education", "recipient"))


@dataclass(frozen=True)
class Desk:
    """A running installation with an empty school, and the hands that only a check has."""

    running: stack.Stack

    @property
    def address(self) -> str:
        """Of the web."""
        return self.running.address

    def log_in_of(self, who: str) -> LogIn:
        """officer, administrator, head or recipient; the path is that of their organisation's pages."""
        return next(one for one in self.running.log_ins if one.who == who)

    def set_clock(self, moment: datetime) -> None:
        """Move the clock of promises ahead to `moment`; it goes on from there."""
        with self._database() as connection:
            connection.execute("UPDATE clock_offset SET ahead = %s - now()", [moment])

    def open_reactions(self) -> int:
        """How much is still to be done; says when to look, never what to find."""
        with self._database() as connection:
            found = connection.execute("SELECT count(*) FROM reaction WHERE state = 'open'").fetchone()
        return int(found[0]) if found else 0

    def _database(self) -> psycopg.Connection[tuple[Any, ...]]:
        url = self.running.servers.superuser_url.replace("+psycopg", "", 1)
        return psycopg.connect(url, dbname=stack.DATABASE)

    def kill_worker(self) -> int | None:
        """Kill the worker without warning; returns its process id."""
        killed = self.running.supervisor.pid("worker")
        if killed is not None:
            os.kill(killed, signal.SIGKILL)
        return killed

    def worker(self) -> int | None:
        """The process id of the worker that runs now."""
        return self.running.supervisor.pid("worker")


@contextlib.contextmanager
def throw_away(say: Callable[[str], None], *, without: Collection[str] = ()) -> Iterator[Desk]:
    """Start it in a folder of its own, watch over it, and remove it in the end."""
    with (
        tempfile.TemporaryDirectory(prefix="hehu-check-") as folder,
        stack.running(
            Path(folder) / "data",
            port=stack.free_port(),
            load=_load,
            say=say,
            durable=False,
            without=without,
            settings=IMPATIENT,
        ) as running,
        _watched(running, say),
    ):
        yield Desk(running)


@contextlib.contextmanager
def _watched(running: stack.Stack, say: Callable[[str], None]) -> Iterator[None]:
    ended = threading.Event()

    def watch() -> None:
        while not ended.is_set():
            running.watch(say)
            time.sleep(0.2)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


def _load(settings: Settings) -> list[LogIn]:
    """A county office, a township, an education bureau and a school without a single child."""
    house = build(settings)
    with contextlib.closing(house.app):
        with house.app.transaction(None) as session:
            now = app_now(session)
        founder = Founder(house, Inventor(SEED), now=now)
        county = founder.county()
        founder.term(*term_around(local_day(now)))
        companies = {key: founder.organisation(OFFICE[key]) for key in ORGANISATIONS}
        with county.transaction() as session:
            area = session.get_one(Area, county.row.area_id).slug
        return [
            _log_in(county, "officer", f"/c/{area}/"),
            *(_log_in(companies[key], who, companies[key].path) for key, who in PEOPLE),
        ]


def _log_in(company: Company, who: str, path: str) -> LogIn:
    member = company.members[who]
    return LogIn(who, member.phone, member.password, path, "")


def term_around(today: date) -> tuple[date, date]:
    """From the first of last month to the end of the fourth month to come: whole months, however the day falls."""
    starts, after = months_on(today, -1), months_on(today, TERM_MONTHS - 1)
    return starts, date.fromordinal(after.toordinal() - 1)


def months_on(day: date, months: int) -> date:
    """The first day of the month so many months after that of `day`."""
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)
