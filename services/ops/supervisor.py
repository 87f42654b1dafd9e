"""Runs the product's processes as children: starts, watches, restarts and stops them in order."""

import itertools
import json
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from services.ops.embedded.processes import end, kill_tree
from shared.kernel.errors import DomainError

STOP_SECONDS = 25.0  # a worker gives its reactions 20
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds between a crash and the next start, doubled each time
STEADY_SECONDS = 60.0  # who has run this long starts with the short pause again
RECORD = "children.json"
_LOG_LIMIT = 10_000_000


class CannotStart(DomainError):
    """A process ends as soon as it is started."""


@dataclass(frozen=True)
class Program:
    """One process: its name, command line and environment, and how to see that it works (alive, unless told)."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    is_ready: Callable[[], bool] = lambda: True


@dataclass
class _Child:
    program: Program
    log: Path
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    pause: float = FIRST_PAUSE
    next_start_at: float = 0.0


class Supervisor:
    """Children in the order given; stopped in the opposite order.  Logs lie in `folder/log/<name>.log`.

    Their ids are kept in `folder`, so that a run after a kill -9 finds what that one left (`end_leftovers`).
    """

    def __init__(self, programs: Sequence[Program], *, folder: Path, say: Callable[[str], None]) -> None:
        self._folder, self._say = folder, say
        self._children = [_Child(program, folder / "log" / f"{program.name}.log") for program in programs]

    def start(self, within: float = 60.0) -> None:
        """Start all and wait until they are ready.  Raises CannotStart with the child's last words."""
        for child in self._children:
            self._spawn(child)
        deadline = time.monotonic() + within
        waiting = list(self._children)
        while waiting:
            for child in waiting:
                if child.process is None or child.process.poll() is not None or time.monotonic() > deadline:
                    raise CannotStart(
                        "ops.cannot_start", f"{child.program.name} does not start: {last_words(child.log)}"
                    )
            waiting = [child for child in waiting if not child.program.is_ready()]
            time.sleep(0.05)

    def watch(self) -> None:
        """Start again what has ended; to be called a few times a second."""
        now = time.monotonic()
        for child in self._children:
            if child.process is None:
                if now >= child.next_start_at:
                    self._spawn(child)
            elif (code := child.process.poll()) is not None:
                self._after_crash(child, code, now)

    def stop(self) -> None:
        """End all, last started first; each may finish what it has in hand."""
        for child in reversed(self._children):
            if child.process is None:
                continue
            child.process.terminate()
            try:
                child.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._say(f"{child.program.name} did not stop within {STOP_SECONDS:.0f} s and was killed")
                kill_tree(child.process.pid)
                child.process.wait()
            child.process = None
        (self._folder / RECORD).unlink(missing_ok=True)

    def pid(self, name: str) -> int | None:
        """Process id of a child that runs (tests kill it)."""
        found = [child for child in self._children if child.program.name == name]
        process = found[0].process if found else None
        return process.pid if process is not None and process.poll() is None else None

    def _spawn(self, child: _Child) -> None:
        child.log.parent.mkdir(mode=0o700, exist_ok=True)
        if child.log.exists() and child.log.stat().st_size > _LOG_LIMIT:
            child.log.replace(child.log.with_suffix(".log.1"))
        with child.log.open("ab") as log:
            child.process = subprocess.Popen(
                child.program.command,
                env=child.program.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us: we stop the children in order
            )
        child.started_at = time.monotonic()
        self._keep_record()

    def _after_crash(self, child: _Child, code: int, now: float) -> None:
        if now - child.started_at > STEADY_SECONDS:
            child.pause = FIRST_PAUSE
        words = f"{child.program.name} ended by itself (code {code}), starting again in {child.pause:.1f} s"
        self._say(f"{words}: {last_words(child.log)}")
        child.process, child.next_start_at = None, now + child.pause
        child.pause = min(child.pause * 2, LONGEST_PAUSE)

    def _keep_record(self) -> None:
        running = [child.process.pid for child in self._children if child.process is not None]
        kept = [(pid, _born(pid)) for pid in running]
        (self._folder / RECORD).write_text(json.dumps(kept))


def end_leftovers(folder: Path, say: Callable[[str], None]) -> None:
    """End what a killed earlier run has left; only for who holds the folder's lock.

    An id alone may belong to somebody else by now; id and time of birth together do not.
    """
    record = folder / RECORD
    if not record.exists():
        return
    left = [pid for pid, born in json.loads(record.read_text()) if born and _born(pid) == born]
    families = [[process, *process.children(recursive=True)] for process in map(psutil.Process, left)]
    end(list(itertools.chain(*families)), [(signal.SIGTERM, 3), (signal.SIGKILL, 5)])
    if left:
        say(f"ended {len(left)} processes that an earlier run had left behind")
    record.unlink()


def _born(pid: int) -> float | None:
    try:
        return psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return None


def last_words(log: Path) -> str:
    """The last line a child wrote, and where the rest is."""
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return f"{lines[-1].strip() if lines else 'it wrote nothing'} (more in {log})"
