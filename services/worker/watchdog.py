"""Ends a worker process in which a message does not come to its end."""

from __future__ import annotations

import os
import threading
import time
from typing import Any

import dramatiq
import structlog
from dramatiq.middleware import Middleware

HUNG = 70  # the exit code
LOOK_SECONDS = 1.0

log = structlog.get_logger()


class Watchdog(Middleware):
    """Ends the process when a message takes longer than `seconds`: nothing else stops what hangs in a system call.

    Its attempt was counted before the work, from the second on; whatever else was in hand is rung again (R27).
    Dramatiq's own `TimeLimit` cannot interrupt a system call, and starts only under Dramatiq's own command line.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._since: dict[int, tuple[float, Any]] = {}

    def after_worker_boot(self, _broker: dramatiq.Broker, _worker: dramatiq.Worker) -> None:
        """From here on somebody looks."""
        threading.Thread(target=self._look, daemon=True).start()

    def before_process_message(self, _broker: dramatiq.Broker, message: Any) -> None:
        """This thread begins."""
        self._since[threading.get_ident()] = (time.monotonic(), message)

    def after_process_message(
        self, _broker: dramatiq.Broker, _message: Any, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        """This thread has come to the end, one or the other."""
        self._since.pop(threading.get_ident(), None)

    def after_skip_message(self, _broker: dramatiq.Broker, _message: Any) -> None:
        """Refused before it began."""
        self._since.pop(threading.get_ident(), None)

    def _look(self) -> None:
        while True:
            time.sleep(min(LOOK_SECONDS, self.seconds / 4))
            latest = time.monotonic() - self.seconds
            for began, message in list(self._since.values()):
                if began < latest:
                    log.error("worker_hangs", message_id=message.message_id, batch=message.args[0])
                    os._exit(HUNG)
