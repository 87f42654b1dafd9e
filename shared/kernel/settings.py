"""The environment, read once and typed; everything wrong with it is said at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from .crypto import FieldCrypto
from .errors import DomainError

SECRET_LENGTH = 32


class SettingsError(DomainError):
    """One sentence for each missing or wrong variable."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("settings", "；".join(faults))
        self.faults = faults


def _database_url(value: str) -> str:
    if not value.startswith(("postgresql+psycopg://", "postgresql://")):
        raise ValueError("must begin with postgresql://")
    return value.replace("postgresql://", "postgresql+psycopg://", 1)


def _redis_url(value: str) -> str:
    if not value.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("must begin with redis://, rediss:// or unix://")
    return value


def _secret(value: str) -> str:
    if len(value) < SECRET_LENGTH:
        raise ValueError(f"needs at least {SECRET_LENGTH} characters")
    return value


def _field_keys(value: str) -> str:
    try:
        FieldCrypto.from_text(value)
    except ValueError:  # its words quote the key
        raise ValueError("must be 1:BASE64 of 32 random bytes, further ones (2:…) after a comma") from None
    return value


def _seconds(value: str) -> float:
    number = float(value)
    if number <= 0:
        raise ValueError("must be a number of seconds above 0")
    return number


def _yes(value: str) -> bool:
    if value not in ("yes", "no"):
        raise ValueError("must be yes or no")
    return value == "yes"


def _url(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return value.rstrip("/")


@dataclass(frozen=True)
class Settings:
    """All of `HEHU_*`.  URLs of the roles a process does not need may be empty; seconds are floats."""

    database_url: str = ""
    owner_database_url: str = ""
    system_database_url: str = ""
    rollup_database_url: str = ""
    auditor_database_url: str = ""
    backup_database_url: str = ""
    redis_url: str = ""
    secret_key: str = ""
    field_keys: str = ""
    public_url: str = "http://localhost:8000"
    sentry_dsn: str = ""
    timezone: str = "Asia/Shanghai"
    storage_url: str = "file:.hehu/storage"
    sms_url: str = ""
    lease_seconds: float = 20.0
    heartbeat_seconds: float = 15.0
    hang_seconds: float = 60.0
    worker_memory_mb: int = 1024
    web_port: int = 8000
    web_bind: str = "127.0.0.1"
    metrics_port: int = 0
    beat_seconds: float = 10.0
    silence_seconds: float = 45.0
    audit_seconds: float = 30.0
    heartbeat_url: str = ""
    webhook_local: bool = False
    prepared_statements: bool = True

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ, *, need: tuple[str, ...] = ()) -> Settings:
        """Read `HEHU_NAME` or the file named by `HEHU_NAME_FILE`.  Raises SettingsError naming all faults."""
        values: dict[str, Any] = {}
        faults: list[str] = []
        for field in fields(cls):
            name = f"HEHU_{field.name.upper()}"
            try:
                raw = _raw(environ, name)
                if raw:
                    values[field.name] = READERS.get(field.name, str)(raw)
            except (ValueError, OSError) as wrong:
                faults.append(f"{name}: {wrong}")
        faults += [f"HEHU_{name.upper()} is missing" for name in need if not values.get(name)]
        if faults:
            raise SettingsError(sorted(faults))
        return cls(**values)

    def environment(self) -> dict[str, str]:
        """The variables that `from_env` reads these settings from."""
        said = {True: "yes", False: "no"}
        return {
            f"HEHU_{name.upper()}": said[value] if isinstance(value, bool) else str(value)
            for name, value in asdict(self).items()
        }


def _raw(environ: Mapping[str, str], name: str) -> str:
    if path := environ.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    return environ.get(name, "").strip()


READERS: dict[str, Callable[[str], Any]] = {
    **{f"{role}database_url": _database_url for role in ("", "owner_", "system_", "rollup_", "auditor_", "backup_")},
    "redis_url": _redis_url,
    "secret_key": _secret,
    "field_keys": _field_keys,
    "public_url": _url,
    **{f"{name}_seconds": _seconds for name in ("lease", "heartbeat", "hang", "beat", "silence", "audit")},
    "heartbeat_url": _url,
    **dict.fromkeys(("webhook_local", "prepared_statements"), _yes),
    "worker_memory_mb": int,
    "web_port": int,
    "metrics_port": int,
}
