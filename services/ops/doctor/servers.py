"""PostgreSQL and Redis: roles, versions, clocks, shape, policies, and whether Redis keeps what it is given."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import redis
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from services.ops.doctor.line import FAIL, OK, WARN, Line, expect
from shared.kernel import tenancy
from shared.kernel.database import CONNECT
from shared.kernel.errors import DomainError
from shared.kernel.gate import MOST_SKEW, assert_role, clock_ahead
from shared.kernel.settings import Settings
from shared.migrations import run
from shared.tables import lacking

PROCESSES = {"": "hehu_app", "system_": "hehu_system", "rollup_": "hehu_rollup", "auditor_": "hehu_auditor"}
OTHERS = {"owner_": "hehu_owner", "backup_": "hehu_backup"}
SEE_ALL_TABLES = ("hehu_owner", "hehu_backup", "hehu_app")  # the catalogue hides from a role what it has no rights to
REFUSED = {
    "database.role": "another role than it should be, or one with too many rights",
    "database.version": "PostgreSQL is too old: it has known holes in its policies (15.14, 16.10, 17.6, 18 have not)",
    "database.clock": f"its clock and this machine's differ by over {MOST_SKEW:.0f} s",
}
TO_DO = {
    "database.role": "hehu db roles prints what the role must be",
    "database.version": "upgrade the server",
    "database.clock": "let NTP set both clocks",
}
WHO = text("SELECT current_user, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)")
AHEAD = text("SELECT ahead <> '0' FROM clock_offset")
FULL = 0.8


def looked_at(settings: Settings) -> Iterator[Line]:
    """One line for each address, then what is asked of the database by a role that sees all tables."""
    engines = {role: create_engine(url, connect_args=CONNECT) for role, url in _urls(settings)}
    answering = set()
    for role, engine in engines.items():
        line = _role(engine, role)
        answering |= {role} if line.verdict == OK else set()
        yield line
    for role in [role for role in SEE_ALL_TABLES if role in answering][:1]:
        with engines[role].connect() as connection:
            yield from _database(connection)
    yield from _revision(engines)
    for engine in engines.values():
        engine.dispose()
    if settings.redis_url:
        yield from _redis(settings.redis_url)


def _urls(settings: Settings) -> Iterator[tuple[str, str]]:
    for prefix, role in (PROCESSES | OTHERS).items():
        if url := getattr(settings, f"{prefix}database_url"):
            yield role, url


def _role(engine: Engine, role: str) -> Line:
    where = f"database as {role}"
    try:
        if role in OTHERS.values():
            with engine.connect() as connection:
                user, strong = connection.execute(WHO).one()
            if user != role or strong:
                return Line(FAIL, where, REFUSED["database.role"], TO_DO["database.role"])
        else:
            assert_role(engine, role)
    except DomainError as no:
        return Line(FAIL, where, REFUSED[no.code], TO_DO[no.code])
    except SQLAlchemyError as trouble:
        to_do = "is the server up, the address right, the password that of the role?"
        return Line(FAIL, where, f"no answer from {_place(engine)} ({type(trouble).__name__})", to_do)
    return Line(OK, where, f"answers at {_place(engine)}")


def _place(engine: Engine) -> str:
    url = make_url(engine.url)
    return f"{url.host}:{url.port or 5432}/{url.database}"


def _database(connection: Connection) -> Iterator[Line]:
    version = connection.execute(text("SHOW server_version")).scalar_one()
    yield Line(OK, "PostgreSQL", f"version {version}, {clock_ahead(connection):+.3f} s from this machine's clock")
    if missing := lacking(connection):
        first = ".".join(min(missing))
        yield Line(FAIL, "shape", f"{len(missing)} columns are missing, {first} first", "hehu db upgrade")
        return
    faults = tenancy.lint(connection)
    yield from (Line(FAIL, "policies", fault, "hehu db policies TABLE prints what must be") for fault in faults)
    if not faults:
        yield Line(OK, "policies", "tables, keys, grants and policies are as declared")
    yield expect(
        not connection.execute(AHEAD).scalar(),
        "clock of promises",
        "is the database's",
        otherwise="is shifted, which only tests and demonstrations do",
        to_do="UPDATE clock_offset SET ahead = '0'",
    )


def _revision(engines: Mapping[str, Engine]) -> Iterator[Line]:
    """Only owner and backup may read it."""
    for engine in [engines[role] for role in OTHERS.values() if role in engines][:1]:
        with suppress(SQLAlchemyError), engine.connect() as connection:  # who does not answer was named above
            found, needed = run.current(connection), run.newest()
            said = f"the database is at {found}, this release needs {needed}"
            yield expect(found == needed, "migrations", f"at {found}", otherwise=said, to_do="hehu db upgrade")


def _redis(url: str) -> Iterator[Line]:
    to_do = "start it; nothing is lost meanwhile, but reactions and alarms wait for it"
    try:
        with redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=2) as client:
            info: Any = client.info()
            before, told, after = time.time(), client.time(), time.time()
    except redis.RedisError as trouble:
        yield Line(FAIL, "Redis", f"no answer ({type(trouble).__name__})", to_do)
        return
    there = float(told[0]) + told[1] / 1e6
    ahead = max(before - there, 0.0) or min(after - there, 0.0)
    said = f"its clock is {ahead:+.1f} s from this machine's"
    yield expect(abs(ahead) <= MOST_SKEW, "Redis", said, otherwise=said, to_do=TO_DO["database.clock"])
    yield from _redis_keeps(info)


def _redis_keeps(info: Mapping[str, Any]) -> Iterator[Line]:
    policy = str(info.get("maxmemory_policy", "unknown"))
    to_do = "set maxmemory-policy noeviction: any other deletes messages silently"
    yield expect(policy == "noeviction", "Redis policy", policy, otherwise=policy, to_do=to_do)
    yield expect(
        info.get("aof_enabled"),
        "Redis persistence",
        "append-only file",
        otherwise="no append-only file",
        to_do="set appendonly yes; without it a restart costs ringing anew",
        verdict=WARN,
    )
    used, most = int(info["used_memory"]), int(info.get("maxmemory") or info.get("total_system_memory") or 0)
    said = f"{used / 1e6:.0f} MB of {most / 1e6:.0f}"
    to_do = "give it more; once it is full, work waits in PostgreSQL"
    yield expect(not most or used < FULL * most, "Redis memory", said, otherwise=said, to_do=to_do, verdict=WARN)
