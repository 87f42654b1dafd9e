"""Reactions that came to no end again: each in hand of a process of its own, where it takes nobody with it (R27)."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from subprocess import PIPE, Popen

import structlog

ALONE = "services.worker.alone"
ABREAST = 2
REST_SECONDS = 10.0  # after which a process without work is ended
One = tuple[str, str, str]
Line = SimpleQueue[One]

log = structlog.get_logger()


class Apart:
    """A line for each queue, so that what hangs in one holds up no other; a few processes at a time for each.

    Nobody waits here: a reaction is counted as it begins, and what stands in a line when this process ends is rung
    again.
    """

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}
        self._standing: set[str] = set()
        self._lock = threading.Lock()

    def send(self, queue: str, actor: str, batch: Sequence[tuple[str, Sequence[str]]]) -> None:
        """Put them at the end of that queue's line, unless they stand there already."""
        with self._lock:
            if queue not in self._lines:
                self._lines[queue] = SimpleQueue()
                for _ in range(ABREAST):
                    threading.Thread(target=self._serve, args=[self._lines[queue]], daemon=True).start()
            for tenant, ids in batch:
                for row in set(ids) - self._standing:
                    self._standing.add(row)
                    self._lines[queue].put((actor, tenant, row))

    def _serve(self, line: Line) -> None:
        own = Own()
        while True:
            try:
                one = line.get(timeout=REST_SECONDS)
            except Empty:
                own.end()
                continue
            own.do(one)
            self._standing.discard(one[-1])


class Own:
    """A process that does one after the other, until one of them ends it or there is none for a while."""

    def __init__(self) -> None:
        self.process: Popen[str] | None = None

    def do(self, one: One) -> None:
        """Begin it and wait for its end, which it sets itself where it hangs."""
        try:
            if self.process is None:  # our limit of memory is its limit; it ends when we do
                self.process = Popen([sys.executable, "-m", ALONE], stdin=PIPE, stdout=PIPE, text=True)
            if not _said(self.process, one):
                log.error("reaction_ends_its_process", reaction=one[-1], code=self.process.wait())
                self.end()
        except OSError as trouble:
            log.error("no_process", reaction=one[-1], error=str(trouble))
            self.end()

    def end(self) -> None:
        """It has nothing in hand."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None


def _said(process: Popen[str], one: One) -> bool:
    """Whether it names what it was handed; if not, it did not live to see its end."""
    assert process.stdin is not None
    assert process.stdout is not None
    print(*one, file=process.stdin, flush=True)
    return bool(process.stdout.readline())
