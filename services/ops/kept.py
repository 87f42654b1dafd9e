"""What a demo makes up once and keeps: keys, passwords of the roles, the people's log-ins (all random, mode 0600)."""

import base64
import json
import secrets
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from services.ops.private import write_private
from shared.migrations.roles import NOTES


@dataclass(frozen=True)
class LogIn:
    """Somebody to log in as: who they are, with what, and which page to look at first."""

    who: str
    phone: str
    password: str
    path: str
    look_at: str


@dataclass(frozen=True)
class Secrets:
    """Keys and passwords of one installation."""

    secret_key: str
    field_keys: str
    role_passwords: dict[str, str]

    @classmethod
    def of(cls, folder: Path) -> Self:
        """Those of `folder`, made at the first call."""
        path = folder / "secrets.json"
        if not path.exists():
            _write_json(path, asdict(cls._new()))
        return cls(**json.loads(path.read_text()))

    @classmethod
    def _new(cls) -> Self:
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        return cls(
            secret_key=secrets.token_urlsafe(48),
            field_keys=f"1:{key}",
            role_passwords={role: secrets.token_urlsafe(24) for role in NOTES},
        )


def keep_log_ins(folder: Path, log_ins: Sequence[LogIn]) -> None:
    """Remember them for the next start; their presence says that the demo's data is complete."""
    _write_json(folder / "log-ins.json", [asdict(log_in) for log_in in log_ins])


def kept_log_ins(folder: Path) -> list[LogIn] | None:
    """Those of an earlier start; None where the demo's data was never completed."""
    path = folder / "log-ins.json"
    return [LogIn(**kept) for kept in json.loads(path.read_text())] if path.exists() else None


def keep_environment(folder: Path, environment: Mapping[str, str]) -> None:
    """The settings for other `hehu` commands: `set -a; . .hehu/environment; set +a` in a shell."""
    lines = [f"{name}={shlex.quote(value)}\n" for name, value in environment.items()]
    write_private(folder / "environment", "".join(lines))


def _write_json(path: Path, content: Any) -> None:
    write_private(path, json.dumps(content, ensure_ascii=False, indent=1))
