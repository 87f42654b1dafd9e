"""The real web: started for a fleet, watched by somebody who reads, and asked by a program that writes."""

import http.client
import itertools
import json
import random
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import quantiles
from uuid import UUID, uuid4

import psutil

from services.ops.stack import answers, free_port
from shared.people.key_usecases import issue
from tests.faults.fleet import QUIET_SECONDS, Fleet
from tests.support.cast import Company

PAGES = ("/", "/log-in", "/readyz", "/help")
PAUSE_SECONDS = 0.05  # between two requests; a report takes about as long
KEYS = 4  # a key may ask 600 times a minute
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
        return random.choice(children)


@contextmanager
def real_web(fleet: Fleet, name: str = "web", **more: str) -> Iterator[Web]:
    """What `hehu web` becomes, over the fleet's servers until the end; `more` goes into its environment."""
    port = free_port()
    fleet.start(name, **{"HEHU_WEB_PORT": str(port), **more})
    while not answers(port):
        assert not fleet.died(name), (fleet.logs / f"{name}.log").read_text()[-2000:]
        time.sleep(0.05)
    try:
        yield Web(fleet.processes[name], f"http://127.0.0.1:{port}")
    finally:
        fleet.kill(name, signal.SIGTERM)


@dataclass
class WebWatch:
    """Somebody who reads; statuses and seconds of every request, in phases that `mark()` begins."""

    address: str
    phases: list[list[tuple[int, float]]] = field(default_factory=lambda: [[]])

    def mark(self) -> None:
        """From here on it is another phase."""
        self.phases.append([])

    def read(self, stopping: threading.Event) -> None:
        """Ask for one page after the other until told to stop."""
        for page in itertools.cycle(PAGES):
            if stopping.wait(PAUSE_SECONDS):
                return
            started = time.perf_counter()
            status = self._status(page)
            self.phases[-1].append((status, time.perf_counter() - started))

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

    def p95(self, phases: slice) -> float:
        """Seconds, of the phases taken together."""
        return quantiles((seconds for phase in self.phases[phases] for _, seconds in phase), n=20)[18]


@dataclass
class Reporter:
    """A program that reports incidents over the API and asks again, with the same key, until it is answered."""

    address: str
    company: Company
    secrets: Sequence[str]
    acked: set[UUID] = field(default_factory=set)
    unanswered: int = 0
    refused: list[int] = field(default_factory=list)

    def report(self) -> None:
        """Report one incident."""
        key, secret = str(uuid4()), random.choice(self.secrets)
        deadline = time.monotonic() + QUIET_SECONDS
        while (incident := self._answer(key, secret)) is None:
            assert time.monotonic() < deadline, "the web does not come back"
            time.sleep(0.05)
        self.acked.add(incident)

    def work(self, stopping: threading.Event, *, pause: float = PAUSE_SECONDS) -> None:
        """Report one after the other until told to stop."""
        while not stopping.wait(pause):
            self.report()

    def _answer(self, key: str, secret: str) -> UUID | None:
        child = str(next(iter(self.company.children.values())))
        body = {"category": "illness", "child_ids": [child], "account": f"发烧，{key}"}
        headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": key, "Content-Type": "application/json"}
        address = f"{self.address}/api/v1/orgs/{self.company.slug}/incidents"
        asked = urllib.request.Request(address, json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                return UUID(json.load(answer)["id"])
        except urllib.error.HTTPError as refused:
            with refused:
                self.refused.append(refused.code)
                if refused.code < 500:
                    raise  # its own fault, which no repeat mends
        except NO_ANSWER:
            self.unanswered += 1
        return None


def reporter(web: Web, company: Company) -> Reporter:
    """A program with keys of its own."""
    with company.transaction() as session:
        made = [issue(session, name=f"{n}", scopes=["incidents:write"], by=company.admin) for n in range(KEYS)]
    return Reporter(web.address, company, [secret for _key, secret in made])
