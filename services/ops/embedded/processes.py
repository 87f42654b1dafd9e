"""Finding and ending server processes, also those that a killed earlier run left behind."""

import contextlib
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

Escalation = Sequence[tuple[signal.Signals, float]]
"""Signals in order, each with the seconds it may take."""


def running_in(folder: Path, program: str) -> list[psutil.Process]:
    """Processes called `program` whose working folder is `folder`, parents first."""
    here = str(folder.resolve())
    found = [p for p in psutil.process_iter(["name", "cwd"]) if p.info["name"] == program and p.info["cwd"] == here]
    return sorted(found, key=lambda process: process.pid)


def end(processes: Sequence[psutil.Process], escalation: Escalation) -> bool:
    """Signal `processes` until none is left; False where the last signal did not help either."""
    alive = list(processes)
    for number, seconds in escalation:
        for process in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        deadline = time.monotonic() + seconds
        while alive := [process for process in alive if _lives(process)]:
            if time.monotonic() > deadline:
                break
            time.sleep(0.01)
    return not alive


def _lives(process: psutil.Process) -> bool:
    """A zombie is over and done with, even where the first process of a container never collects it."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def kill_tree(pid: int) -> None:
    """SIGKILL to a process and its children, as the kernel does when memory runs out."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        end(family, [(signal.SIGKILL, 10)])


def wait_until_gone(folder: Path, program: str, seconds: float) -> bool:
    """Wait for processes that end by themselves."""
    deadline = time.monotonic() + seconds
    while running_in(folder, program):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
