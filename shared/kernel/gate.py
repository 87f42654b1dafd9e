"""What is looked at before a process serves anybody: its role, the server's age, and both clocks."""

from __future__ import annotations

import time

from sqlalchemy import Connection, Engine, text

from .errors import DomainError

ROLE_FAULTS = text(
    """
    SELECT current_user,
           r.rolsuper OR r.rolbypassrls AS walks_past_policies,
           has_schema_privilege(current_schema(), 'CREATE') AS may_create,
           EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid AND c.relkind = 'r') AS owns_tables
      FROM pg_roles r WHERE r.rolname = current_user
    """
)
OLDEST_SAFE = {15: 14, 16: 10, 17: 6}  # CVE-2025-8713, CVE-2024-10976 (R14)
MOST_SKEW = 5.0  # seconds; the queue takes a process whose clock is further off for dead, or itself for alive


def assert_role(engine: Engine, role: str) -> None:
    """Refuse to start as anybody but `role`, on a server with a known hole, or with another time (R2, R14, R25)."""
    with engine.connect() as connection:
        found = connection.execute(ROLE_FAULTS).one()
        number = int(connection.execute(text("SHOW server_version_num")).scalar_one())
        ahead = clock_ahead(connection)
    major, minor = divmod(number, 10000)
    if is_unsafe(number):
        raise DomainError("database.version", "PostgreSQL %(version)s 太旧，请升级。", version=f"{major}.{minor}")
    strong = found.walks_past_policies or found.may_create or found.owns_tables
    if found.current_user != role or strong:
        raise DomainError(
            "database.role",
            "数据库账号 %(found)s 不是 %(wanted)s，或权限过大，拒绝启动。",
            found=found.current_user,
            wanted=role,
        )
    if abs(ahead) > MOST_SKEW:
        said = "本机时钟与数据库相差 %(seconds)s 秒，拒绝启动。请先校准时间（NTP）。"
        raise DomainError("database.clock", said, seconds=round(abs(ahead)))


def is_unsafe(server_version: int) -> bool:
    """Whether a server (as in `server_version_num`) has a known hole in its policies, or is older than all we know."""
    major, minor = divmod(server_version, 10000)
    return major < min(OLDEST_SAFE) or minor < OLDEST_SAFE.get(major, 0)


def clock_ahead(connection: Connection) -> float:
    """Seconds by which this machine's clock is ahead of the database's; what the question took does not count."""
    before = time.time()
    there = float(connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())
    after = time.time()
    return before - there if before > there else min(0.0, after - there)
