"""What reading a roster gives: rows, findings and the reason of a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from shared.kernel.errors import Invalid

Value = str | int | date | bool | None


class Refused(Invalid):
    """The whole file is refused and nothing of it may be written; `message` says what to do instead."""


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    REPAIR = "repair"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet: its letter, the field it was recognised as and the head as written."""

    index: int
    letter: str
    field: str
    header: str

    @property
    def title(self) -> str:
        """The head alone, without its group and line breaks."""
        return "".join(self.header.split("/")[-1].split())


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark about one cell.  `value` is what the reader arrived at, None where it arrived at nothing."""

    sheet: str
    row: int
    column: str
    field: str
    header: str
    code: str
    value: str | int | None
    hint: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class Row:
    """A row about a child; `row` counts from 1 as a person does (in a CSV: records, not lines of text)."""

    sheet: str
    row: int
    values: Mapping[str, Value]
    findings: tuple[Finding, ...] = ()

    @property
    def refused(self) -> bool:
        return any(finding.severity is Severity.ERROR for finding in self.findings)

    @property
    def left_behind(self) -> bool:
        return self.values.get("left_behind") is True


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet and how it was understood; `ignored` sheets hold no children and `why` says so."""

    name: str
    header_rows: tuple[int, ...] = ()
    columns: tuple[Column, ...] = ()
    left_behind_list: bool = False
    why: str = ""

    @property
    def ignored(self) -> bool:
        return not self.header_rows


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two rows that may be one child; the first comes first in the file."""

    first_sheet: str
    first_row: int
    sheet: str
    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class NoGuardian:
    """The file says that nobody looks after this child: a safety finding, not a fault of the data."""

    sheet: str
    row: int
    why: str


@dataclass(frozen=True, slots=True)
class FileNote:
    """A remark about the whole file or a whole column."""

    code: str
    value: str
    sheet: str = ""
    column: str = ""
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row below the heads that is about no child: total, note, head (printed again), continuation."""

    sheet: str
    row: int
    why: str


@dataclass(frozen=True)
class Reading:
    """A roster as read on the day `as_of`; rows with an error stay in `rows` and are not to be imported."""

    filename: str
    kind: str
    as_of: date
    sheets: tuple[Sheet, ...]
    rows: tuple[Row, ...]
    duplicates: tuple[Duplicate, ...] = ()
    no_guardian: tuple[NoGuardian, ...] = ()
    file_notes: tuple[FileNote, ...] = field(default=())
    encoding: str = ""
    skipped: tuple[Skipped, ...] = ()

    def _of(self, severity: Severity) -> tuple[Finding, ...]:
        return tuple(f for row in self.rows for f in row.findings if f.severity is severity)

    @property
    def errors(self) -> tuple[Finding, ...]:
        return self._of(Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return self._of(Severity.WARNING)

    @property
    def repairs(self) -> tuple[Finding, ...]:
        return self._of(Severity.REPAIR)

    @property
    def rows_total(self) -> int:
        return len(self.rows)

    @property
    def rows_with_errors(self) -> int:
        return sum(row.refused for row in self.rows)

    @property
    def importable(self) -> tuple[Row, ...]:
        """The rows that an import writes."""
        return tuple(row for row in self.rows if not row.refused)

    @property
    def children(self) -> int:
        return len(self.importable)

    @property
    def left_behind(self) -> int:
        return sum(row.left_behind for row in self.importable)
