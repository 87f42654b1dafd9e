"""The real servers and processes of Hehu, to be killed, frozen, starved and set to a wrong time."""

import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import psycopg
from sqlalchemy.exc import IntegrityError, OperationalError

from services.ops.embedded import EmbeddedServers
from services.ops.embedded.processes import kill_tree
from shared.bootstrap import House, build
from shared.kernel.clock import app_now
from shared.kernel.events import record
from shared.kernel.ids import new_id
from shared.kernel.probe import ProbeSent
from tests.faults.ledger import Ledger
from tests.support.cast import Cast, settings_of
from tests.support.casting import build_cast
from tests.support.cluster import ROLES, Cluster, Urls, dsn
from tests.support.rows import organisation

LEASE_SECONDS = 2.0
QUIET_SECONDS = 120.0
COMMIT_TIMES = {"track_commit_timestamp": "on"}  # the ledger tells lateness by them
MOST_TOGETHER = 9
LAST_LINES = 20


class Nursery:
    """The process that forks all others."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.faults.nursery"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.one_at_a_time = threading.Lock()
        self.ready = False

    def _answer(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def start(self, wanted: Mapping[str, object]) -> psutil.Process:
        """Fork one process."""
        assert self.process.stdin is not None
        with self.one_at_a_time:
            self.ready = self.ready or self._answer() == "ready"
            self.process.stdin.write(json.dumps(wanted) + "\n")
            self.process.stdin.flush()
            return psutil.Process(int(self._answer()))

    def close(self) -> None:
        """End it; what it forked is ended by the fleet."""
        self.process.communicate()


@dataclass
class Fleet:
    """Servers, one database, tenants, and the processes over them; `environ` is what a process is given."""

    servers: EmbeddedServers
    cluster: Cluster
    urls: Urls
    house: House
    tenants: list[UUID]
    logs: Path
    nursery: Nursery
    ledger: Ledger = field(default_factory=Ledger)
    processes: dict[str, psutil.Process] = field(default_factory=dict)

    def environ(self, **more: str) -> dict[str, str]:
        settings = self.house.settings
        own = {
            "HEHU_SECRET_KEY": settings.secret_key,
            "HEHU_FIELD_KEYS": settings.field_keys,
            "HEHU_LEASE_SECONDS": str(LEASE_SECONDS),
            "HEHU_HEARTBEAT_SECONDS": str(LEASE_SECONDS),
        }
        return {**self.urls.environment(), **own, **more}

    def start(self, name: str, *, first: Sequence[str] = (), **more: str) -> None:
        """Start (again) the process `name`: worker, worker2, clock …  `first`: functions (`module:name`) that the
        fork calls before, to be another than what is released; `more` goes into its environment.
        """
        wanted = {
            "what": name.rstrip("23456789"),
            "environ": self.environ(**more),
            "log": str(self.logs / f"{name}.log"),
            "ahead": str(self.logs / f"{name}.ahead"),
            "first": list(first),
        }
        self.processes[name] = self.nursery.start(wanted)

    def kill(self, name: str, how: signal.Signals = signal.SIGKILL, *, within: float = 30) -> None:
        """Send a signal and wait until it has gone."""
        process = self.processes.pop(name)
        with suppress(psutil.NoSuchProcess):
            if how == signal.SIGKILL:
                kill_tree(process.pid)
            process.send_signal(how)
            process.wait(timeout=within)

    def jump(self, name: str, seconds: float) -> None:
        """Set the clock of one process that many seconds ahead of the machine's (or behind it)."""
        written = self.logs / f"{name}.written"
        written.write_text(str(seconds))
        written.replace(self.logs / f"{name}.ahead")  # whole: the signal of the jump before may only now arrive
        with suppress(psutil.NoSuchProcess):
            self.processes[name].send_signal(signal.SIGUSR1)

    def died(self, name: str) -> bool:
        """Whether it has ended by itself; what it said last is shown."""
        gone = not self.processes[name].is_running()
        if gone:
            print(name, *(self.logs / f"{name}.log").read_text().splitlines()[-LAST_LINES:], sep="\n")
        return gone

    def send(self, count: int = 1, *, pause: float = 0.0) -> None:
        """Record probes, one to nine a transaction; what was committed is acknowledged."""
        while count > 0:
            together = min(count, random.randint(1, MOST_TOGETHER))
            self.send_together(together)
            count -= together
            time.sleep(pause)

    def send_together(self, count: int) -> None:
        """Record `count` probes of one organisation in one transaction; a server that is away is tried again."""
        probes, tenant = [new_id() for _ in range(count)], random.choice(self.tenants)
        deadline = time.monotonic() + QUIET_SECONDS
        while not self._sent(tenant, probes):
            assert time.monotonic() < deadline, "PostgreSQL does not come back"
            time.sleep(0.2)
        self.ledger.acked.update(probes)

    def _sent(self, tenant: UUID, probes: Sequence[UUID]) -> bool:
        try:
            with self.house.app.transaction(tenant) as session:
                for probe in probes:
                    record(session, ProbeSent(id=probe, at=app_now(session), probe_id=probe))
        except IntegrityError:
            return True  # an earlier try was committed after all, and only its answer was lost
        except OperationalError:
            return False
        return True

    def now(self) -> str:
        """The database's time."""
        return str(self._one("SELECT now()::text"))

    def open_reactions(self, until: str = "infinity") -> int:
        """How many reactions wait, of those written until then; parked ones count, nobody would hear of them here."""
        return int(self._one("SELECT count(*) FROM reaction WHERE state <> 'done' AND created_at <= %s", until))

    def _one(self, query: str, *values: str) -> Any:
        with psycopg.connect(dsn(self.urls.backup)) as connection:
            row = connection.execute(query.encode(), values).fetchone()
        assert row is not None
        return row[0]

    def wait_quiet(self, most: float = QUIET_SECONDS, *, until: str = "infinity") -> float:
        """Seconds until nothing is open that was written `until` then.  Fails after `most`."""
        started = time.monotonic()
        while waiting := self.open_reactions(until):
            assert time.monotonic() - started < most, f"{waiting} reactions still open after {most} s"
            time.sleep(0.1)
        return time.monotonic() - started

    def close(self) -> None:
        """End everything."""
        for name in list(self.processes):
            self.kill(name)
        self.nursery.close()
        self.house.app.close()


def cast_in(house: House, urls: Urls) -> Cast:
    """New organisations with people and children; their pages are asked of the real web, not of this process."""
    return build_cast(house, urls)


@contextmanager
def running_fleet(logs: Path, *, tenants: int = 10) -> Iterator[Fleet]:
    """Durable servers of its own and empty organisations; no process runs yet."""
    nursery = Nursery()  # it imports while the servers start
    with EmbeddedServers.throwaway(durable=True, postgres_options=COMMIT_TIMES) as servers:
        passwords = dict.fromkeys(ROLES, "only-on-loopback")
        cluster = Cluster(servers.superuser_url, servers.redis_url, passwords)
        cluster.clone("hehu_faults")
        urls = cluster.urls("hehu_faults")
        with psycopg.connect(dsn(urls.superuser)) as connection:
            ids = [organisation(connection, f"tenant {number}") for number in range(tenants)]
        fleet = Fleet(servers, cluster, urls, build(settings_of(urls)), ids, logs, nursery)
        try:
            yield fleet
        finally:
            fleet.close()
