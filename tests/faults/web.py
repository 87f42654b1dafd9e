"""The real web: started for a fleet, watched by somebody who reads, and asked by a script that writes."""

import http.client
import json
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import quantiles
from uuid import UUID, uuid4

import psutil
import pytest

from services.ops.stack import answers, free_port
from shared.people.key_usecases import issue
from tests.faults.fleet import Fleet
from tests.support.cast import Company

PAGES = ("/", "/log-in", "/readyz", "/help")
PAUSE_SECONDS = 0.05
NO_ANSWER = (urllib.error.URLError, ConnectionError, TimeoutError, http.client.HTTPException)


@dataclass
class Web:
    """gunicorn's parent and its address."""

    process: psutil.Process
    address: str

    def worker(self) -> psutil.Process:
        """One of the processes that answer; the parent forks another when it dies."""
        while not (children := self.process.children()):
            time.sleep(0.02)
        return children[0]


@contextmanager
def real_web(fleet: Fleet, **more: str) -> Iterator[Web]:
    """`hehu web` over the fleet's servers until the end; `more` goes into its environment."""
    port = free_port()
    environ = fleet.environ(HEHU_WEB_PORT=str(port), PATH="/usr/bin:/bin", **more)
    with (fleet.logs / "web.log").open("ab") as log:
        command = [sys.executable, "-m", "services.ops.main", "web"]
        process = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
    while not answers(port):
        assert process.poll() is None, (fleet.logs / "web.log").read_text()[-2000:]
        time.sleep(0.1)
    try:
        yield Web(psutil.Process(process.pid), f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(timeout=40)


@dataclass
class WebWatch:
    """Statuses and seconds of every request; `mark()` begins a new phase."""

    address: str
    stopping: threading.Event = field(default_factory=threading.Event)
    phases: list[list[tuple[int, float]]] = field(default_factory=lambda: [[]])

    def mark(self) -> None:
        """From here on it is another phase."""
        self.phases.append([])

    def run(self) -> None:
        """Ask for one page after the other until told to stop."""
        while not self.stopping.is_set():
            for page in PAGES:
                started = time.perf_counter()
                status = self._status(page)
                self.phases[-1].append((status, time.perf_counter() - started))
                self.stopping.wait(PAUSE_SECONDS)

    def _status(self, page: str) -> int:
        try:
            with urllib.request.urlopen(self.address + page, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code

    def failures(self) -> list[int]:
        """Statuses of 500 and above, of all phases."""
        return [status for phase in self.phases for status, _ in phase if status >= 500]

    def p95(self, phase: int) -> float:
        """Seconds."""
        return quantiles((seconds for _, seconds in self.phases[phase]), n=20)[18]


@contextmanager
def watched_web(fleet: Fleet) -> Iterator[WebWatch]:
    """The web, in use until the end."""
    with real_web(fleet) as web:
        watch = WebWatch(web.address)
        user = threading.Thread(target=watch.run)
        user.start()
        try:
            yield watch
        finally:
            watch.stopping.set()
            user.join()


@dataclass
class Reporter:
    """A program that reports incidents over the API and asks again, with the same key, until it is answered."""

    address: str
    company: Company
    secret: str
    acked: set[UUID] = field(default_factory=set)
    unanswered: int = 0
    refused: list[int] = field(default_factory=list)

    def report(self, count: int = 1) -> None:
        """Report `count` incidents, one after the other."""
        for _ in range(count):
            key = str(uuid4())
            while (incident := self._answer(key)) is None:
                time.sleep(0.05)
            self.acked.add(incident)

    def _answer(self, key: str) -> UUID | None:
        child = str(next(iter(self.company.children.values())))
        body = {"category": "illness", "child_ids": [child], "account": f"发烧，{key}"}
        headers = {"Authorization": f"Bearer {self.secret}", "Idempotency-Key": key, "Content-Type": "application/json"}
        address = f"{self.address}/api/v1/orgs/{self.company.slug}/incidents"
        asked = urllib.request.Request(address, json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                return UUID(json.load(answer)["id"])
        except urllib.error.HTTPError as refused:
            with refused:
                self.refused.append(refused.code)
                if refused.code < 500:
                    pytest.fail(refused.read().decode()[:500])
        except NO_ANSWER:
            self.unanswered += 1
        return None


def reporter(web: Web, company: Company) -> Reporter:
    """A program with a key of its own."""
    with company.transaction() as session:
        _key, secret = issue(session, name="fault-test", scopes=["incidents:write"], by=company.admin)
    return Reporter(web.address, company, secret)
