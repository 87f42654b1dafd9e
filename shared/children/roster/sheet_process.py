"""The child process that parses an .xlsx: workbook bytes on stdin, one JSON document on stdout.

Run by path, in isolation, so that it imports nothing of the product.  A crafted sheet can make the
parser ask for terabytes and abort; then this process dies and the service lives.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from datetime import date, datetime
from typing import Any

TOO_LARGE = 3
UNREADABLE = 4


def main(arguments: list[str]) -> int:
    """Arguments: bytes of address space, CPU seconds, then the most sheets, rows, columns, cells and characters."""
    memory, seconds, *most = (int(argument) for argument in arguments)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    data = sys.stdin.buffer.read()
    try:
        sheets = _sheets(data, *most)
    except (MemoryError, OverflowError):
        return TOO_LARGE
    if sheets is None:
        return TOO_LARGE
    sys.stdout.buffer.write(json.dumps(sheets, ensure_ascii=False, separators=(",", ":")).encode())
    return 0


def _sheets(
    data: bytes, sheets: int, rows: int, columns: int, cells: int, characters: int
) -> list[dict[str, Any]] | None:
    # Imported after the limits are set: the parser must not get memory before them.
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    told = book.sheets_metadata
    if len(told) > sheets:
        return None
    read = []
    for about in told:
        if not str(about.typ).endswith("WorkSheet"):
            continue
        sheet = book.get_sheet_by_name(about.name)
        height, width = _corner(sheet)
        rows, cells = rows - height, cells - height * width
        if rows < 0 or cells < 0 or width > columns:
            return None
        read.append(_sheet(sheet, hidden=not str(about.visible).endswith(".Visible")))
        characters -= sum(len(cell) for row in read[-1]["rows"] for cell in row if isinstance(cell, str))
        if characters < 0:
            return None
    return read


def _corner(sheet: Any) -> tuple[int, int]:
    """Rows and columns from A1 to the last cell (total_height of calamine 0.9 is one short)."""
    return (sheet.end[0] + 1, sheet.end[1] + 1) if sheet.end else (0, 0)


def _sheet(sheet: Any, *, hidden: bool) -> dict[str, Any]:
    grid = sheet.to_python(skip_empty_area=False) if sheet.end else []
    merges = sheet.merged_cell_ranges or []
    return {
        "name": sheet.name,
        "hidden": hidden,
        "rows": [[_cell(cell) for cell in row] for row in grid],
        "merges": [[*start, *end] for start, end in merges],
    }


def _cell(cell: Any) -> Any:
    """JSON has no dates: they travel as a list of one ISO string.  Times of day become text."""
    if cell == "" or cell is None:
        return None
    if isinstance(cell, bool | str):
        return cell
    if isinstance(cell, int | float):
        return float(cell)
    if isinstance(cell, datetime):
        cell = cell.date()
    return [cell.isoformat()] if isinstance(cell, date) else str(cell)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Exception as broken:  # noqa: BLE001  # the parser raises its own kinds; none is worth a traceback here
        sys.stderr.write(type(broken).__name__)
        sys.exit(UNREADABLE)
