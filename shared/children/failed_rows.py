"""The rows that were not taken in, as a spreadsheet to mend and hand in again: every cell is text."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import xlsxwriter
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.kernel.database import load
from shared.kernel.errors import N_, Conflict
from shared.people.rules import Actor, Right, require

from . import import_rows
from .facts import title_of
from .models import RosterImport, RosterRow
from .roster import Value, heads

REASON = "错误原因"
_LONGEST_SHEET = 31
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", "_"))
# Heads that stand by themselves, where whose and what put together would be read as something else.
_HEADS = {
    "father_employer": "父亲单位",
    "mother_employer": "母亲单位",
    "father_work_place": "父亲所在地",
    "mother_work_place": "母亲所在地",
    "parent_address": "家长地址",
    "parent_occupation": "家长职业",
    "parent_phone": "家长电话",
    "parent_id_no": "家长身份证号",
    "parent_relation": "务工关系",
    **{
        f"{kind}_{column}": f"{whose}{what}"
        for kind, whose in (("father", "父亲"), ("mother", "母亲"), ("guardian", "监护人"))
        for column, what in (("id_no", "身份证号"), ("sex", "性别"))
    },
}
_WORDS = {True: "是", False: "否", None: ""}


def failed_workbook(session: Session, import_id: UUID, *, by: Actor) -> bytes:
    """An .xlsx of the wrong rows, sheet by sheet, with the reason in the last column.

    Raises NotFound, NotAllowed, Conflict when the rows are gone or none was wrong.
    """
    require(by, Right.ROSTER_IMPORT)
    held = load(session, RosterImport, import_id)
    wanted = select(RosterRow).where(RosterRow.import_id == import_id, RosterRow.action == "wrong")
    rows = session.scalars(wanted.order_by(RosterRow.id)).all()
    if not rows:
        raise Conflict("roster.no_failed_rows", N_("没有可下载的错误行：这份名单没有错误，或者已经超过 24 小时。"))
    by_sheet: dict[str, list[tuple[Mapping[str, Value], Sequence[Mapping[str, str]]]]] = {}
    for row in rows:
        cells = import_rows.unseal(session, row.id, row.sealed).cells
        by_sheet.setdefault(row.sheet, []).append((cells, row.findings))
    return _workbook(by_sheet, held.columns)


def head_of(field: str) -> str:
    """A head that the reader understands as this field, whatever stands beside it."""
    if field in _HEADS:
        return _HEADS[field]
    if field in heads.WHOLE:
        return heads.WHOLE[field].split()[0]
    whose, what = title_of(field)
    return f"{whose}{what}"


def _workbook(by_sheet: Mapping[str, Any], columns: Mapping[str, list[str]]) -> bytes:
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        # A quotation mark before each cell: the text stays text, also where a program would take it for a formula.
        text = book.add_format({"num_format": "@", "quote_prefix": True})
        for number, (name, rows) in enumerate(by_sheet.items(), start=1):
            sheet = book.add_worksheet(_sheet_name(name, number))
            fields = columns.get(name) or sorted({field for cells, _ in rows for field in cells})
            fields += ["left_behind"] if "left_behind" not in fields else []
            _write(sheet, 0, [*map(head_of, fields), REASON], text)
            for line, (cells, findings) in enumerate(rows, start=1):
                _write(sheet, line, [*(_said(cells.get(field)) for field in fields), _reason(findings)], text)
            sheet.set_column(0, len(fields), 16, text)
    return buffer.getvalue()


def _sheet_name(name: str, number: int) -> str:
    plain = name.translate(_FORBIDDEN)[: _LONGEST_SHEET - 3].strip()
    return f"{plain}_{number}" if plain else f"名单_{number}"


def _write(sheet: Any, line: int, cells: Iterable[str], text: Any) -> None:
    for column, cell in enumerate(cells):
        sheet.write_string(line, column, cell, text)


def _said(value: Value) -> str:
    return _WORDS[value] if isinstance(value, bool) or value is None else str(value)


def _reason(findings: Sequence[Mapping[str, str]]) -> str:
    return "；".join(dict.fromkeys(finding["hint"].rstrip("。") for finding in findings))
