"""A Reading as the JSON of `hehu roster check`, in the shape of the expected files of the fixtures."""

from __future__ import annotations

from datetime import date
from pathlib import PurePath
from typing import Any

from shared.children.roster.values import FileNote, Finding, Reading, Row, Sheet, Value


def to_json(reading: Reading) -> dict[str, Any]:
    """Counts, findings and remarks; rows and columns as a person counts them.  Holds personal data."""
    told: dict[str, Any] = {
        "file": PurePath(reading.filename).name,
        "kind": reading.kind,
        "as_of": reading.as_of.isoformat(),
        "sheets": [_sheet(reading, sheet) for sheet in reading.sheets],
        "rows_total": reading.rows_total,
        "rows_with_errors": reading.rows_with_errors,
        "children": reading.children,
        "left_behind": reading.left_behind,
    }
    if reading.encoding:
        told["encoding"] = reading.encoding
    return told | {
        "errors": [_finding(finding) for finding in reading.errors],
        "warnings": [_finding(finding) for finding in reading.warnings],
        "repairs": [_finding(finding) for finding in reading.repairs],
        "duplicates": [[d.first_row, d.row, d.reason, d.first_sheet, d.sheet] for d in reading.duplicates],
        "no_guardian": [{"sheet": n.sheet, "row": n.row, "why": n.why} for n in reading.no_guardian],
        "skipped": [{"sheet": s.sheet, "row": s.row, "why": str(s.why)} for s in reading.skipped],
        "file_notes": [_note(note) for note in reading.file_notes],
        "samples": [_sample(row) for sheet in reading.sheets for row in _ends(reading, sheet)],
    }


def _sheet(reading: Reading, sheet: Sheet) -> dict[str, Any]:
    if sheet.ignored:
        return {"name": sheet.name, "ignored": True, "why": sheet.why}
    rows = [row for row in reading.rows if row.sheet == sheet.name]
    good = [row for row in rows if not row.refused]
    return {
        "name": sheet.name,
        "header_rows": list(sheet.header_rows),
        "first_data_row": rows[0].row if rows else None,
        "last_data_row": rows[-1].row if rows else None,
        "rows": len(rows),
        "children": len(good),
        "left_behind": sum(row.left_behind for row in good),
        "columns": {column.letter: column.field for column in sheet.columns},
    }


def _finding(finding: Finding) -> dict[str, Any]:
    told: dict[str, Any] = {
        "sheet": finding.sheet,
        "row": finding.row,
        "column": finding.column,
        "field": finding.field,
        "header": finding.header,
        "code": finding.code,
        "hint": finding.hint,
    }
    return told if finding.value is None else told | {"value": finding.value}


def _note(note: FileNote) -> dict[str, Any]:
    told: dict[str, Any] = {"code": note.code, "value": note.value}
    places = {"sheet": note.sheet, "column": note.column, "row": note.row}
    return told | {key: value for key, value in places.items() if value}


def _ends(reading: Reading, sheet: Sheet) -> list[Row]:
    """The first and the last row of a sheet: enough to check that the columns were understood."""
    rows = [row for row in reading.rows if row.sheet == sheet.name and not sheet.ignored]
    return [rows[0], *rows[1:][-1:]] if rows else []


def _sample(row: Row) -> dict[str, Any]:
    values = {key: _plain(value) for key, value in row.values.items() if value is not None}
    return {"sheet": row.sheet, "row": row.row, **values}


def _plain(value: Value) -> str | int | bool | None:
    return value.isoformat() if isinstance(value, date) else value
