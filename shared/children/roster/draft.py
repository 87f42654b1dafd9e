"""A row while it is being read: its cells, the values found and the remarks made."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from shared.children.identity import Resident
from shared.children.roster.codes import hint_of, severity_of
from shared.children.roster.grid import Cell, Grid
from shared.children.roster.heading import Heading
from shared.children.roster.values import Column, Finding, NoGuardian, Row, Severity, Value


@dataclass(slots=True)
class Draft:
    """`index` is zero-based; `resident` is set when the number is sound."""

    grid: Grid
    index: int
    heading: Heading
    values: dict[str, Value] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    resident: Resident | None = None
    no_guardian: NoGuardian | None = None

    @property
    def number(self) -> int:
        """The row as a person counts it."""
        return self.index + 1

    @property
    def failed(self) -> bool:
        return any(finding.severity is Severity.ERROR for finding in self.findings)

    def column(self, name: str) -> Column | None:
        """The column of a field, None when the sheet does not have it."""
        return self.heading.column(name)

    def cell(self, name: str) -> Cell:
        """The cell of a field; a merged household cell counts for each of its rows."""
        column = self.column(name)
        return None if column is None else self.grid.cell(self.index, column.index)

    def text(self, name: str) -> str:
        """A value already read, as text."""
        value = self.values.get(name)
        return value if isinstance(value, str) else ""

    def flag(self, code: str, *fields: str, value: Value = None) -> None:
        """Remark on the first of the fields that the sheet has; once for each code and cell."""
        column = next((found for name in fields if (found := self.column(name))), self.heading.columns[0])
        if any((f.code, f.column) == (code, column.letter) for f in self.findings):
            return
        told = value.isoformat() if isinstance(value, date) else value
        self.findings.append(
            Finding(
                sheet=self.grid.name,
                row=self.number,
                column=column.letter,
                field=column.field,
                header=column.header,
                code=code,
                value=told,
                hint=hint_of(code, column.title),
                severity=severity_of(code),
            )
        )

    def repaired(self, codes: set[str], name: str, value: Value) -> None:
        """Remark on what was mended without asking."""
        for code in sorted(codes):
            self.flag(code, name, value=value)

    def note(self, text: str) -> None:
        """Keep what has no column of its own with the remarks, so that nothing is lost."""
        before = self.text("remark")
        self.values["remark"] = f"{before}；{text}" if before else text

    def row(self) -> Row:
        """The finished row; beside an error lesser remarks are left out until it comes again."""
        errors = tuple(f for f in self.findings if f.severity is Severity.ERROR)
        findings = errors or tuple(self.findings)
        order = {column.letter: column.index for column in self.heading.columns}
        return Row(
            sheet=self.grid.name,
            row=self.number,
            values=dict(self.values),
            findings=tuple(replace(f) for f in sorted(findings, key=lambda f: order.get(f.column, 0))),
        )
