"""The English words: each room's .po joined into one compiled catalogue; see main()."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

WEB = Path(__file__).parent
ROOT = WEB.parent.parent
FOLDER = WEB / "translations" / "en" / "LC_MESSAGES"
COMPILED = FOLDER / "messages.mo"
KEYWORDS = {"_": None, "gettext": None, "N_": None, "ngettext": (1, 2), "lazy_gettext": None}
SKIPPED = {".venv", ".git", "tests", "node_modules", ".hehu", ".built"}


def sources() -> list[Path]:
    """The .po files: messages.po of the house, one of each room beside it."""
    return sorted(FOLDER.glob("*.po"))


def joined() -> Catalog:
    """All of them as one catalogue; a room's own word wins over the house's."""
    whole = Catalog(locale="en")
    for path in sorted(sources(), key=lambda one: one.stem != "messages"):
        with path.open("rb") as file:
            for message in read_po(file, locale="en"):
                if message.id:
                    whole[message.id] = message
    return whole


def compile_if_older() -> None:
    """Compile when a .po is newer than the .mo; a read-only installation has it compiled already."""
    newest = max((path.stat().st_mtime for path in sources()), default=0.0)
    if COMPILED.exists() and COMPILED.stat().st_mtime >= newest:
        return
    packed = BytesIO()
    write_mo(packed, joined())
    part = COMPILED.with_suffix(f".{os.getpid()}")
    part.write_bytes(packed.getvalue())
    part.replace(COMPILED)


def used(within: str = "") -> Iterator[str | tuple[str, str]]:
    """Every msgid that the code and the templates use; of files whose path holds `within`."""
    with (WEB / "babel.cfg").open(encoding="utf-8") as settings:
        methods, options = parse_mapping_cfg(settings)  # type: ignore[no-untyped-call]  # babel has some untyped
    for folder in ("shared", "services"):
        found = extract_from_dir(
            ROOT / folder, methods, options, KEYWORDS, directory_filter=lambda d: Path(d).name not in SKIPPED
        )
        for file, _line, message, _comments, _context in found:
            if within not in f"{folder}/{file}":
                continue
            yield message if isinstance(message, str) else (message[0], message[1])


def missing(within: str = "") -> list[str]:
    """The msgids without English, in order."""
    catalogue = joined()
    lacking = set()
    for msgid in used(within):
        known = catalogue.get(msgid)
        if known is None or known.fuzzy or not all(_strings(known.string)):
            lacking.add(msgid if isinstance(msgid, str) else msgid[0])
    return sorted(lacking)


def _strings(string: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [string] if isinstance(string, str) else list(string or [""])


def main(within: str = "") -> int:
    """Print what lacks English as .po entries, ready to be filled in; exit 1 when there is any."""
    for msgid in (lacking := missing(within)):
        quoted = msgid.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        print(f'msgid "{quoted}"\nmsgstr ""\n')
    print(f"{len(lacking)} without English", file=sys.stderr)
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
