"""The two embedded servers over one data folder, held by one process at a time."""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from services.ops.embedded.account import server_account
from services.ops.embedded.errors import EmbeddedError
from services.ops.embedded.place import POINTER, home_for, make_folder, programs
from services.ops.embedded.postgres import Postgres
from services.ops.embedded.valkey import Valkey
from services.ops.private import write_private

_THROWAWAY = "hehu-throwaway-"
_YOUNG = 60  # seconds


class EmbeddedServers:
    """PostgreSQL and Valkey on `data_dir`; data stays for the next start.

    `durable=False` gives up safety against power loss for speed (tests).  Ports are chosen unless given.
    Raises EmbeddedError, with one line for the terminal, where a server cannot start.
    """

    postgres: Postgres
    valkey: Valkey

    def __init__(
        self,
        data_dir: Path,
        *,
        postgres_options: Mapping[str, str] | None = None,
        durable: bool = True,
        postgres_port: int | None = None,
        valkey_port: int | None = None,
    ) -> None:
        self.data_dir = data_dir.absolute()
        self._options, self._durable = postgres_options, durable
        self._ports = (postgres_port, valkey_port)
        self._held = contextlib.ExitStack()

    @property
    def superuser_url(self) -> str:
        """PostgreSQL's superuser on database `postgres`."""
        return self.postgres.superuser_url()

    @property
    def redis_url(self) -> str:
        """Valkey, database 0."""
        return self.valkey.url()

    def start(self) -> None:
        """Take the data folder and start both servers."""
        with contextlib.ExitStack() as undo, plain_errors():
            account = server_account()
            make_folder(self.data_dir, account)
            undo.enter_context(data_lock(self.data_dir))
            self._build(home_for(self.data_dir, account))
            for server in (self.postgres, self.valkey):
                undo.callback(server.stop)
                server.start()
            self._held = undo.pop_all()

    def stop(self) -> None:
        """Stop both and give the data folder free."""
        self._held.close()

    def revive(self) -> list[str]:
        """Start again what has ended by itself; returns what that was."""
        ended = [server for server in (self.postgres, self.valkey) if server.pid is None]
        for server in ended:
            server.start()
        return [server.title for server in ended]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    @classmethod
    @contextlib.contextmanager
    def throwaway(
        cls, *, durable: bool = False, postgres_options: Mapping[str, str] | None = None
    ) -> Iterator["EmbeddedServers"]:
        """Servers in a temporary folder that goes with them.  Benchmarks and fault tests are durable."""
        _remove_abandoned()
        data_dir = Path(tempfile.mkdtemp(prefix=_THROWAWAY))
        try:
            with cls(data_dir, durable=durable, postgres_options=postgres_options) as servers:
                yield servers
        finally:
            remove_data(data_dir)

    def _build(self, home: Path) -> None:
        account, logs = server_account(), self.data_dir / "log"
        found, passwords = programs(account), _passwords(home)
        self.postgres = Postgres(
            home,
            logs / "postgres.log",
            account,
            programs=found.postgres_bin,
            password=passwords["postgres"],
            port=self._ports[0],
            options=self._options,
            durable=self._durable,
        )
        self.valkey = Valkey(
            home,
            logs / "valkey.log",
            account,
            program=found.valkey,
            password=passwords["valkey"],
            port=self._ports[1],
            durable=self._durable,
        )


def remove_data(data_dir: Path) -> None:
    """Delete a data folder and what it keeps elsewhere.  Raises EmbeddedError while servers run on it."""
    if not data_dir.exists():
        return
    with data_lock(data_dir):
        servers = EmbeddedServers(data_dir)
        servers._build(home_for(data_dir, server_account()))
        servers.postgres.clear_leftovers()
        servers.valkey.clear_leftovers()
        pointer = data_dir / POINTER
        if pointer.exists():
            shutil.rmtree(Path(pointer.read_text().strip()), ignore_errors=True)
        shutil.rmtree(data_dir)


def _remove_abandoned() -> None:
    """Delete throw-away folders, servers included, whose owner was killed before it could."""
    for lock in Path(tempfile.gettempdir()).glob(f"{_THROWAWAY}*/servers.lock"):
        # Somebody else's, still held, or just being made: all three are none of our business.
        with contextlib.suppress(OSError, EmbeddedError):
            if lock.stat().st_uid == os.geteuid() and lock.stat().st_mtime < time.time() - _YOUNG:
                remove_data(lock.parent)


@contextlib.contextmanager
def data_lock(data_dir: Path) -> Iterator[None]:
    """Hold `data_dir` for this process; the kernel lets go of it however the process ends."""
    with (data_dir / "servers.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EmbeddedError(_held_by(file, data_dir)) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _held_by(file: TextIO, data_dir: Path) -> str:
    file.seek(0)
    holder = file.read() or "?"
    return f"{data_dir} is in use by process {holder} (another `hehu demo`?): stop that one, or pass --data"


def _passwords(home: Path) -> dict[str, str]:
    """The servers' own passwords, random, made with the data and kept beside it."""
    path = home / "passwords.json"
    if path.exists():
        kept: dict[str, str] = json.loads(path.read_text())
        return kept
    made = {"postgres": secrets.token_urlsafe(24), "valkey": secrets.token_urlsafe(24)}
    write_private(path, json.dumps(made))
    return made


@contextlib.contextmanager
def plain_errors() -> Iterator[None]:
    """Turn what the system says about files into one line."""
    try:
        yield
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise EmbeddedError(f"the embedded servers cannot start: {error.strerror}{where}") from error
