"""Which child a row is about, and what it changes: by number, student number, name and birthday, class by class."""

import pytest

from shared.children import import_queries as queries
from shared.children import usecases
from tests.support.imports import child_named, confirmed, preview, roster, rows_of, staged, taken_in
from tests.support.rosters import HEAD, child, number, xlsx

HEAD_OF_CLASSES = ("姓名", "性别", "出生日期", "身份证号", "班级", "是否留守儿童")


@pytest.fixture
def director(cast):
    return cast.village.child_director


def test_classes_of_the_file_are_found_under_their_other_spelling_or_made(cast):
    rows = [
        ("江一帆", "男", "2017-03-08", number("2017-03-08"), "三（1）班", "是"),
        ("何小满", "女", "2016-04-09", number("2016-04-09", female=True), "五（2）班", "否"),
    ]
    held = staged(cast, cast.school, cast.school.admin, roster(*rows, head=HEAD_OF_CLASSES))
    done = confirmed(cast, cast.school, cast.school.admin, held)

    units = {row["id"]: row["name"] for row in rows_of(cast, cast.school, "unit")}
    assert done.new_units == ["五（2）班"]
    assert child_named(cast, cast.school, "江一帆")["unit_id"] == cast.school.units["三年级一班"]
    assert units[child_named(cast, cast.school, "何小满")["unit_id"]] == "五（2）班"
    assert child_named(cast, cast.school, "何小满")["left_behind"] is False


def test_two_children_of_one_name_and_birthday_stay_two_however_often_the_file_comes(cast, director):
    data = roster(
        child("江一帆", id=number("2016-03-08", 1)),
        child("江一帆", id=number("2016-03-08", 2)),
        child("江一帆", id=None),
    )
    for _ in range(2):
        held = taken_in(cast, cast.village, director, data)

    assert held.counts["unchanged"] == 3
    assert len([row for row in rows_of(cast, cast.village, "child") if row["name"] == "江一帆"]) == 3


def test_a_child_in_two_sheets_is_written_once(cast, director):
    data = xlsx([HEAD, child()], ("另一张", [HEAD, child(phone="13900000009")]))
    for _ in range(2):
        held = taken_in(cast, cast.village, director, data)

    new = child_named(cast, cast.village, "江一帆")
    kept = [row for row in rows_of(cast, cast.village, "roster_row") if row["import_id"] == held.id]
    assert new["version"] == 1
    assert {row["child_id"] for row in kept if row["action"] == "unchanged"} == {new["id"]}


def test_a_wrong_row_still_speaks_of_its_child(cast, director):
    held = staged(cast, cast.village, director, roster(child("郑小石", born="2015-04-17", id="1")))

    with cast.village.transaction() as session:
        absent, _ = queries.absent(session, director, held.id, limit=50)
    assert [one.name for one in absent] == ["何春桃"]


def test_a_list_of_left_behind_children_says_nothing_about_the_others(cast):
    school = cast.school
    held = staged(cast, school, school.admin, roster(child()), name="留守儿童名单.xlsx")

    with school.transaction() as session:
        absent, _ = queries.absent(session, school.admin, held.id, limit=50)
    assert {one.name for one in absent} == {"王小明", "陈晓芳", "周静怡"}


def test_who_is_not_in_the_file_is_listed_and_stays(cast, director):
    held = taken_in(cast, cast.village, director, roster(child()))
    with cast.village.transaction() as session:
        absent, total = queries.absent(session, director, held.id, limit=50)

    assert {one.name for one in absent} == set(cast.village.children)
    assert total == held.counts["absent"] == 2
    assert {row["status"] for row in rows_of(cast, cast.village, "child")} == {"active"}


def test_a_child_who_left_comes_back_with_the_list_and_the_dead_do_not(cast, director):
    data = roster(child(), child("何小满", born="2017-04-09"))
    taken_in(cast, cast.village, director, data)
    for name, reason in (("江一帆", "moved"), ("何小满", "died")):
        with cast.village.transaction() as session:
            found = child_named(cast, cast.village, name)
            usecases.exit_child(session, found["id"], reason=reason, by=director, now=cast.now())

    held = staged(cast, cast.village, director, data)
    (line,) = preview(cast.village, director, held, "updated")
    confirmed(cast, cast.village, director, held)

    assert line.changes == [("status", "exited", "active")]
    assert [finding["code"] for finding, _ in line.findings] == ["child_exited"]
    assert child_named(cast, cast.village, "江一帆")["status"] == "active"
    assert child_named(cast, cast.village, "何小满")["status"] == "exited"


def test_a_changed_cell_is_shown_from_and_to_and_a_blank_takes_nothing_away(cast, director):
    taken_in(cast, cast.village, director, roster(child(remark="爱画画")))

    held = staged(cast, cast.village, director, roster(child(phone="13900000009", remark=None)))
    line = preview(cast.village, director, held, "updated")[0]
    confirmed(cast, cast.village, director, held)

    assert line.changes == [("guardian_phone", "13900000001", "13900000009")]
    new = child_named(cast, cast.village, "江一帆")
    assert (new["remark"], new["version"]) == ("爱画画", 2)


def test_a_corrected_number_is_shown_masked(cast, director):
    taken_in(cast, cast.village, director, roster(child(id=None)))

    held = staged(cast, cast.village, director, roster(child()))
    line = preview(cast.village, director, held, "updated")[0]

    assert line.changes == [("id_no", None, f"{number('2016-03-08')[:4]}********{number('2016-03-08')[-4:]}")]
