"""Servers, a migrated database, empty organisations and the processes of production, for one benchmark."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from services.ops.embedded import EmbeddedServers
from services.ops.embedded.database import make_database
from services.ops.kept import Secrets
from shared.bootstrap import House, build
from shared.kernel.ids import new_id
from shared.kernel.settings import Settings

DATABASE = "hehu_bench"
OPTIONS = {"synchronous_commit": "on"}


@dataclass
class Stage:
    """`urls` by role name (hehu_app …, superuser) for psycopg; `tenants` are bare organisations."""

    servers: EmbeddedServers
    settings: Settings
    house: House
    urls: dict[str, str]
    folder: Path
    tenants: list[UUID] = field(default_factory=list)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    extra: dict[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """For a child process."""
        named = {
            f"HEHU_{name.upper()}": str(value)
            for name, value in vars(self.settings).items()
            if name.endswith(("_url", "_key", "_keys")) and value
        }
        return {**os.environ, **named, **self.extra}

    def start(self, module: str, *arguments: str) -> None:
        """Start `python -m module arguments` beside the benchmark."""
        log = (self.folder / f"{module}-{len(self.processes)}.log").open("wb")
        with log:
            command = [sys.executable, "-m", module, *arguments]
            self.processes.append(subprocess.Popen(command, env=self.environment(), stdout=log, stderr=log))

    def stop(self) -> None:
        """Stop what was started."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(timeout=30)
        self.processes.clear()

    def superuser(self) -> psycopg.Connection[Any]:
        """For set-up alone; policies do not bind it."""
        return psycopg.connect(self.urls["superuser"], autocommit=True)

    def add_tenants(self, count: int) -> None:
        """Bare organisations in one area."""
        area = new_id()
        ids = [new_id() for _ in range(count)]
        with self.superuser() as connection:
            connection.execute("INSERT INTO area (id, kind, name, slug) VALUES (%s, 'county', 'b', 'b')", [area])
            with connection.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO organisation (id, slug, kind, name, area_id) VALUES (%s, %s, 'school', %s, %s)",
                    [(one, str(one), str(one), area) for one in ids],
                )
        self.tenants += ids


@contextmanager
def stage(tenants: int, *, options: dict[str, str] | None = None) -> Iterator[Stage]:
    """A durable throw-away installation (fsync and synchronous_commit on); everything goes with it."""
    chosen = OPTIONS | (options or {})
    with (
        EmbeddedServers.throwaway(durable=True, postgres_options=chosen) as servers,
        tempfile.TemporaryDirectory(prefix="hehu-bench-") as folder,
    ):
        made = _installed(servers, Path(folder))
        made.add_tenants(tenants)
        try:
            yield made
        finally:
            made.stop()
            for database in (made.house.app, made.house.system):
                database.close()


def _installed(servers: EmbeddedServers, folder: Path) -> Stage:
    kept = Secrets.of(folder)
    make_database(servers.superuser_url, DATABASE, kept.role_passwords)

    def url(role: str) -> str:
        return servers.postgres.url(role, kept.role_passwords[role], DATABASE)

    settings = Settings(
        database_url=url("hehu_app"),
        system_database_url=url("hehu_system"),
        rollup_database_url=url("hehu_rollup"),
        redis_url=servers.redis_url,
        secret_key=kept.secret_key,
        field_keys=kept.field_keys,
    )
    urls = {role: plain(url(role)) for role in kept.role_passwords}
    urls["superuser"] = plain(servers.postgres.superuser_url(DATABASE))
    return Stage(servers, settings, build(settings), urls, folder)


def plain(url: str) -> str:
    """As psycopg takes it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def one_value(connection: psycopg.Connection[Any], query: str, values: Sequence[Any] = ()) -> Any:
    """The first column of the first row."""
    row = connection.execute(query.encode(), values).fetchone()
    return None if row is None else row[0]
