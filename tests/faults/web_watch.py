"""A real web process and somebody who keeps using it, noting answers and times."""

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

from services.ops.stack import answers, free_port
from tests.faults.fleet import Fleet

PAGES = ("/", "/log-in", "/readyz", "/help")
PAUSE_SECONDS = 0.05


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
    """`hehu web` over the fleet's servers, in use until the end."""
    port = free_port()
    environ = fleet.environ(HEHU_WEB_PORT=str(port), PATH="/usr/bin:/bin")
    with (fleet.logs / "web.log").open("ab") as log:
        command = [sys.executable, "-m", "services.ops.main", "web"]
        process = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
    while not answers(port):
        assert process.poll() is None, (fleet.logs / "web.log").read_text()[-2000:]
        time.sleep(0.1)
    watch = WebWatch(f"http://127.0.0.1:{port}")
    user = threading.Thread(target=watch.run)
    user.start()
    try:
        yield watch
    finally:
        watch.stopping.set()
        user.join()
        process.terminate()
        process.wait(timeout=40)
