"""Files that only we may read."""

import os
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Write `path` with mode 0600 from its first byte on; whole or not at all."""
    half = path.with_name(f"{path.name}.new")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    half.replace(path)
