"""Signs of life: one row for each part of the machinery, written while the part really works."""

from __future__ import annotations

import time

from sqlalchemy import text

from .calls import CALLS
from .database import Database
from .reactions import COPY_QUEUE, QUEUES

SWEEPER = "sweeper"
BELLS = tuple(f"bell:{queue}" for queue in (*QUEUES, COPY_QUEUE))
# Who calls other systems may be held up by them for longer than a silence.
WORKERS = tuple(f"worker:{queue}" for queue in QUEUES if queue != CALLS)
PARTS = (SWEEPER, *BELLS, *WORKERS)

BEAT = text("INSERT INTO beat (part) VALUES (:part) ON CONFLICT (part) DO UPDATE SET at = now()")


class Pulse:
    """Writes the signs of life of one process; of several processes of a kind any living one does."""

    def __init__(self, database: Database, *, every: float) -> None:
        self.database, self.every = database, every
        self._next: dict[str, float] = {}

    def beat(self, part: str) -> bool:
        """Say that `part` lives; False where it has said so less than `every` seconds ago."""
        now = time.monotonic()
        if now < self._next.get(part, 0.0):
            return False
        with self.database.transaction(None) as session:
            session.execute(BEAT, {"part": part})
        self._next[part] = now + self.every
        return True
