"""Finds the rows of heads in a sheet, one or several deep, and gives each column its field."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass

from shared.children.roster.grid import Cell, Grid, Merge, as_text, letter
from shared.children.roster.heads import OF_A_CHILD, STAFF
from shared.children.roster.meaning import field_of, is_head, words
from shared.children.roster.values import Column

Path = tuple[str, ...]  # a head under its groups, outermost first
DEEPEST = 3
_LOOK_AHEAD = 3  # a title or a unit line may stand between two candidates
_ENOUGH = 2  # known fields, the name among them
_LONGEST_HEAD = 40
_DATA = re.compile(r"[\d.\-/]{4,}|\d{15,17}[\dXx]")


@dataclass(frozen=True, slots=True)
class Heading:
    """Heads in rows `top` … `bottom` (zero-based), the known columns and those nobody knows."""

    top: int
    bottom: int
    columns: tuple[Column, ...]
    unknown: tuple[tuple[str, str], ...]  # letter, head
    repeated: tuple[tuple[str, str], ...]
    span: range
    beside: tuple[Heading, ...] = ()  # further lists to the right with the same heads
    _by_field: dict[str, Column] = dataclasses.field(init=False, default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        self._by_field.update({column.field: column for column in self.columns})

    def column(self, field: str) -> Column | None:
        """The column of a field, if the sheet has it."""
        return self._by_field.get(field)


def starts_at(grid: Grid, row: int) -> Heading | None:
    """The heading that begins at this row or, with a group row or title before it, just below."""
    if not _promising(grid, row):
        return None
    best: Heading | None = None
    for top in range(row, row + _LOOK_AHEAD):
        for depth in range(1, DEEPEST + 1):
            found = _read(grid, top, top + depth - 1)
            if found and (best is None or _known(found) > _known(best)):
                best = found
    return best if best and best.top == row else None


def _known(heading: Heading) -> int:
    return len(heading.columns)


def _promising(grid: Grid, row: int) -> bool:
    """At least two different short texts and no number or date besides, one of them a known head or group."""
    cells = grid.rows[row] if row < len(grid.rows) else []
    texts = {as_text(cell) for cell in cells if as_text(cell)}
    known = any(is_head(text) for text in texts if len(text) <= _LONGEST_HEAD)
    return len(texts) >= _ENOUGH and known and not any(_is_data(cell) for cell in cells)


def _is_data(cell: Cell) -> bool:
    if cell is None or isinstance(cell, str):
        return bool(cell) and _DATA.fullmatch(words(cell or "")) is not None
    return True


def _read(grid: Grid, top: int, bottom: int) -> Heading | None:
    if bottom >= len(grid.rows) or any(_is_data(cell) for row in grid.rows[top : bottom + 1] for cell in row):
        return None
    if not all(any(as_text(cell) for cell in row) for row in grid.rows[top : bottom + 1]):
        return None
    paths = _paths(grid, top, bottom)
    period = _period(paths)
    first, *beside = [
        _block(paths, range(start, min(start + period, len(paths))), top, bottom)
        for start in range(_first(paths) if period < len(paths) else 0, len(paths), period)
    ]
    others = tuple(block for block in beside if block)
    return dataclasses.replace(first, beside=others) if first else None


def _first(paths: list[Path]) -> int:
    return next((index for index, path in enumerate(paths) if path), 0)


def _period(paths: list[Path]) -> int:
    """After how many columns the same heads begin again: two lists printed beside each other to save paper."""
    named = [index for index, path in enumerate(paths) if path and field_of(path) == "name"]
    first = _first(paths)
    if len(named) > 1:
        period = named[1] - named[0]
        once, again = paths[first : first + period], paths[first + period : first + 2 * period]
        if period >= _ENOUGH and [p for p in once if p] == [p for p in again if p]:
            return period
    return max(len(paths), 1)


def _block(paths: list[Path], span: range, top: int, bottom: int) -> Heading | None:
    """The heading of the columns in `span`, None when they are not a list of children."""
    columns: list[Column] = []
    unknown, repeated = [], []
    for index in span:
        path = paths[index]
        if not path or max(map(len, path)) > _LONGEST_HEAD:
            continue
        taken = {column.field for column in columns}
        field = field_of(path, columns[-1].field if columns else "", taken)
        header = "/".join(path)
        if field is None:
            unknown.append((letter(index), header))
        elif field in taken:
            repeated.append((letter(index), header))
        else:
            columns.append(Column(index, letter(index), field, header))
    heading = Heading(top, bottom, tuple(columns), tuple(unknown), tuple(repeated), span)
    return heading if _lists_children(heading) else None


def _lists_children(heading: Heading) -> bool:
    fields = {column.field for column in heading.columns}
    staff = any(words(head.split("/")[-1]) in STAFF for _, head in heading.unknown)
    return "name" in fields and len(fields) >= _ENOUGH and not (staff and fields.isdisjoint(OF_A_CHILD))


def _paths(grid: Grid, top: int, bottom: int) -> list[Path]:
    """For each column its texts from the group down to the head, without repetitions."""
    rows = [[grid.text(row, column) for column in range(grid.width)] for row in range(top, bottom + 1)]
    merges = {merge for row in range(top, bottom + 1) for merge in grid.merges_over(row)}
    covered = {(m.top, c) for m in merges for c in range(m.left, m.right + 1)}
    for merge in merges:
        _spread(rows, merge, top, bottom)
    for depth in range(len(rows) - 1):
        _carry_groups(rows, depth, {column for row, column in covered if row == top + depth})
    return [tuple(dict.fromkeys(row[column] for row in rows if row[column])) for column in range(grid.width)]


def _spread(rows: list[list[str]], merge: Merge, top: int, bottom: int) -> None:
    if merge.top < top or merge.top > bottom:
        return
    text = rows[merge.top - top][merge.left]
    for row in range(merge.top, min(merge.bottom, bottom) + 1):
        for column in range(merge.left, merge.right + 1):
            rows[row - top][column] = text


def _carry_groups(rows: list[list[str]], depth: int, covered: set[int]) -> None:
    """Without merged cells a group's name stands over its first column only."""
    upper, lower = rows[depth], rows[depth + 1]
    for column in range(1, len(upper)):
        blank = not upper[column] and column not in covered
        if blank and lower[column] and lower[column - 1] and column - 1 not in covered:
            upper[column] = upper[column - 1]
