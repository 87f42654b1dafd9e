"""A sheet as a plain grid of cells, whatever file it came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

_MOST_MERGED_ROWS = 200_000
Cell = str | float | bool | date | None


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged range, zero-based and inclusive."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(slots=True)
class Grid:
    """Rows of cells, zero-based; `merges` only where the file says so (a CSV has none)."""

    name: str
    rows: list[list[Cell]]
    merges: list[Merge] = field(default_factory=list)
    hidden: bool = False
    _by_row: dict[int, list[Merge]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        left = _MOST_MERGED_ROWS
        for merge in self.merges:
            left -= merge.bottom - merge.top + 1
            if left < 0:  # a crafted file; honest ones merge titles and households
                break
            for row in range(merge.top, merge.bottom + 1):
                self._by_row.setdefault(row, []).append(merge)

    def merges_over(self, row: int) -> list[Merge]:
        """The merged ranges that cover a cell of this row."""
        return self._by_row.get(row, [])

    def cell(self, row: int, column: int) -> Cell:
        """The cell, None outside the grid."""
        if 0 <= row < len(self.rows) and 0 <= column < len(self.rows[row]):
            return self.rows[row][column]
        return None

    def text(self, row: int, column: int) -> str:
        """The cell as trimmed text, empty when blank."""
        return as_text(self.cell(row, column))

    @property
    def width(self) -> int:
        return max((len(row) for row in self.rows), default=0)

    @property
    def empty(self) -> bool:
        return not any(as_text(cell) for row in self.rows for cell in row)


def as_text(cell: Cell) -> str:
    """A cell as a person sees it: whole numbers without .0, dates in ISO form."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return cell.isoformat() if isinstance(cell, date) else cell.strip()


def letter(column: int) -> str:
    """A, B … Z, AA for a zero-based column."""
    name = ""
    number = column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(65 + rest) + name
    return name
