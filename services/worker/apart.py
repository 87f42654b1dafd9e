"""Reactions that came to no end again and again: each in a process of its own, where it takes nobody with it (R27)."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Sequence
from queue import SimpleQueue

import structlog

ALONE = "services.worker.alone"
ABREAST = 2
Line = SimpleQueue[tuple[str, str, str]]

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
                    threading.Thread(target=self._begin, args=[self._lines[queue]], daemon=True).start()
            for tenant, ids in batch:
                for row in set(ids) - self._standing:
                    self._standing.add(row)
                    self._lines[queue].put((actor, tenant, row))

    def _begin(self, line: Line) -> None:
        while True:
            actor, tenant, row = line.get()
            try:
                in_own_process(actor, tenant, row)
            except OSError as trouble:
                log.error("no_process", reaction=row, error=str(trouble))
            self._standing.discard(row)


def in_own_process(actor: str, tenant: str, row: str) -> None:
    """Begin it and wait for its end, which it sets itself where it hangs; our limit of memory is its limit."""
    command = [sys.executable, "-m", ALONE, actor, tenant, row]
    if code := subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode:
        log.error("reaction_ends_its_process", reaction=row, code=code)
