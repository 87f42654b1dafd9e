"""Fails where a function, method or class of the product is used by nothing in it: by no code and by no template.

What only tests use counts as dead.  Names and decorators to leave alone stand in pyproject.toml under [tool.vulture].
"""

import re
import sys
import tomllib
from pathlib import Path

from vulture.core import Item, Vulture

KINDS = ("function", "method", "class", "property", "import", "unreachable_code")


def unused(settings: dict[str, list[str]]) -> list[str]:
    """One line for each name that nothing uses."""
    finder = Vulture(ignore_names=settings["ignore_names"], ignore_decorators=settings["ignore_decorators"])
    finder.scavenge(settings["paths"], exclude=settings["exclude"])
    for template in Path("services").rglob("templates/**/*.html"):
        for expression in re.findall(r"\{[{%].*?[%}]\}", template.read_text(encoding="utf-8"), re.DOTALL):
            finder.used_names.update(re.findall(r"[A-Za-z_]\w+", expression))
    found = finder.get_unused_code(min_confidence=60)
    return [
        f"{item.filename}:{item.first_lineno}: {item.message}"
        for item in found
        if _counts(item.typ, item.confidence) and not _is_table(item)
    ]


def _counts(kind: str, confidence: int) -> bool:
    """Columns, dataclass fields and constants are guesses (they are read by name elsewhere); the rest is not."""
    return kind in KINDS or confidence == 100


def _is_table(item: Item) -> bool:
    """A table may be read and written by SQL alone; the migrations know its class by its base."""
    return str(item.typ) == "class" and item.filename.name == "models.py"


def main() -> int:
    """Read the settings and look; 1 where something is dead."""
    found = unused(tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["tool"]["vulture"])
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
