"""What PostgreSQL and Valkey have in common as child processes: a port, a log, start, stop, kill."""

import contextlib
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from services.ops.embedded import processes
from services.ops.embedded.account import Account
from services.ops.embedded.errors import EmbeddedError, explain, is_port_taken, port_taken

HOST = "127.0.0.1"
_LOG_LIMIT = 10_000_000
_READY_WITHIN = 60.0  # seconds; recovery after a crash reads the whole log back


class Daemon(ABC):
    """One server process on the loopback interface.

    A port given is kept; otherwise the last one is used again if free, else any free one.  After the
    first start the port stays, so that addresses handed out go on working over a restart.
    """

    title: ClassVar[str]
    program: ClassVar[str]
    escalation: ClassVar[processes.Escalation]

    def __init__(self, data: Path, log: Path, account: Account, port: int | None) -> None:
        self.data, self.log, self.account = data, log, account
        self._port, self._asked_for = port, port is not None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        """The TCP port; known from the first start on."""
        if self._port is None:
            raise EmbeddedError(f"{self.title} has not been started yet")
        return self._port

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self) -> None:
        """Start and wait until it answers.  Raises EmbeddedError; does nothing where it runs already."""
        if self.pid is not None:
            return
        self.clear_leftovers()
        self._prepare()
        for _ in range(5):
            port = self._choose_port()
            text = self._try_start(port)
            if text is None:
                self._keep_port(port)
                return
            if not is_port_taken(text):
                raise explain(self.title, text, self.log)
            if self._asked_for:
                break
        raise port_taken(self.title, port)

    def stop(self) -> None:
        """Stop in order, with growing insistence."""
        if self._process is None:
            return
        for number, seconds in self.escalation:
            self._process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
                break
        self._process = None

    def kill(self) -> None:
        """SIGKILL to the server and its children: what a crash of the machine leaves behind."""
        if self._process is not None:
            processes.kill_tree(self._process.pid)
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Stop and start on the same port."""
        self.stop()
        self.start()

    def clear_leftovers(self) -> None:
        """End what an earlier run left running on our data (nobody else may: we hold the lock)."""
        if not self._pid_file().exists():
            return
        left = processes.running_in(self.data, self.program)
        if not processes.end(left[:1], self.escalation):
            raise EmbeddedError(
                f"{self.title} of an earlier run (process {left[0].pid}) cannot be stopped: end it by hand"
            )
        if not processes.wait_until_gone(self.data, self.program, 5):
            processes.end(processes.running_in(self.data, self.program), self.escalation[-1:])
        self._pid_file().unlink(missing_ok=True)

    @abstractmethod
    def _prepare(self) -> None:
        """Make the data folder where it is missing."""

    @abstractmethod
    def _command(self, port: int) -> list[str]:
        """The command line; nothing secret in it: every user of the machine can read it."""

    @abstractmethod
    def _is_ready(self, pid: int, port: int) -> bool:
        """Whether the server takes commands."""

    @abstractmethod
    def _pid_file(self) -> Path:
        """The file that exists while it runs, or after a crash."""

    def _try_start(self, port: int) -> str | None:
        """None once it is ready, or what it wrote before it gave up."""
        if not _is_free(port):
            return "Address already in use"
        begin = self._rotate_log()
        with self.log.open("ab") as log:
            self._process = self._spawn(self._command(port), log.fileno())
        deadline = time.monotonic() + _READY_WITHIN
        while self._process.poll() is None and time.monotonic() < deadline:
            if self._is_ready(self._process.pid, port):
                return None
            time.sleep(0.005)
        self.stop()
        return self.log.read_bytes()[begin:].decode(errors="replace")

    def _spawn(self, command: list[str], output: int) -> "subprocess.Popen[bytes]":
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.data,
                env={"LC_ALL": "C", "PATH": "/usr/bin:/bin", "TZ": "UTC"},
                start_new_session=True,  # Ctrl-C in the terminal is for us; we stop servers last
                **self.account.run_as(),
            )
        except OSError as error:
            raise EmbeddedError(f"{self.title} cannot be run here: {error.strerror} ({command[0]})") from error

    def _rotate_log(self) -> int:
        self.log.parent.mkdir(mode=0o700, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        return self.log.stat().st_size if self.log.exists() else 0

    def _choose_port(self) -> int:
        if self._port is not None:
            if not self._asked_for or _is_free(self._port):
                return self._port
            raise port_taken(self.title, self._port)
        with contextlib.suppress(OSError, ValueError):
            last = int(self._port_file().read_text())
            if _is_free(last):
                return last
        return _free_port()

    def _keep_port(self, port: int) -> None:
        self._port, self._asked_for = port, True
        self._port_file().write_text(str(port))

    def _port_file(self) -> Path:
        return self.data.with_suffix(".port")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
