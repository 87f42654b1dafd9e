"""A whole site at work, and whether all that it acknowledged exists exactly once in the end."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from shared.kernel.database import Database
from shared.proofs.audit import audit, given
from tests.faults.fleet import MOST_TOGETHER, QUIET_SECONDS, Fleet, cast_in, running_fleet
from tests.faults.ledger import Ledger, totals
from tests.faults.web import Reporter, Web, real_web, reporter
from tests.support.cast import Company
from tests.support.cluster import dsn

PROCESSES = ("clock", "clock2", "worker", "worker2", "auditor")
PAUSE_SECONDS = 0.05


@dataclass
class Site:
    """PostgreSQL, Valkey, web, two workers, two clocks and the auditor; `script` reports incidents over HTTP."""

    fleet: Fleet
    web: Web
    company: Company
    of_one: Counter[str]  # what one report writes, by table
    script: Reporter
    before: Counter[str]
    proofs: Database

    def settle(self, within: float = QUIET_SECONDS) -> float:
        """Wait for quiet; nothing acknowledged may be lost or doubled, and the auditor finds nothing, be it a change
        without its event or an event without its reactions (R31).  Returns the seconds until quiet.
        """
        seconds = self.fleet.wait_quiet(within)
        lost_or_doubled = self.fleet.ledger.compare(self.fleet.urls)
        reports = len(self.script.acked)
        print(f"reports {reports}, asked in vain {self.script.unanswered}, refused {Counter(self.script.refused)}")
        assert lost_or_doubled == (0, 0)
        assert self._reported() >= self.script.acked
        expected = {table: rows * reports for table, rows in self.of_one.items()}
        assert dict(totals(self.fleet.urls) - self.before) == {t: rows for t, rows in expected.items() if rows}

        assert [one.sentence() for one in audit(self.proofs, given(silence=QUIET_SECONDS, whole=True))] == []
        return seconds

    def _reported(self) -> set[object]:
        with psycopg.connect(dsn(self.fleet.urls.backup)) as connection:
            return {row[0] for row in connection.execute("SELECT id FROM incident")}

    def send(self, stopping: threading.Event, *, pause: float = PAUSE_SECONDS) -> None:
        """Send probes until told to stop."""
        while not stopping.wait(pause):
            self.fleet.send(MOST_TOGETHER)

    def kill(self, victim: str) -> None:
        """SIGKILL a process, or one that answers for the web; it is started again."""
        if victim == "web":
            self.web.worker().kill()
        else:
            self.fleet.kill(victim)
            self.fleet.start(victim)


@contextmanager
def at_work(*jobs: Callable[[threading.Event], None]) -> Iterator[None]:
    """Each job in a thread of its own until the end of the block; what one raises is raised here."""
    stopping = threading.Event()
    with ThreadPoolExecutor(len(jobs)) as pool:
        running = [pool.submit(job, stopping) for job in jobs]
        try:
            yield
        finally:
            stopping.set()
    for one in running:
        one.result()


@contextmanager
def running_site(logs: Path) -> Iterator[Site]:
    """Servers and web, and what one undisturbed report writes."""
    with running_fleet(logs) as fleet, real_web(fleet) as web:
        proofs = Database(fleet.house.settings.auditor_database_url, info={}, pool_size=1)
        company = cast_in(fleet.house, fleet.urls).school
        site = Site(fleet, web, company, Counter(), reporter(web, company), totals(fleet.urls), proofs)
        with whole(site):
            site.script.report()
            fleet.wait_quiet()
        site.of_one = totals(fleet.urls) - site.before
        assert site.of_one["incident"] == 1
        yield site
        proofs.close()


@contextmanager
def whole(site: Site) -> Iterator[Site]:
    """All processes, a new ledger and a new program for one test; whatever it did to them ends with it."""
    for name in PROCESSES:
        site.fleet.start(name)
    site.script = reporter(site.web, site.company)
    site.fleet.ledger, site.before = Ledger(), totals(site.fleet.urls)
    try:
        yield site
    finally:
        for name in set(site.fleet.processes) - {"web"}:
            site.fleet.kill(name)
