"""One PostgreSQL and one Valkey for the whole run; one migrated database for each xdist worker."""

import contextlib
import json
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import psycopg
import redis
from sqlalchemy.engine import make_url

from services.ops.embedded import EmbeddedServers

ROLES = ("hehu_owner", "hehu_app", "hehu_system", "hehu_rollup", "hehu_auditor", "hehu_backup")
TEMPLATE = "hehu_template"


@dataclass(frozen=True)
class Cluster:
    """Addresses of the run's servers; plain strings, so that xdist can carry it to its workers."""

    superuser_url: str
    redis_url: str
    passwords: dict[str, str]

    def dumps(self) -> str:
        """As text, for a worker."""
        return json.dumps(asdict(self))

    @classmethod
    def loads(cls, text: str) -> Self:
        """From text, in a worker."""
        return cls(**json.loads(text))

    def url(self, role: str, database: str) -> str:
        """SQLAlchemy address for a role, or for `postgres` the superuser."""
        base = make_url(self.superuser_url).set(database=database)
        if role != "postgres":
            base = base.set(username=role, password=self.passwords[role])
        return base.render_as_string(hide_password=False)

    def urls(self, database: str, redis_number: int = 0) -> "Urls":
        """The addresses of one database for every role."""
        by_role = {role.removeprefix("hehu_"): self.url(role, database) for role in ROLES}
        redis = f"{self.redis_url.rsplit('/', 1)[0]}/{redis_number}"
        return Urls(database=database, superuser=self.url("postgres", database), redis=redis, **by_role)

    @contextlib.contextmanager
    def administrator(self) -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
        """A superuser's connection for CREATE DATABASE and the like."""
        with psycopg.connect(dsn(self.superuser_url), autocommit=True) as connection:
            yield connection

    def clone(self, database: str) -> None:
        """Make `database` out of the migrated template, which the first who needs it makes."""
        with self.administrator() as connection:
            connection.execute("SELECT pg_advisory_lock(1)")  # the workers of this run, one after the other
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone()
            if found is None:
                self._make_template(connection)
            connection.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {database} TEMPLATE {TEMPLATE} STRATEGY file_copy")

    def drop(self, database: str) -> None:
        """Drop a database, whoever is still connected."""
        with self.administrator() as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    def _make_template(self, connection: "psycopg.Connection[tuple[Any, ...]]") -> None:
        from services.ops.embedded.database import make_database  # here: tests of rules need no Alembic

        building = f"{TEMPLATE}_building"
        make_database(self.superuser_url, building, self.passwords)
        connection.execute(f"ALTER DATABASE {building} RENAME TO {TEMPLATE}")


@dataclass(frozen=True)
class Urls:
    """One database's addresses, a role each; `superuser` is for oracles and set-up of tests alone."""

    database: str
    owner: str
    app: str
    system: str
    rollup: str
    auditor: str
    backup: str
    superuser: str
    redis: str

    def environment(self) -> dict[str, str]:
        """The `HEHU_*` variables that point processes here."""
        names = {"HEHU_DATABASE_URL": self.app, "HEHU_REDIS_URL": self.redis}
        roles = ("owner", "system", "rollup", "auditor", "backup")
        return names | {f"HEHU_{role.upper()}_DATABASE_URL": str(getattr(self, role)) for role in roles}


def forget_tries(urls: Urls) -> None:
    """Empty this worker's Redis: limits count tries by address, and all tests come from one."""
    with redis.Redis.from_url(urls.redis) as client:
        client.flushdb()


@contextlib.contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Servers for one run of the suite; quick, and careless about power loss."""
    with EmbeddedServers.throwaway() as servers:
        passwords = {role: secrets.token_urlsafe(16) for role in ROLES}
        yield Cluster(servers.superuser_url, servers.redis_url, passwords)


def dsn(url: str) -> str:
    """A SQLAlchemy address as psycopg takes it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def project_root() -> Path:
    """The folder with pyproject.toml."""
    return Path(__file__).parents[2]
