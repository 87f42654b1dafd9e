"""An empty roster to download: required columns red, drop-downs, text cells, one example row."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import xlsxwriter

from shared.children.roster.columns import TEMPLATES, TemplateColumn

_ROWS = 1_000  # prepared as text cells with drop-downs
_CREATED = datetime(2026, 1, 1)  # noqa: DTZ001  # fixed, so that a template is the same bytes every time
_HELP = (
    "怎样填写",
    "1. 红色栏目必填，其余栏目有就填；暂时不清楚的留空，不要填“无”。",
    "2. 身份证号和电话已设为文本格式，请直接录入，不要改成数字格式。",
    "3. 出生日期写成 2016-03-08；只知道年月的写 2016-03。",
    "4. 确实没有人照料的孩子，请在监护人姓名一栏写“无人照料”，系统会立即提醒负责人。",
    "5. 一行一个孩子；不要合并单元格，不要在表头上方加行。示例一行不会导入。",
)


def build(kind: str) -> bytes:
    """The template of a kind of list as .xlsx; the same bytes for the same kind.  KeyError for an unknown kind."""
    columns = TEMPLATES[kind]
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": "儿童名单模板", "created": _CREATED})
        _roster_sheet(book, columns)
        _help_sheet(book)
    return buffer.getvalue()


def _roster_sheet(book: Any, columns: tuple[TemplateColumn, ...]) -> None:
    sheet = book.add_worksheet("儿童名单")
    framed = {"border": 1, "text_wrap": True, "valign": "vcenter"}
    head = book.add_format({**framed, "bold": True, "align": "center", "bg_color": "#E8F1F8"})
    required = book.add_format({**framed, "bold": True, "align": "center", "font_color": "#C00000"})
    text = book.add_format({"num_format": "@"})
    example = book.add_format({**framed, "num_format": "@", "italic": True, "font_color": "#7F7F7F"})
    for index, column in enumerate(columns):
        sheet.set_column(index, index, column.width, text)
        sheet.write_string(0, index, column.head, required if column.required else head)
        sheet.write_string(1, index, column.example, example)
        if column.choices:
            choice = {"validate": "list", "source": list(column.choices), "error_title": "请从下拉列表中选择"}
            sheet.data_validation(1, index, _ROWS, index, choice)
    sheet.set_row(0, 30)
    sheet.freeze_panes(1, 0)


def _help_sheet(book: Any) -> None:
    sheet = book.add_worksheet("填写说明")
    sheet.set_column(0, 0, 90)
    for row, line in enumerate(_HELP):
        sheet.write_string(row, 0, line)
