"""PostgreSQL as an embedded server."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from services.ops.embedded.account import Account
from services.ops.embedded.daemon import HOST, Daemon
from services.ops.embedded.errors import explain
from services.ops.embedded.place import make_own_folder
from services.ops.private import write_private

SUPERUSER = "postgres"
_OPTIONS = {
    "listen_addresses": HOST,
    "timezone": "UTC",
    "log_timezone": "UTC",
    "shared_buffers": "128MB",
    "max_connections": "200",
    "log_line_prefix": "%m [%p] %u@%d ",
}
_CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_SOCKET_PATH_LIMIT = 90  # bytes; the kernel takes 107 with the file's name


class Postgres(Daemon):
    """A PostgreSQL cluster in `home/postgres`, password-only, on 127.0.0.1 and a private socket.

    `durable=False` switches fsync off, for tests that throw the data away.
    """

    title = "PostgreSQL"
    program = "postgres"
    escalation = ((signal.SIGINT, 10), (signal.SIGQUIT, 5), (signal.SIGKILL, 5))

    def __init__(
        self,
        home: Path,
        log: Path,
        account: Account,
        *,
        programs: Path,
        password: str,
        port: int | None = None,
        options: Mapping[str, str] | None = None,
        durable: bool = True,
    ) -> None:
        super().__init__(home / "postgres", log, account, port)
        self.programs, self.password, self.durable = programs, password, durable
        self.options = {**_OPTIONS, **({} if durable else _CARELESS), **(options or {})}
        self._sockets = home / "sockets"

    def url(self, user: str, password: str, database: str = "postgres") -> str:
        """SQLAlchemy address of `database` for a role (psycopg takes it without the `+psycopg`)."""
        login = f"{quote(user)}:{quote(password, safe='')}"
        return f"postgresql+psycopg://{login}@{HOST}:{self.port}/{quote(database)}"

    def superuser_url(self, database: str = "postgres") -> str:
        """Address for the superuser: roles, databases and tests' oracles, never the product."""
        return self.url(SUPERUSER, self.password, database)

    def _prepare(self) -> None:
        make_own_folder(self._sockets, self.account)
        if not self.data.exists():
            self._initdb()

    def _initdb(self) -> None:
        """Make the cluster under another name first: one that was interrupted is never used."""
        half = self.data.with_name("postgres.new")
        shutil.rmtree(half, ignore_errors=True)
        make_own_folder(half, self.account)
        secret = self._password_file()
        try:
            done = subprocess.run(
                self._initdb_command(half, secret),
                capture_output=True,
                text=True,
                check=False,
                cwd=half,
                env={"LC_ALL": "C", "PATH": "/usr/bin:/bin", "TZ": "UTC"},
                **self.account.run_as(),
            )
        finally:
            secret.unlink()
        if done.returncode != 0:
            shutil.rmtree(half, ignore_errors=True)
            raise explain(self.title, done.stderr or done.stdout, self.log)
        half.rename(self.data)

    def _initdb_command(self, folder: Path, secret: Path) -> list[str]:
        # Our own order of text and none of the system's: an index must not change with its libraries.
        locale = [
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--lc-collate=C",
            "--lc-ctype=C.UTF-8",
        ]
        access = [f"--username={SUPERUSER}", f"--pwfile={secret}", "--auth=scram-sha-256"]
        rest = [
            "--encoding=UTF8",
            "--lc-messages=C",
            "--no-instructions",
            *([] if self.durable else ["--no-sync"]),
        ]
        return [str(self.programs / "initdb"), "-D", str(folder), *locale, *access, *rest]

    def _password_file(self) -> Path:
        path = self.data.with_name("password")
        write_private(path, self.password)
        self.account.give(path)
        return path

    def _command(self, port: int) -> list[str]:
        sockets = str(self._sockets.resolve())
        options = {
            "port": str(port),
            "unix_socket_directories": sockets if len(os.fsencode(sockets)) <= _SOCKET_PATH_LIMIT else "",
            "unix_socket_permissions": "0700",
            **self.options,
        }
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return [str(self.programs / "postgres"), "-D", str(self.data), *flags]

    def _is_ready(self, pid: int, port: int) -> bool:
        """PostgreSQL writes its state into the last line of its pid file: no connection needed to see it."""
        try:
            lines = self._pid_file().read_text().split("\n")
        except OSError:
            return False
        return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def _pid_file(self) -> Path:
        return self.data / "postmaster.pid"
