"""Forks that react to the trial event of tests/worker, or freeze with work in hand (`Fleet.start(first=…)`)."""

import os
import signal
from typing import Any

from sqlalchemy.orm import Session

from services.worker import sweeper
from shared.kernel import timers
from shared.kernel.timers import TimedTable


def freeze_in_hand() -> None:
    """This sweeper stops, as a paused virtual machine does, with moved rows that are not committed yet (R47)."""
    whole = timers.sweep

    def sweep(session: Session, timed: TimedTable, **how: Any) -> int:
        moved = whole(session, timed, **how)
        if moved:
            os.kill(os.getpid(), signal.SIGSTOP)
        return moved

    setattr(sweeper, "sweep", sweep)  # noqa: B010  # a name that the sweeper imports
