"""What a demo makes up once and keeps: keys, passwords of the roles, the people's log-ins (all random, mode 0600)."""

import base64
import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

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
            write_private(path, asdict(cls._new()))
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
    write_private(folder / "log-ins.json", [asdict(log_in) for log_in in log_ins])


def kept_log_ins(folder: Path) -> list[LogIn] | None:
    """Those of an earlier start; None where the demo's data was never completed."""
    path = folder / "log-ins.json"
    return [LogIn(**kept) for kept in json.loads(path.read_text())] if path.exists() else None


def write_private(path: Path, content: Any) -> None:
    """JSON that only we may read; whole or not at all."""
    half = path.with_suffix(".new")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=1)
    half.replace(path)
