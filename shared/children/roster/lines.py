"""What a row below the heads is: a child, a total, a note, a repeated head, or nothing."""

from __future__ import annotations

import re
from enum import StrEnum

from shared.children.roster.grid import Grid
from shared.children.roster.heading import Heading
from shared.children.roster.meaning import words


class Line(StrEnum):
    BLANK = "blank"
    SERIAL = "serial"  # nothing but a serial number
    TOTAL = "total"
    NOTE = "note"
    HEAD = "head"  # printed again on every page
    CONTINUATION = "continuation"  # the name is one merged cell with the row above
    CHILD = "child"


_TOTAL = re.compile(
    r"(?:.{0,12}?[:：、（(]?)?(?:合计|小计|总计|共计|总数|累计|总人数|人数合计)(?:[\d.]*人?名?)?|"
    r"(?:合计|小计|总计|共计).*|(?:以上)?共\d+[人名].*"
)
_SIGNATURE = re.compile(
    r"^(?:填表|填报|制表|审核|审批|复核|核对|统计|登记|经办|经手|负责|联系|采集|录入|走访|调查|上报|报送|汇总|制作|"
    r"班主任|园长|校长|书记|主任|儿童主任|村[（(]居[）)]委|单位|学校[（(]盖章|盖章|签名|签字|日期|年月日|说明|填写说明|"
    r"备注|附注?|注|备考|示例|样例|例如?|第\d+页).{0,24}?(?:[:：]|[（(](?:签名|签字|盖章|公章|章)[）)]|页$)"
)
_EXAMPLE = re.compile(r"^[（(【\[]?(?:填写)?(?:示例|样例|范例|例)(?:[:：）)】\]（(]|$|请)")
_HEADCOUNT = re.compile(r"共?\d+(?:\.0+)?[人名个]?")
_END = re.compile(r"[-—–*/\s]*(?:以下空白|以下无正文|此行以下空白|空白)[-—–*/\s]*")
_NUMBER = re.compile(r"[(（]?\d{1,6}(?:\.0+)?[)）.、]?")
_ID_LIKE = re.compile(r"\d{6,}[\dXx]")
_PROSE = re.compile(r"[：:。；;？！?!“”]|\d{3,}")
_LONGEST_NAME = 24


def line_of(grid: Grid, row: int, heading: Heading) -> Line:
    """Classify one row; everything that is not recognised as something else is a child."""
    span = heading.span
    told = {i: text for i in span if (text := _visible(grid.text(row, i)))}
    if not told:
        return Line.BLANK
    seq, name = heading.column("seq"), heading.column("name")
    named = told.get(name.index, "") if name else ""
    rest = {i: text for i, text in told.items() if seq is None or i != seq.index}
    if not rest and _NUMBER.fullmatch(next(iter(told.values()))):
        return Line.SERIAL
    if _is_head(told, grid, heading):
        return Line.HEAD
    if _EXAMPLE.match(next(iter(told.values()))) or _EXAMPLE.match(named):
        return Line.NOTE  # the example of a template is a person on paper only, whatever its number
    if not _holds_identity(grid, row, heading):
        if kind := _remark(told, named, _spans(grid, row), name.index if name else 0):
            return kind
        if not named and name and _continues(grid, row, name.index):
            return Line.CONTINUATION
    return Line.CHILD


def _visible(text: str) -> str:
    return re.sub(r"_x000[dDaA9]_|[\s\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+", "", text)


def _is_head(told: dict[int, str], grid: Grid, heading: Heading) -> bool:
    """At least half of the row, and two cells, say what the heads over them say."""
    same = 0
    for index, text in told.items():
        above = {words(grid.text(row, index)) for row in range(heading.top, heading.bottom + 1)}
        same += words(text) in above
    return same >= 2 and same * 2 >= len(told)


def _holds_identity(grid: Grid, row: int, heading: Heading) -> bool:
    """A number like a resident number: then it is a child, whatever else is in the row."""
    column = heading.column("id_no")
    return column is not None and _ID_LIKE.search(grid.text(row, column.index)) is not None


def _remark(told: dict[int, str], named: str, spans: bool, name_at: int) -> Line | None:
    first_at, first = next(iter(told.items()))
    if _TOTAL.fullmatch(first) or _TOTAL.fullmatch(named) or _HEADCOUNT.fullmatch(named):
        return Line.TOTAL
    if _SIGNATURE.match(first) or _END.fullmatch(named or first):
        return Line.NOTE
    if named and len(told) <= 2 and (len(named) > _LONGEST_NAME or _PROSE.search(named)):
        return Line.NOTE
    if named and first_at != name_at:
        return None
    if len(told) == 1 and not _NUMBER.fullmatch(first):
        # One text alone: a title of a section, a unit line, a remark across the sheet.
        return Line.NOTE if spans or first_at < name_at or _PROSE.search(first) else None
    return None


def _spans(grid: Grid, row: int) -> bool:
    """The row is one merged cell over three columns or more."""
    return any(merge.top == row and merge.right - merge.left >= 2 for merge in grid.merges_over(row))


def _continues(grid: Grid, row: int, column: int) -> bool:
    over = grid.merges_over(row)
    return any(merge.top < row and merge.left <= column <= merge.right for merge in over)
