"""Forks that react to the trial event of tests/worker, or freeze with work in hand (`Fleet.start(first=…)`)."""

import os
import signal
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from services.worker import sweeper
from shared import subscriptions
from shared.kernel import timers
from shared.kernel.timers import TimedTable
from tests.worker.trial import TrialHappened, leave_trace, leave_trace_alarm

ROOT = Path(__file__).parents[2]
TRIALS = "tests.faults.trials:newer_release"


def newer_release() -> None:
    """This one knows the trial event and its reactors; a fork without it is the older release (R28).

    So do the interpreters that it starts: they find `sitecustomize` on their path.
    """
    os.environ["PYTHONPATH"] = f"{ROOT}:{ROOT / 'tests' / 'faults' / 'newer_release'}"
    subscriptions.SUBSCRIPTIONS[TrialHappened] = (leave_trace, leave_trace_alarm)


def freeze_in_hand() -> None:
    """This sweeper stops, as a paused virtual machine does, with moved rows that are not committed yet (R47)."""
    whole = timers.sweep

    def sweep(session: Session, timed: TimedTable, **how: Any) -> int:
        moved = whole(session, timed, **how)
        if moved:
            os.kill(os.getpid(), signal.SIGSTOP)
        return moved

    setattr(sweeper, "sweep", sweep)  # noqa: B010  # a name that the sweeper imports
