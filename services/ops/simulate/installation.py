"""A throw-away installation to live in: embedded servers of our own, or the outside ones that `HEHU_*` name."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from services.ops.embedded import EmbeddedServers
from services.ops.embedded.database import make_database
from services.ops.kept import Secrets
from services.ops.stack import environment_of
from shared.bootstrap import House, build
from shared.kernel.errors import DomainError
from shared.kernel.settings import Settings

DATABASE = "hehu_simulate"
ROLES = ("owner", "system", "rollup", "auditor", "backup")
OUTSIDE = ("database_url", *(f"{role}_database_url" for role in ROLES if role != "auditor"), "redis_url", "field_keys")
OPTIONS = {"shared_buffers": "512MB", "max_wal_size": "4GB", "autovacuum_naptime": "15s"}
LEASE_SECONDS = 2.0  # what a killed worker had in hand is rung again soon


@dataclass(frozen=True)
class Installation:
    """`servers` are ours to kill, or None; `folder` takes logs and messages."""

    settings: Settings
    house: House
    folder: Path
    servers: EmbeddedServers | None = None


@contextmanager
def installation() -> Iterator[Installation]:
    """The outside one where `HEHU_DATABASE_URL` is set, else our own, which goes in the end.

    Raises DomainError for an outside database that holds an organisation: it is somebody's.
    """
    with tempfile.TemporaryDirectory(prefix="hehu-simulate-") as name:
        folder = Path(name)
        if os.environ.get("HEHU_DATABASE_URL"):
            settings = Settings.from_env(need=OUTSIDE)
            _need_empty(settings)
            with installed(settings, folder) as made:
                yield made
            return
        with (
            EmbeddedServers.throwaway(postgres_options=OPTIONS) as servers,
            installed(_settings_of(servers, folder), folder, servers) as made,
        ):
            yield made


@contextmanager
def installed(settings: Settings, folder: Path, servers: EmbeddedServers | None = None) -> Iterator[Installation]:
    """Over a migrated database; messages go into a file."""
    given = replace(
        settings,
        sms_url=f"file:{folder / 'messages.jsonl'}",
        lease_seconds=LEASE_SECONDS,
        heartbeat_seconds=LEASE_SECONDS,
    )
    house = build(given)
    try:
        yield Installation(given, house, folder, servers)
    finally:
        for database in (house.app, house.system, house.rollup):
            database.close()


def _need_empty(settings: Settings) -> None:
    with psycopg.connect(dsn(settings.backup_database_url)) as connection:
        if connection.execute("SELECT 1 FROM organisation LIMIT 1").fetchone():
            said = "HEHU_DATABASE_URL holds organisations: simulate needs a throw-away database, migrated and empty"
            raise DomainError("simulate.not_empty", said)


def _settings_of(servers: EmbeddedServers, folder: Path) -> Settings:
    kept = Secrets.of(folder)
    make_database(servers.superuser_url, DATABASE, kept.role_passwords)
    passwords = {role: kept.role_passwords[f"hehu_{role}"] for role in (*ROLES, "app")}
    urls = {role: servers.postgres.url(f"hehu_{role}", passwords[role], DATABASE) for role in passwords}
    own = {f"{role}_database_url": urls[role] for role in ROLES}
    return Settings(
        database_url=urls["app"],
        redis_url=servers.redis_url,
        secret_key=kept.secret_key,
        field_keys=kept.field_keys,
        **own,  # type: ignore[arg-type]  # addresses, all of them
    )


def environment(settings: Settings, roles: Sequence[str]) -> dict[str, str]:
    """For a process that may connect as these roles alone (fields of Settings)."""
    return environment_of(settings.environment(), [f"HEHU_{role.upper()}" for role in roles])


def dsn(url: str) -> str:
    """As psycopg takes it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)
