"""One sheet: its heads, the rows about children below them, and what each row says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from shared.children.roster import heads, household, person
from shared.children.roster.cells import flag
from shared.children.roster.draft import Draft
from shared.children.roster.grid import Grid, as_text, letter
from shared.children.roster.heading import Heading, starts_at
from shared.children.roster.lines import Line, line_of
from shared.children.roster.values import FileNote, Sheet, Skipped

_LEFT_BEHIND = re.compile(r"留守")
_FULL_ROLL = re.compile(r"(?:含|包括|其中).{0,4}留守|困境|在校学生|全体|全校|全园|全村儿童|适龄儿童|学籍")
_OF_LEFT_BEHIND_ONLY = frozenset({"village", "community"})
_OWN_READERS = frozenset({"seq", "name", "id_no", "birth_date", "sex"}) | heads.FLAGS


@dataclass(slots=True)
class SheetRead:
    """A sheet with its drafts, not yet compared with each other or with other sheets."""

    sheet: Sheet
    drafts: list[Draft] = field(default_factory=list)
    notes: list[FileNote] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def read_sheet(grid: Grid, *, filename: str, kind: str, as_of: date) -> SheetRead:
    """Rows and remarks of one sheet; one without heads is ignored, with the reason."""
    if grid.empty:
        return SheetRead(Sheet(grid.name, why="空工作表"))
    headings, drafts, skipped = _drafts(grid)
    if not headings:
        note = FileNote("sheet_without_head", "没有找到表头，未读取", sheet=grid.name)
        return SheetRead(Sheet(grid.name, why="没有找到表头"), notes=[note])
    first = headings[0]
    flagged = any(as_text(draft.cell("left_behind")) for draft in drafts)
    listed = not flagged and _lists_left_behind(grid, first, filename=filename, kind=kind)
    _fill_merged(grid, drafts)
    blank_means_no = {name: _nobody_wrote_no(drafts, name) for name in heads.FLAGS}
    for draft in drafts:
        _read_row(draft, as_of=as_of, listed=listed, blank_means_no=blank_means_no)
    sheet = Sheet(
        name=grid.name,
        header_rows=tuple(range(first.top + 1, first.bottom + 2)),
        columns=first.columns,
        left_behind_list=listed,
    )
    return SheetRead(sheet, drafts, _notes(grid, headings, listed), skipped)


def _drafts(grid: Grid) -> tuple[list[Heading], list[Draft], list[Skipped]]:
    """The headings of the sheet (a second table may begin further down), the rows about children, the others."""
    headings: list[Heading] = []
    drafts: list[Draft] = []
    skipped: list[Skipped] = []
    row = 0
    while row < len(grid.rows):
        if heading := starts_at(grid, row):
            headings.append(heading)
            row = heading.bottom + 1
            continue
        for block in (headings[-1], *headings[-1].beside) if headings else ():
            line = line_of(grid, row, block)
            if line is Line.CHILD:
                drafts.append(Draft(grid, row, block))
            elif line not in (Line.BLANK, Line.SERIAL):
                skipped.append(Skipped(grid.name, row + 1, line))
        row += 1
    return headings, drafts, skipped


def _lists_left_behind(grid: Grid, heading: Heading, *, filename: str, kind: str) -> bool:
    """Every child of this sheet is left-behind, by its title or because such lists are made for them."""
    titles = [grid.text(row, column) for row in range(heading.top) for column in range(len(grid.rows[row]))]
    told = " ".join([grid.name, *titles])
    if _LEFT_BEHIND.search(told):
        return not _FULL_ROLL.search(told)
    if _FULL_ROLL.search(told):
        return False
    away = heading.column("away_reason") or heading.column("work_place")
    contact_card = heading.column("guardian_name") is not None and away is not None
    return bool(_LEFT_BEHIND.search(filename)) or kind in _OF_LEFT_BEHIND_ONLY or contact_card


def _fill_merged(grid: Grid, drafts: list[Draft]) -> None:
    """A class or a household written once over several rows counts for each of them."""
    for draft in drafts:
        for merge in grid.merges_over(draft.index):
            column = next((c for c in draft.heading.columns if c.index == merge.left), None)
            above = draft.heading.bottom < merge.top < draft.index
            if column and above and merge.left == merge.right and column.field not in heads.OWN:
                row = grid.rows[draft.index]
                row[merge.left] = row[merge.left] or grid.cell(merge.top, merge.left)


def _nobody_wrote_no(drafts: list[Draft], name: str) -> bool:
    """In a column where nobody wrote 否 a blank means no; where somebody did, it means not collected."""
    return not any(flag(draft.cell(name)) is False for draft in drafts)


def _read_row(draft: Draft, *, as_of: date, listed: bool, blank_means_no: dict[str, bool]) -> None:
    household.read_rest(draft, _OWN_READERS)
    person.read_name(draft)
    person.read_id(draft, as_of)
    person.read_birth_date(draft, as_of)
    person.read_sex(draft)
    for name in sorted(heads.FLAGS):
        household.read_flag(draft, name, blank_means_no=blank_means_no[name])
    if listed:
        draft.values["left_behind"] = True
    person.judge_age(draft, as_of)
    household.judge_guardian(draft)


def _notes(grid: Grid, headings: list[Heading], listed: bool) -> list[FileNote]:
    notes = [
        FileNote(code, head, sheet=grid.name, column=column, row=heading.bottom + 1)
        for heading in headings[:1]
        for code, heads_ in (("column_unknown", heading.unknown), ("column_repeated", heading.repeated))
        for column, head in heads_
    ]
    wanted = heads.EXPECTED + (heads.EXPECTED_OF_LEFT_BEHIND if listed else ())
    missing = [name for name in wanted if not headings[0].column(name)]
    notes += [FileNote("column_missing", name, sheet=grid.name) for name in missing]
    notes += _headless(grid, headings[0])
    if grid.hidden:
        notes.append(FileNote("sheet_hidden", "隐藏的工作表也已读取", sheet=grid.name))
    return notes


def _headless(grid: Grid, heading: Heading) -> list[FileNote]:
    """Columns with content and without a head."""
    known = {c.index for block in (heading, *heading.beside) for c in block.columns}
    named = {head for head, _ in (*heading.unknown, *heading.repeated)}
    below = range(heading.bottom + 1, len(grid.rows))
    return [
        FileNote("column_without_head", letter(index), sheet=grid.name, column=letter(index))
        for index in range(grid.width)
        if index not in known and letter(index) not in named and any(grid.text(row, index) for row in below)
    ]
