"""The rosters of the demo county as workbooks, the way offices type them: a title, heads in two rows, a sum below."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any

import xlsxwriter

from .pupils import Pupil

Cell = str | int
Column = tuple[str, str, Callable[[Pupil], Cell]]  # group (or nothing), head, what stands in the cell

_PERSON: tuple[Column, ...] = (
    ("学生信息", "姓名", lambda one: one.name),
    ("学生信息", "性别", lambda one: "女" if one.girl else "男"),
    ("学生信息", "出生日期", lambda one: one.born.isoformat()),
    ("学生信息", "身份证号", lambda one: one.number),
)
_PARENTS: tuple[Column, ...] = (
    ("家庭信息", "家庭住址", lambda one: one.address),
    ("家庭信息", "家长姓名", lambda one: one.parents),
    ("家庭信息", "联系电话", lambda one: one.phone),
    ("务工信息", "外出情况", lambda one: one.away),
    ("务工信息", "务工地点", lambda one: one.works_in),
    ("务工信息", "务工单位", lambda one: one.works_at),
)
_CARER: tuple[Column, ...] = (
    ("受托照料人", "监护人姓名", lambda one: one.carer),
    ("受托照料人", "与儿童关系", lambda one: one.relation),
    ("受托照料人", "监护人电话", lambda one: one.carer_phone),
)
_FLAG: Column = ("", "是否留守儿童", lambda one: "是" if one.left_behind else "否")
_CLASS: Column = ("", "班级", lambda one: one.unit)
SCHOOL: tuple[Column, ...] = (
    _CLASS,
    *_PERSON,
    ("", "是否寄宿", lambda one: "是" if one.boards else "否"),
    _FLAG,
    *_PARENTS,
    *_CARER,
)
KINDERGARTEN: tuple[Column, ...] = (_CLASS, *_PERSON, _FLAG, *_PARENTS, *_CARER)
VILLAGE: tuple[Column, ...] = (("", "村民组", lambda one: one.unit), *_PERSON, *_PARENTS, *_CARER)
COMMUNITY: tuple[Column, ...] = (("", "网格", lambda one: one.unit), *_PERSON, *_PARENTS, *_CARER)


def by_grade(title: str, pupils: Iterable[Pupil]) -> bytes:
    """The school's roll: a sheet for each grade."""
    grades = groupby(pupils, key=lambda one: one.unit[0])
    return workbook(title, SCHOOL, [(f"{numeral}年级", list(group)) for numeral, group in grades])


def one_sheet(title: str, columns: Sequence[Column], children: Sequence[Pupil]) -> bytes:
    """A list on one sheet."""
    return workbook(title, columns, [("名单", children)])


def workbook(title: str, columns: Sequence[Column], sheets: Iterable[tuple[str, Sequence[Pupil]]]) -> bytes:
    """An .xlsx file; numbers are kept as text."""
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True, "strings_to_formulas": False}) as book:
        centred = book.add_format({"align": "center", "bold": True})
        for name, children in sheets:
            _sheet(book.add_worksheet(name), f"{title}（{name}）", columns, children, centred)
    return held.getvalue()


def _sheet(sheet: Any, title: str, columns: Sequence[Column], children: Sequence[Pupil], centred: Any) -> None:
    sheet.merge_range(0, 0, 0, len(columns), title, centred)
    _heads(sheet, columns, centred)
    for at, one in enumerate(children):
        sheet.write_number(at + 3, 0, at + 1)
        for place, (_, _, cell) in enumerate(columns, start=1):
            sheet.write_string(at + 3, place, str(cell(one)))
    left_behind = sum(one.left_behind for one in children)
    sheet.write_string(len(children) + 3, 0, f"合计：{len(children)} 人，其中留守儿童 {left_behind} 人")


def _heads(sheet: Any, columns: Sequence[Column], centred: Any) -> None:
    sheet.merge_range(1, 0, 2, 0, "序号", centred)
    place = 1
    for group, held in groupby(columns, key=lambda column: column[0]):
        heads = [head for _, head, _ in held]
        if group:
            sheet.merge_range(1, place, 1, place + len(heads) - 1, group, centred)
        for at, head in enumerate(heads, start=place):
            if group:
                sheet.write_string(2, at, head, centred)
            else:
                sheet.merge_range(1, at, 2, at, head, centred)
        place += len(heads)
