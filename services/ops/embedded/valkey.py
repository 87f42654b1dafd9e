"""Valkey as an embedded server: the bell, with an append-only file."""

import signal
import socket
from pathlib import Path

from services.ops.embedded.account import Account
from services.ops.embedded.daemon import HOST, Daemon
from services.ops.embedded.place import make_own_folder
from services.ops.private import write_private

# noeviction: any other policy deletes messages silently when memory runs out.
_CONFIG = """\
bind {host}
port {port}
requirepass {password}
dir {data}
pidfile {data}/valkey.pid
daemonize no
save ""
appendonly {append}
appendfsync everysec
maxmemory-policy noeviction
"""


class Valkey(Daemon):
    """A Valkey in `home/valkey`, on 127.0.0.1 with a password."""

    title = "Valkey"
    program = "valkey-server"
    escalation = ((signal.SIGTERM, 10), (signal.SIGKILL, 5))

    def __init__(
        self,
        home: Path,
        log: Path,
        account: Account,
        *,
        program: Path,
        password: str,
        port: int | None = None,
        durable: bool = True,
    ) -> None:
        super().__init__(home / "valkey", log, account, port)
        self.executable, self.password, self.durable = program, password, durable

    def url(self, database: int = 0) -> str:
        """Address as Dramatiq and the limits take it."""
        return f"redis://:{self.password}@{HOST}:{self.port}/{database}"

    def _prepare(self) -> None:
        make_own_folder(self.data, self.account)

    def _command(self, port: int) -> list[str]:
        """The password goes into a file, as command lines are there for all to read."""
        config = self.data.with_suffix(".conf")
        append = "yes" if self.durable else "no"
        text = _CONFIG.format(host=HOST, port=port, password=self.password, data=self.data.resolve(), append=append)
        write_private(config, text)
        self.account.give(config)
        return [str(self.executable), str(config.resolve())]

    def _is_ready(self, pid: int, port: int) -> bool:
        """Whether it answers a ping; while it reads its file back it answers -LOADING."""
        try:
            with socket.create_connection((HOST, port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2 and (part := connection.recv(100)):
                    answer += part
        except OSError:
            return False
        return answer.endswith(b"+PONG\r\n")

    def _pid_file(self) -> Path:
        return self.data / "valkey.pid"
