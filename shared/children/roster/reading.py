"""From the bytes of an upload to a Reading: which file it is, its sheets, and what they say together."""

from __future__ import annotations

from datetime import date
from pathlib import PurePath

from shared.children.roster import archive, csv_file, limits, workbook
from shared.children.roster.codes import refusal
from shared.children.roster.compare import compare
from shared.children.roster.grid import Grid
from shared.children.roster.sheet import SheetRead, read_sheet
from shared.children.roster.values import FileNote, Reading
from shared.kernel.errors import N_, Invalid

KINDS = ("school", "kindergarten", "village", "community")
ROW_IS_RECORD = "row 按 CSV 记录数（从 1 起，含标题和表头），不是文本行数"


def read(data: bytes, filename: str, *, kind: str, as_of: date) -> Reading:
    """Read an uploaded roster; ages count from `as_of` (a Shanghai day), `kind` is one of KINDS.

    Raises Refused when the file as a whole cannot be read, Invalid("roster_kind") for an unknown kind.
    """
    if kind not in KINDS:
        raise Invalid("roster_kind", N_("名单类别应为 school、kindergarten、village 或 community。"))
    grids, encoding = _grids(data, filename)
    if all(grid.empty for grid in grids):
        raise refusal("file_empty")
    read_sheets = [read_sheet(grid, filename=filename, kind=kind, as_of=as_of) for grid in grids]
    if all(one.sheet.ignored for one in read_sheets):
        raise refusal("file_no_header")
    return _together(read_sheets, filename=filename, kind=kind, as_of=as_of, encoding=encoding)


def _grids(data: bytes, filename: str) -> tuple[list[Grid], str]:
    if not data:
        raise refusal("file_empty")
    if len(data) > limits.BYTES:
        raise refusal("file_too_large_range")
    if archive.encrypted(data):  # whatever it is called, the password is the thing to say
        raise refusal("file_encrypted")
    suffix = PurePath(filename).suffix.lower()
    if suffix == ".csv":
        grid, encoding = csv_file.grid(data)
        return [grid], encoding
    if suffix == ".xlsx":
        return workbook.grids(data), ""
    raise refusal("file_kind")


def _together(read_sheets: list[SheetRead], *, filename: str, kind: str, as_of: date, encoding: str) -> Reading:
    drafts = [draft for one in read_sheets for draft in one.drafts]
    duplicates = compare(drafts)
    notes = [note for one in read_sheets for note in one.notes]
    if encoding:
        notes = [FileNote("encoding", encoding), FileNote("row_is_record", ROW_IS_RECORD), *notes]
    return Reading(
        filename=filename,
        kind=kind,
        as_of=as_of,
        sheets=tuple(one.sheet for one in read_sheets),
        rows=tuple(draft.row() for draft in drafts),
        duplicates=tuple(duplicates),
        no_guardian=tuple(draft.no_guardian for draft in drafts if draft.no_guardian),
        file_notes=tuple(notes),
        encoding=encoding,
        skipped=tuple(row for one in read_sheets for row in one.skipped),
    )
