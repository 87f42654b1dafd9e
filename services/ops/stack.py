"""Everything of one installation on this machine: servers, database, data, and the processes of production."""

import contextlib
import http.client
import os
import shutil
import socket
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psycopg

from services.ops.embedded import EmbeddedServers, data_lock, remove_data
from services.ops.embedded.database import make_database
from services.ops.kept import LogIn, Secrets, keep_environment, keep_log_ins, kept_log_ins
from services.ops.supervisor import Program, Supervisor, end_leftovers
from shared.kernel.errors import DomainError
from shared.kernel.settings import Settings

DATABASE = "hehu"
Load = Callable[[Settings], list[LogIn]]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Stack:
    """A running installation."""

    address: str
    environment: dict[str, str]
    log_ins: Sequence[LogIn]
    servers: EmbeddedServers
    supervisor: Supervisor

    def watch(self, say: Say) -> None:
        """Start again what has ended; to be called a few times a second."""
        for title in self.servers.revive():
            say(f"{title} had ended by itself and was started again")
        self.supervisor.watch()


@contextlib.contextmanager
def running(
    data_dir: Path,
    *,
    port: int,
    load: Load,
    say: Say,
    durable: bool = True,
    without: Collection[str] = (),
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Stack]:
    """Start all over `data_dir`, with `load`'s data at the first start; stop all in the end.

    `without`: processes that a check leaves out, by name.  `settings`: further ones of its own.
    Raises DomainError with one line where a port, the disk or a process is in the way.
    """
    say("starting PostgreSQL and Valkey")
    with EmbeddedServers(data_dir, durable=durable) as servers:
        end_leftovers(data_dir, say)
        _need_port(port)
        kept = Secrets.of(data_dir)
        environment = {**_environment(servers, kept, data_dir, port), **settings}
        log_ins = _with_data(servers, kept, data_dir, environment, load, say)
        say("starting web, worker, clock and auditor")
        programs = [one for one in _programs(environment, port) if one.name not in without]
        supervisor = Supervisor(programs, folder=data_dir, say=say)
        try:
            supervisor.start()
            yield Stack(f"http://localhost:{port}", environment, log_ins, servers, supervisor)
        finally:
            supervisor.stop()


def remove(data_dir: Path, say: Say) -> None:
    """Delete an installation and end what a killed run of it has left."""
    if data_dir.exists():
        with data_lock(data_dir):
            end_leftovers(data_dir, say)
        remove_data(data_dir)


def _environment(servers: EmbeddedServers, kept: Secrets, data_dir: Path, port: int) -> dict[str, str]:
    def url(role: str) -> str:
        return servers.postgres.url(role, kept.role_passwords[role], DATABASE)

    others = ("owner", "system", "rollup", "auditor", "backup")
    return {
        "HEHU_DATABASE_URL": url("hehu_app"),
        **{f"HEHU_{role.upper()}_DATABASE_URL": url(f"hehu_{role}") for role in others},
        "HEHU_REDIS_URL": servers.redis_url,
        "HEHU_SECRET_KEY": kept.secret_key,
        "HEHU_FIELD_KEYS": kept.field_keys,
        "HEHU_STORAGE_URL": f"file:{data_dir.absolute() / 'storage'}",
        "HEHU_PUBLIC_URL": f"http://localhost:{port}",
        "HEHU_WEB_PORT": str(port),
        "PROMETHEUS_MULTIPROC_DIR": str(_empty(data_dir.absolute() / "figures")),
    }


def _empty(folder: Path) -> Path:
    """The web's processes count into files; those of an earlier run would be added up."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def _with_data(
    servers: EmbeddedServers, kept: Secrets, data_dir: Path, environment: dict[str, str], load: Load, say: Say
) -> Sequence[LogIn]:
    """Migrate, and load the data where an earlier start has not completed it."""
    keep_environment(data_dir, environment)
    log_ins = kept_log_ins(data_dir)
    if log_ins is None:
        _drop_database(servers)
    say("migrating the database")
    make_database(servers.superuser_url, DATABASE, kept.role_passwords)
    if log_ins is None:
        say("making a county with its organisations, children and plans")
        log_ins = load(Settings.from_env(environment))
        keep_log_ins(data_dir, log_ins)
    return log_ins


def _drop_database(servers: EmbeddedServers) -> None:
    """What an interrupted first start has left is no whole county: begin again."""
    superuser = servers.superuser_url.replace("+psycopg", "", 1)
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")


def _programs(settings: dict[str, str], port: int) -> list[Program]:
    """Workers first, the web last: what a page records is reacted to at once.  Alarms have their own worker."""

    def hehu(name: str, *arguments: str, roles: Sequence[str], **options: Any) -> Program:
        command = [sys.executable, "-m", "services.ops.main", *arguments]
        return Program(name, command, environment_of(settings, roles), **options)

    app, rollup, system = "HEHU_DATABASE_URL", "HEHU_ROLLUP_DATABASE_URL", "HEHU_SYSTEM_DATABASE_URL"
    return [
        hehu("worker-alarm", "worker", "--queues", "alarm", roles=[app, rollup]),
        hehu("worker", "worker", "--queues", "default,bulk,webhook", roles=[app, rollup]),
        hehu("clock", "clock", roles=[system]),
        hehu("auditor", "auditor", roles=["HEHU_AUDITOR_DATABASE_URL"]),
        hehu("web", "web", roles=[app], is_ready=lambda: answers(port)),
    ]


def environment_of(settings: dict[str, str], roles: Sequence[str]) -> dict[str, str]:
    """Our own environment, the settings, and of the databases' addresses the process's own alone.

    Settings that lie around in the terminal belong to another installation.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HEHU_")}
    own = {name: value for name, value in settings.items() if name in roles or not name.endswith("DATABASE_URL")}
    return inherited | own


def answers(port: int) -> bool:
    """Whether the web answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def _need_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise DomainError(
                "ops.port_taken", f"port {port} is taken by another program: choose another with --port"
            ) from None


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def watch_until_interrupted(stack: Stack, say: Say) -> None:
    """Keep all running until Ctrl-C or SIGTERM (raised as KeyboardInterrupt)."""
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            stack.watch(say)
            time.sleep(0.2)
