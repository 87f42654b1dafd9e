"""What can be seen without asking a server: settings, secrets, storage, gateways."""

from __future__ import annotations

import shutil
import stat
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url

from services.ops.doctor.line import FAIL, WARN, Line, expect
from shared.kernel.crypto import FieldCrypto
from shared.kernel.settings import Settings
from shared.notifications.gateways import chosen

NEEDED = ("database_url", "system_database_url", "rollup_database_url", "auditor_database_url", "redis_url")
SECRET = ("secret_key", "field_keys")
FEWEST_CHARACTERS, FEWEST_BYTES = 16, 16  # different ones: a random key of 32 has more
SHORTEST_PASSWORD = 12
A_YEAR = 365 * 86_400
LEAST_FREE, LITTLE_FREE = 200_000_000, 2_000_000_000  # bytes


def looked_at(settings: Settings, environ: Mapping[str, str]) -> Iterator[Line]:
    """One line for each thing; a setting that only some processes need is a warning where it is missing."""
    missing = [f"HEHU_{name.upper()}" for name in (*NEEDED, *SECRET) if not getattr(settings, name)]
    yield expect(
        not missing,
        "settings",
        "read",
        otherwise=f"not set here: {', '.join(missing)}",
        to_do="what they lead to was not looked at: run the doctor with the settings of all processes",
        verdict=WARN,
    )
    yield from _secrets(settings)
    yield from _passwords(settings)
    yield from _files(environ)
    yield _address(settings)
    yield _storage(settings)
    yield from _gateways(settings)


def _secrets(settings: Settings) -> Iterator[Line]:
    if settings.secret_key:
        yield expect(
            len(set(settings.secret_key)) >= FEWEST_CHARACTERS,
            "secret key",
            "looks random",
            otherwise="is guessable",
            to_do="make a new one (python -c 'import secrets; print(secrets.token_urlsafe(48))'); all log in anew",
        )
    if settings.field_keys:
        keys = FieldCrypto.from_text(settings.field_keys).keys
        weak = [str(number) for number, key in keys.items() if len(set(key)) < FEWEST_BYTES]
        yield expect(
            not weak,
            "field keys",
            f"{len(keys)}, of which number {max(keys)} encrypts",
            otherwise=f"guessable: number {', '.join(weak)}",
            to_do="add a random key of 32 bytes with a higher number",
        )


def _passwords(settings: Settings) -> Iterator[Line]:
    roles = ("", "owner_", "system_", "rollup_", "auditor_", "backup_")
    urls = [make_url(url) for role in roles if (url := getattr(settings, f"{role}database_url"))]
    given = {str(url.username): str(url.password) for url in urls if url.password}
    used = Counter(given.values())
    weak = [role for role, password in given.items() if len(password) < SHORTEST_PASSWORD or used[password] > 1]
    if given:
        yield expect(
            not weak,
            "database passwords",
            "long, and each its own",
            otherwise=f"short, or those of another role: {', '.join(weak)}",
            to_do="hehu db roles prints random ones",
            verdict=WARN,
        )


def _files(environ: Mapping[str, str]) -> Iterator[Line]:
    """Secrets kept in files: nobody else may read them, and none is older than a year."""
    for name, path in sorted(environ.items()):
        if not (name.startswith("HEHU_") and name.endswith("_FILE")):
            continue
        found = Path(path).stat()
        if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            yield Line(WARN, name, "the file is open to others", "chmod 400, for the process's own account")
        if time.time() - found.st_mtime > A_YEAR:
            yield Line(WARN, name, "has been the same for over a year", "change it; field keys by adding a number")


def _address(settings: Settings) -> Line:
    where = urlsplit(settings.public_url)
    return expect(
        where.scheme == "https" or where.hostname in ("localhost", "127.0.0.1", "::1"),
        "public address",
        f"{where.scheme}://{where.hostname}",
        otherwise="links in messages do not begin with https://",
        to_do="set HEHU_PUBLIC_URL to the address that people see",
    )


def _storage(settings: Settings) -> Line:
    folder = Path(settings.storage_url.removeprefix("file:")).absolute()
    free = shutil.disk_usage(next(place for place in (folder, *folder.parents) if place.exists())).free
    said = f"{free / 1e9:.1f} GB free at {folder}"
    verdict = FAIL if free < LEAST_FREE else WARN
    return expect(free > LITTLE_FREE, "storage", said, otherwise=said, to_do="make room for uploads", verdict=verdict)


def _gateways(settings: Settings) -> Iterator[Line]:
    yield expect(
        chosen.sms(settings),
        "messages",
        f"go by {settings.sms_url.partition(':')[0]}",
        otherwise="no gateway: urgent messages are marked as failed",
        to_do="set HEHU_SMS_URL",
        verdict=WARN,
    )
    if settings.webhook_local:
        yield Line(WARN, "webhooks", "may call this machine and its neighbours", "take HEHU_WEBHOOK_LOCAL away")
    yield expect(
        settings.heartbeat_url,
        "heartbeat",
        "goes to a watchdog outside",
        otherwise="no watchdog outside hears when the auditor falls silent",
        to_do="set HEHU_HEARTBEAT_URL; the alert HehuAuditorSilent is the other way",
        verdict=WARN,
    )
