"""An .xlsx as grids: checked first, then parsed in a child process with memory and time limits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

from shared.children.roster import archive, limits, sheet_process
from shared.children.roster.codes import refusal
from shared.children.roster.grid import Cell, Grid, Merge

_PROGRAM = Path(__file__).with_name("sheet_process.py")
_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}


def grids(data: bytes) -> list[Grid]:
    """Every worksheet in the order of the file.  Raises Refused."""
    archive.inspect(data)
    return [_grid(sheet) for sheet in _parse(data)]


def _parse(data: bytes) -> list[dict[str, Any]]:
    most = (limits.SHEETS, limits.ROWS, limits.COLUMNS, limits.CELLS, limits.CHARACTERS)
    arguments = [limits.CHILD_MEMORY, limits.CHILD_SECONDS, *most]
    command = [sys.executable, "-I", str(_PROGRAM), *map(str, arguments)]
    try:
        child = subprocess.run(
            command, input=data, capture_output=True, env=_ENVIRONMENT, timeout=limits.CHILD_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as slow:
        raise refusal("file_too_large_range") from slow
    if child.returncode == sheet_process.UNREADABLE:
        raise refusal("file_type_mismatch")
    if child.returncode != 0:  # killed by a limit, aborted by the parser, or it said so itself
        raise refusal("file_too_large_range")
    parsed: list[dict[str, Any]] = json.loads(child.stdout)
    return parsed


def _grid(sheet: dict[str, Any]) -> Grid:
    rows = [[_cell(cell) for cell in row] for row in sheet["rows"]]
    height, width = len(rows), max((len(row) for row in rows), default=0)
    merges = [
        Merge(top, left, min(bottom, height - 1), min(right, width - 1))
        for top, left, bottom, right in sheet["merges"][: limits.MERGES]
        if top < height and left < width
    ]
    return Grid(name=sheet["name"], rows=rows, merges=merges, hidden=sheet["hidden"])


def _cell(cell: Any) -> Cell:
    return date.fromisoformat(cell[0]) if isinstance(cell, list) else cell
