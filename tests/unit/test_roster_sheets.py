"""Heads, titles, totals and the other lines of a sheet."""

import pytest

from shared.children.failed_rows import head_of
from shared.children.roster import heads
from shared.children.roster.meaning import field_of
from shared.children.roster.template import build
from tests.support.rosters import HEAD, Line, child, csv, number, reading, xlsx


@pytest.mark.parametrize(
    ("path", "field"),
    [
        (("学生基本情况", "姓 名"), "name"),
        (("监护人（受委托监护人）情况", "姓名"), "guardian_name"),
        (("家长务工情况", "联系电话"), "employer_phone"),
        (("家庭情况", "联系电话"), "family_phone"),
        (("联系\n电话",), "parent_phone"),
        (("*身份证号码（18位）",), "id_no"),
        (("出生日期（年-月-日）：",), "birth_date"),
        (("母亲联系方式",), "mother_phone"),
        (("现监护人信息", "与孩子的关系"), "guardian_relation"),
        (("所属网格",), "villager_group"),
        (("是否入户",), None),
    ],
)
def test_heads_of_many_schools_and_villages_are_understood(path, field):
    assert field_of(path) == field


def test_a_bare_head_belongs_to_whom_the_columns_before_it_are_about():
    head = ("姓名", "监护人", "关系", "联系电话", "性别", "身份证号", "年龄")

    columns = reading(csv([head]), filename="甲.csv").sheets[0].columns

    assert [column.field for column in columns] == [
        "name", "guardian_name", "guardian_relation", "guardian_phone", "sex", "id_no", "age",
    ]  # fmt: skip


def test_two_rows_of_heads_are_joined_by_their_merged_groups():
    rows: list[Line] = [
        ["某校联系卡"],
        ["序号", "学生", None, None, "监护人", None],
        [None, "姓名", "性别", "身份证号", "姓名", "电话"],
        [1.0, "江一帆", "男", number("2016-03-08"), "江大川", "13900000001"],
    ]
    merges = [(0, 0, 0, 5), (1, 0, 2, 0), (1, 1, 1, 3), (1, 4, 1, 5)]

    result = reading(xlsx(rows, merges=merges), kind="school")

    assert result.sheets[0].header_rows == (2, 3)
    assert result.rows[0].values["guardian_name"] == "江大川"
    assert result.sheets[0].columns[4].header == "监护人/姓名"


def test_groups_without_merged_cells_reach_to_the_next_group():
    rows: list[Line] = [
        ["序号", "学生", "", "", "监护人", ""],
        ["", "姓名", "性别", "身份证号", "姓名", "电话"],
        ["1", "江一帆", "男", number("2016-03-08"), "江大川", "13900000001"],
    ]

    result = reading(csv(rows), filename="甲.csv")

    assert result.sheets[0].header_rows == (1, 2)
    assert result.rows[0].values["guardian_phone"] == "13900000001"


def test_only_rows_about_a_child_count():
    rows: list[Line] = [
        ["某村留守儿童名册"],
        ["填表人：某某", None, None, "日期：2026年9月1日"],
        HEAD,
        child(),
        [2.0],
        [None, None, None],
        ["小计", None, "1人"],
        HEAD,
        child("何小满", born="2017-04-09", seq=3.0),
        ["合计", "2人"],
        ["填表说明：一行一人。"],
        ["审核人：", "某某"],
    ]

    result = reading(xlsx(rows, merges=[(0, 0, 0, 7), (10, 0, 10, 7)]))

    assert [row.row for row in result.rows] == [4, 9]
    assert [(line.row, line.why) for line in result.skipped] == [
        (7, "total"), (10, "total"), (11, "note"), (12, "note"),
    ]  # fmt: skip


def test_a_row_with_anything_about_a_child_is_never_dropped():
    rows: list[Line] = [HEAD, [1.0, None, "女"], [2.0, "江一帆"], ["", "合计", None, None, number("2016-03-08")]]

    result = reading(xlsx(rows))

    assert [row.row for row in result.rows] == [2, 3, 4]
    assert [(error.row, error.code) for error in result.errors] == [(2, "name_missing")]


def test_a_household_in_one_merged_cell_counts_for_each_of_its_children():
    rows: list[Line] = [HEAD, child(), [2.0, "江一舟", "男", "2017-04-09", number("2017-04-09"), None, None]]

    result = reading(xlsx(rows, merges=[(1, 5, 2, 5), (1, 6, 2, 6)]))

    assert [row.values["guardian_name"] for row in result.rows] == ["江大川", "江大川"]
    assert result.warnings == ()


def test_an_unknown_column_is_a_note_and_a_missing_one_is_named_once():
    result = reading(csv([("姓名", "性别", "鞋码"), ("江一帆", "男", "30"), ("何小满", "女", "31")]), filename="甲.csv")

    notes = [(note.code, note.value) for note in result.file_notes]
    assert ("column_unknown", "鞋码") in notes
    assert notes.count(("column_missing", "id_no")) == 1
    assert result.warnings == ()


def test_a_sheet_without_heads_is_ignored_and_said_so():
    result = reading(xlsx([HEAD, child()], ("Sheet2", []), ("说明", [["请认真填写"]])))

    assert [(sheet.name, sheet.ignored) for sheet in result.sheets] == [
        ("名单", False), ("Sheet2", True), ("说明", True),
    ]  # fmt: skip
    assert [note.sheet for note in result.file_notes] == ["说明"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_encoding_of_a_spreadsheet_program_is_read(encoding):
    result = reading(csv([HEAD, child("江䶮")], encoding), filename="甲.csv")

    assert result.rows[0].values["name"] == "江䶮"


def test_an_open_quotation_mark_does_not_swallow_the_children_after_it():
    names = [f"江{chr(0x4E00 + i)}" for i in range(40)]
    lines = ["姓名,备注", *(f"{name},{'“' if i else chr(34)}未完" for i, name in enumerate(names))]

    result = reading("\n".join(lines).encode(), filename="甲.csv")

    assert result.rows_total == 40


@pytest.mark.parametrize("kind", ["school", "kindergarten", "village", "community"])
def test_a_template_is_understood_by_the_reader_and_its_example_is_no_child(kind):
    result = reading(build(kind), kind=kind)

    assert result.rows_total == 0
    assert [note.code for note in result.file_notes] == ["sheet_without_head"]
    assert build(kind) == build(kind)


def test_two_lists_beside_each_other_are_both_read():
    head = ("序号", "姓名", "性别", "身份证号", None, "序号", "姓名", "性别", "身份证号")
    left, right = number("2016-03-08"), number("2017-04-09", female=True)
    rows: list[Line] = [
        head,
        ["1", "江一帆", "男", left, None, "2", "何小满", "女", right],
        ["3", "周远", "男", None],
        ["合计", "3人"],
    ]

    result = reading(xlsx(rows))

    assert [(row.row, row.values["name"]) for row in result.rows] == [(2, "江一帆"), (2, "何小满"), (3, "周远")]
    assert result.rows[1].values["id_no"] == right


def test_a_list_of_staff_is_no_list_of_children():
    staff: list[Line] = [("姓名", "性别", "职务", "联系电话"), ("周远山", "男", "校长", "13900000001")]

    result = reading(xlsx([HEAD, child()], ("联系人", staff)))

    assert result.rows_total == 1
    assert [note.sheet for note in result.file_notes] == ["联系人"]


def test_a_child_whose_number_cell_says_unregistered_is_imported():
    result = reading(xlsx([HEAD, child(id="未上户口")]))

    assert [finding.code for finding in result.warnings] == ["id_missing"]
    assert result.rows[0].values["id_no"] is None
    assert "未上户口" in str(result.rows[0].values["remark"])


def test_every_field_has_a_head_that_is_read_as_it():
    fields = {*heads.WHOLE, *heads.FIELDS.values()}

    assert {field: field_of((head_of(field),)) for field in fields} == {field: field for field in fields}
