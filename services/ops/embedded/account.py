"""Which system user the embedded servers run as: PostgreSQL refuses to run as root."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.ops.embedded.errors import EmbeddedError

OWN_USER = "hehu-pg"
_STAND_INS = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """A system user; `other` is true where it is not the one this process runs as."""

    uid: int
    gid: int
    other: bool

    def run_as(self) -> dict[str, Any]:
        """Keyword arguments for `subprocess` that make the child run as this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.other else {}

    def give(self, path: Path) -> None:
        """Make this user the owner of `path`."""
        if self.other:
            os.chown(path, self.uid, self.gid)

    def can_reach(self, path: Path) -> bool:
        """Whether this user may walk down to `path` (by mode bits; access lists are not looked at)."""
        if not self.other:
            return True
        path = path.resolve()
        return all(self._may_enter(folder.stat()) for folder in (path, *path.parents) if folder.is_dir())

    def _may_enter(self, stat: os.stat_result) -> bool:
        if stat.st_uid == self.uid:
            return bool(stat.st_mode & 0o100)
        if stat.st_gid == self.gid:
            return bool(stat.st_mode & 0o010)
        return bool(stat.st_mode & 0o001)


def server_account() -> Account:
    """The user for the servers: ourselves, or an unprivileged system user where we are root."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), other=False)
    entry = _find(OWN_USER) or _create() or next(filter(None, map(_find, _STAND_INS)), None)
    if entry is None:
        raise EmbeddedError(
            "PostgreSQL does not run as root and no other user can be made here: run as an ordinary user"
        )
    return Account(entry.pw_uid, entry.pw_gid, other=True)


def _find(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _create() -> pwd.struct_passwd | None:
    """A system user without home, shell or password; None where the system has no `useradd`."""
    useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if useradd is None:
        return None
    flags = [
        "--system",
        "--user-group",
        "--no-create-home",
        "--home-dir",
        "/nonexistent",
        "--shell",
        "/bin/false",
    ]
    subprocess.run([useradd, *flags, OWN_USER], capture_output=True, check=False)
    return _find(OWN_USER)
