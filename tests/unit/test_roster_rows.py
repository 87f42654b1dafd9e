"""What a roster says about its children, row by row."""

from datetime import date

import pytest

from shared.children.roster import Severity
from tests.support.rosters import HEAD, Line, child, codes, number, of, reading, xlsx


def test_a_faultless_row_is_read_without_a_remark():
    row = of(child(date=date(2016, 3, 8))).rows[0]

    assert row.findings == ()
    assert row.values["name"] == "江一帆"
    assert row.values["birth_date"] == date(2016, 3, 8)
    assert row.values["left_behind"] is True


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"name": " \u3000"}, (2, "B", "name_missing")),
        ({"id": 990109201603080000.0}, (2, "E", "id_digits_lost")),
        ({"id": "9.90109E+17"}, (2, "E", "id_digits_lost")),
        ({"id": "990109160308001"}, (2, "E", "id_length")),
        ({"id": number("2016-03-08")[:-1] + "?"}, (2, "E", "id_checksum")),
        ({"date": "2016-08-03"}, (2, "D", "id_birth_mismatch")),
        ({"date": "2016年4月"}, (2, "D", "id_birth_mismatch")),
        ({"date": "2010-09-01", "id": number("2010-09-01")}, (2, "D", "over_age")),
    ],
)
def test_a_row_with_an_error_is_refused_and_carries_nothing_else(changed, expected):
    result = of(child(**({"guardian": None} | changed)))

    assert codes(result.errors) == [expected]
    assert (result.rows_total, result.children, result.warnings) == (1, 0, ())


@pytest.mark.parametrize(
    ("changed", "expected", "field", "value"),
    [
        ({"id": None}, (2, "E", "id_missing"), "id_no", None),
        ({"sex": "女"}, (2, "C", "sex_mismatch"), "sex", "男"),
        ({"date": "2016年3月"}, (2, "D", "date_ambiguous"), "birth_date", date(2016, 3, 8)),
        ({"date": 2016.3}, (2, "D", "date_ambiguous"), "birth_date", date(2016, 3, 8)),
        ({"date": "########"}, (2, "D", "date_unreadable"), "birth_date", date(2016, 3, 8)),
        ({"date": "2016-02-30"}, (2, "D", "date_unreadable"), "birth_date", date(2016, 3, 8)),
        ({"phone": "1390000001"}, (2, "G", "phone_length"), "guardian_phone", "1390000001"),
        ({"phone": "1.39E+10"}, (2, "G", "phone_digits_lost"), "guardian_phone", None),
        ({"phone": "13900000001/13900000002"}, (2, "G", "phone_multiple"), "guardian_phone", "13900000001"),
        ({"phone": "13900000001\n13900000002"}, (2, "G", "phone_multiple"), "guardian_phone", "13900000001"),
        ({"guardian": None, "phone": None}, (2, "F", "guardian_missing"), "guardian_name", None),
        ({"guardian": "不详"}, (2, "F", "guardian_missing"), "guardian_name", None),
        ({"phone": "无"}, (2, "G", "guardian_phone_missing"), "guardian_phone", None),
        ({"remark": "=1+1"}, (2, "H", "formula_text"), "remark", "=1+1"),
        ({"remark": "＠某人"}, (2, "H", "formula_text"), "remark", "＠某人"),
    ],
)
def test_a_doubt_is_a_warning_and_the_row_is_imported(changed, expected, field, value):
    result = of(child(**changed))

    assert codes(result.warnings) == [expected]
    assert (result.errors, result.children) == ((), 1)
    assert result.rows[0].values[field] == value


@pytest.mark.parametrize(
    ("changed", "code", "field", "value"),
    [
        ({"name": "江 一"}, "whitespace", "name", "江一"),
        ({"name": "阿依•古丽"}, "dot_in_name", "name", "阿依·古丽"),
        ({"name": "江一帆_x000D_\n"}, "whitespace", "name", "江一帆"),
        ({"id": "'" + number("2016-03-08")}, "id_text_prefix", "id_no", number("2016-03-08")),
        ({"id": "\t" + number("2016-03-08")}, "id_text_prefix", "id_no", number("2016-03-08")),
        ({"date": "2016.3.8"}, "date_format", "birth_date", date(2016, 3, 8)),
        ({"date": 20160308.0}, "date_format", "birth_date", date(2016, 3, 8)),
        ({"date": "二〇一六年三月八日"}, "date_format", "birth_date", date(2016, 3, 8)),
        ({"date": "8/3/2016"}, "date_format", "birth_date", date(2016, 3, 8)),
        ({"date": 42437.0}, "date_serial", "birth_date", date(2016, 3, 8)),
        ({"phone": 13900000001.0}, "text_as_number", "guardian_phone", "13900000001"),
        ({"phone": "１３９０００００００１"}, "fullwidth", "guardian_phone", "13900000001"),
        ({"phone": "139 0000 0001"}, "whitespace", "guardian_phone", "13900000001"),
    ],
)
def test_what_can_be_mended_without_a_question_is_mended(changed, code, field, value):
    result = of(child(**changed))

    assert [repair.code for repair in result.repairs] == [code]
    assert (result.errors, result.warnings) == ((), ())
    assert result.rows[0].values[field] == value


def test_a_small_x_and_full_width_digits_of_a_number_are_both_named():
    born, order = next((b, o) for b in ("2016-03-08", "2016-03-09") for o in range(99) if number(b, o)[-1] == "X")
    wide = number(born, order).lower().translate({48 + i: 0xFF10 + i for i in range(10)})

    result = of(child(born=born, id=wide))

    assert {repair.code for repair in result.repairs} == {"fullwidth", "id_lowercase_x"}
    assert result.rows[0].values["id_no"] == number(born, order)


def test_an_age_written_as_text_is_read_as_a_number():
    result = of([*child(), "56"], head=[*HEAD, "监护人年龄"])

    assert result.rows[0].values["guardian_age"] == 56
    assert [(repair.code, repair.value) for repair in result.repairs] == [("number_as_text", 56)]


def test_a_second_number_and_words_beside_a_number_go_to_the_remarks():
    result = of(child(phone="爷爷13900000001，13900000002", remark="住校"))

    assert result.rows[0].values["guardian_phone"] == "13900000001"
    assert "13900000002" in str(result.rows[0].values["remark"])
    assert "爷爷" in str(result.rows[0].values["remark"])


@pytest.mark.parametrize("phone", ["0900-0000101", "09000000101", "+8613900000001", "139-0000-0001", "7000101"])
def test_landlines_and_foreign_forms_are_telephone_numbers(phone):
    assert of(child(phone=phone)).warnings == ()


@pytest.mark.parametrize(
    ("guardian", "remark"),
    [("无", None), ("—", None), ("/", None), ("无人照料", None), (None, "孩子独自居住"), ("本人", None)],
)
def test_a_file_that_says_nobody_looks_after_a_child_is_a_safety_finding(guardian, remark):
    result = of(child(guardian=guardian, phone=None, remark=remark))

    assert [(found.row) for found in result.no_guardian] == [2]
    assert (result.warnings, result.errors, result.children) == ((), (), 1)


def test_a_safety_finding_is_kept_even_when_the_row_is_refused():
    result = of(child(id="123", guardian="无", phone=None))

    assert result.rows_with_errors == 1
    assert len(result.no_guardian) == 1


def test_a_mother_unable_to_care_does_not_leave_the_child_alone():
    result = of(child(remark="母亲残疾无监护能力"))

    assert result.no_guardian == ()
    assert result.warnings == ()


def test_on_the_day_before_the_sixteenth_birthday_a_child_is_still_left_behind():
    result = of(child(born="2010-09-02"))

    assert result.errors == ()
    assert result.left_behind == 1


def test_an_over_age_pupil_who_is_not_left_behind_is_no_error():
    head = ("姓名", "身份证号", "是否留守儿童")
    result = reading(xlsx([head, ["江一帆", number("2010-03-08"), "否"]]), kind="school")

    assert result.errors == ()
    assert result.left_behind == 0


def test_blank_means_no_only_where_nobody_wrote_no():
    head = ("姓名", "身份证号", "是否留守儿童", "是否寄宿")
    ids = [number("2016-03-08", order) for order in range(3)]
    rows: list[Line] = [["江一", ids[0], "√", "是"], ["何二", ids[1], None, "否"], ["周三", ids[2], None, None]]

    result = reading(xlsx([head, *rows]), kind="school")

    assert [row.values["left_behind"] for row in result.rows] == [True, False, False]
    assert [row.values["boarding"] for row in result.rows] == [True, False, None]


def test_the_sex_and_birth_date_come_from_the_number_when_their_cells_are_blank():
    row = of(child(sex=None, date=None)).rows[0]

    assert (row.values["sex"], row.values["birth_date"]) == ("男", date(2016, 3, 8))
    assert row.findings == ()


def test_every_finding_says_how_to_mend_it():
    result = of(child(phone="139", remark="=1"), child(name="", seq=2.0))

    assert all(finding.hint and finding.header for row in result.rows for finding in row.findings)
    assert {finding.severity for finding in result.errors} == {Severity.ERROR}
