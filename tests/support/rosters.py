"""Small rosters for tests: sound resident numbers of the non-existent region 9901xx, sheets, archives."""

import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime

import xlsxwriter

from shared.children.identity import check_character
from shared.children.roster import Finding, Reading, read

AS_OF = date(2026, 9, 1)

Value = str | float | date | None
Line = Sequence[Value]
Merge = tuple[int, int, int, int]

HEAD: Line = ("序号", "姓名", "性别", "出生日期", "身份证号", "监护人", "监护人电话", "备注")


def number(born: str, order: int = 1, *, female: bool = False) -> str:
    """A sound resident number for a birth date such as 2016-03-08."""
    first17 = f"990109{born.replace('-', '')}{order:02d}{2 if female else 1}"
    return first17 + check_character(first17)


def child(name: str = "江一帆", born: str = "2016-03-08", **changed: Value) -> list[Value]:
    """A faultless row under HEAD; `changed` by the heads in letters: id, sex, date, guardian, phone, remark."""
    cells: dict[str, Value] = {
        "seq": 1.0,
        "name": name,
        "sex": "男",
        "date": born,
        "id": number(born),
        "guardian": "江大川",
        "phone": "13900000001",
        "remark": None,
    }
    return list((cells | changed).values())


def xlsx(rows: Sequence[Line], *more: tuple[str, Sequence[Line]], merges: Sequence[Merge] = ()) -> bytes:
    """A workbook; the first sheet is named 名单, `merges` are of that sheet (first row, first column, last …)."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, lines in (("名单", rows), *more):
            sheet = book.add_worksheet(name)
            for row, line in enumerate(lines):
                for column, value in enumerate(line):
                    _write(sheet, row, column, value, day)
            for merge in merges if name == "名单" else ():
                value = rows[merge[0]][merge[1]] if merge[1] < len(rows[merge[0]]) else None
                sheet.merge_range(*merge, value)
    return buffer.getvalue()


def _write(sheet: xlsxwriter.worksheet.Worksheet, row: int, column: int, value: Value, day: object) -> None:
    if isinstance(value, str):
        sheet.write_string(row, column, value)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), day)  # noqa: DTZ001  # a day
    elif value is not None:
        sheet.write_number(row, column, value)


def csv(rows: Sequence[Line], encoding: str = "utf-8") -> bytes:
    """Plain comma separated text; no cell may hold a comma."""
    return "\r\n".join(",".join("" if c is None else str(c) for c in row) for row in rows).encode(encoding)


def reading(data: bytes, *, filename: str = "名单.xlsx", kind: str = "village") -> Reading:
    """Read on the day of the fixtures; a village's list is one of left-behind children."""
    return read(data, filename, kind=kind, as_of=AS_OF)


def of(*rows: Line, head: Line = HEAD) -> Reading:
    """The reading of a sheet with these rows under HEAD."""
    return reading(xlsx([head, *rows]))


def codes(findings: Sequence[Finding]) -> list[tuple[int, str, str]]:
    """Row, column and code of each finding."""
    return [(finding.row, finding.column, finding.code) for finding in findings]


def repacked(data: bytes, **parts: bytes) -> bytes:
    """The workbook with some parts replaced; the names are those of the last path component without .xml."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            key = member.filename.rsplit("/", 1)[-1].removesuffix(".xml")
            new.writestr(member.filename, parts.get(key, old.read(member)))
    return buffer.getvalue()


def sheet_xml(data: bytes) -> bytes:
    """The XML of the first sheet."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read("xl/worksheets/sheet1.xml")
