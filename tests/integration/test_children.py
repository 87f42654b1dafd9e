"""The roll by hand: register, change, exit, come back; who sees whom; search."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from shared.care.models import Assignment
from shared.children import file_queries, roll_queries, usecases
from shared.children.roll_queries import RollFilter
from shared.kernel.crypto import Undecipherable
from shared.kernel.errors import Conflict, NotAllowed, NotFound, Refused
from tests.support.imports import child_named, rows_of, statements
from tests.support.rosters import number

NUMBER = number("2017-03-08")


def register(cast, by=None, company=None, **given):
    company, by = company or cast.school, by or cast.school.admin
    with company.transaction() as session:
        return usecases.register(session, **given, by=by, now=cast.now())


def change(cast, child, by=None, **given):
    with cast.school.transaction() as session:
        return usecases.change(session, child.id, **given, by=by or cast.school.admin, now=cast.now())


def found(cast, by, **wanted):
    with cast.school.transaction() as session:
        lines, total = roll_queries.roll_lines(session, by, RollFilter(**wanted), limit=50)
    assert total == len(lines)
    return [line.name for line in lines]


def test_a_name_is_enough(cast):
    child = register(cast, name="江一帆")

    assert (child.pinyin, child.status, child.version, child.dossier_complete) == ("jiang yi fan", "active", 1, False)
    assert cast.events(cast.school, "child.registered") == [{"child_id": str(child.id)}]
    identity = [row for row in rows_of(cast, cast.school, "child_identity") if row["id"] == child.id]
    assert [(row["active"], row["person_key"]) for row in identity] == [(True, None)]


def test_a_number_fills_birth_date_and_sex_and_is_sealed_for_this_child(cast):
    child = register(cast, name="江一帆", id_no=NUMBER)

    assert (child.birth_date, child.sex, child.id_no_tail) == (date(2017, 3, 8), "male", NUMBER[-4:])
    assert NUMBER.encode() not in child.id_no
    crypto = cast.house.info["crypto"]
    assert crypto.decrypt(child.id_no, place="child.id_no", row=child.id) == NUMBER
    with pytest.raises(Undecipherable):
        crypto.decrypt(child.id_no, place="child.id_no", row=uuid4())


def test_a_number_on_the_roll_is_refused(cast):
    register(cast, name="江一帆", id_no=NUMBER)

    with pytest.raises(Refused) as refused:
        register(cast, name="江一凡", id_no=NUMBER)

    assert (refused.value.code, list(refused.value.errors)) == ("child.number_taken", ["id_no"])


def test_the_same_number_in_another_organisation_is_another_hash_and_the_same_person(cast):
    here = register(cast, name="江一帆", id_no=NUMBER)
    there = register(cast, company=cast.village, by=cast.village.child_director, name="江一帆", id_no=NUMBER)

    assert here.id_no_hash != there.id_no_hash
    assert here.person_key == there.person_key


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"id_no": NUMBER[:-1] + ("0" if NUMBER[-1] != "0" else "1")}, "id_no"),
        ({"id_no": NUMBER, "birth_date": date(2017, 3, 9)}, "birth_date"),
        ({"id_no": NUMBER, "sex": "female"}, "sex"),
        ({"birth_date": date(2101, 1, 1)}, "birth_date"),
        ({"is_key": True}, "key_reason"),
        ({"no_guardian": True, "guardian_name": "江大川"}, "no_guardian"),
        ({"unit_id": uuid4()}, "unit_id"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_nothing_is_written(cast, given, field):
    with pytest.raises(Refused) as refused:
        register(cast, name="江一帆", **given)

    assert list(refused.value.errors) == [field]
    assert "江一帆" not in {row["name"] for row in rows_of(cast, cast.school, "child")}


def test_a_change_says_which_facts_and_leaves_the_rest(cast):
    child = register(cast, name="江一帆", id_no=NUMBER, guardian_name="江大川", hobbies="画画")

    changed = change(cast, child, version=1, guardian_phone="13900000001", risk_level="red")

    assert (changed.version, changed.hobbies, changed.id_no_tail) == (2, "画画", NUMBER[-4:])
    (event,) = cast.events(cast.school, "child.changed")
    assert sorted(event["fields"]) == ["guardian_phone", "risk_level"]
    with cast.school.transaction() as session:
        history, _ = file_queries.histories(session, child.id)
    assert history[0].detail["codes"] == {"risk_level": [None, "red"]}
    assert "13900000001" not in str(history[0].detail)


def test_saving_what_is_there_already_changes_nothing(cast):
    child = register(cast, name="江一帆", left_behind=False, family_phone="13900000001")

    same = change(cast, child, version=1, name="江一帆", left_behind=False, family_phone="13900000001", remark=None)

    assert same.version == 1
    assert not cast.events(cast.school, "child.changed")


def test_a_fact_can_be_taken_away_and_a_contact_of_whom_nothing_is_left_goes(cast):
    child = register(cast, name="江一帆", father_name="江大山", father_phone="13900000001")

    change(cast, child, version=1, father_name=None, father_phone=None)

    assert not [row for row in rows_of(cast, cast.school, "child_contact") if row["child_id"] == child.id]


def test_a_stale_page_does_not_overwrite(cast):
    child = register(cast, name="江一帆")
    change(cast, child, version=1, hobbies="画画")

    with pytest.raises(Conflict, match=r"child\.stale"):
        change(cast, child, version=1, hobbies="唱歌")

    assert child_named(cast, cast.school, "江一帆")["hobbies"] == "画画"


def test_the_dossier_of_a_left_behind_child_is_complete_with_its_guardian(cast):
    facts = {
        "id_no": NUMBER,
        "unit_id": cast.school.units["三年级一班"],
        "home_address": "清溪镇三组",
        "family_phone": "13900000001",
    }
    child = register(cast, name="江一帆", **facts)
    assert child.dossier_complete

    child = change(cast, child, version=1, left_behind=True)
    assert not child.dossier_complete
    with cast.school.transaction() as session:
        assert file_queries.child_file(session, cast.school.admin, child.id).missing == [
            "guardian_name",
            "guardian_phone",
        ]

    child = change(cast, child, version=2, guardian_name="江大川", guardian_phone="13900000002")
    assert child.dossier_complete


def test_an_exit_is_one_event_with_its_reason_and_can_be_taken_back(cast):
    child = register(cast, name="江一帆")
    for _ in range(2):
        with cast.school.transaction() as session:
            usecases.exit_child(session, child.id, reason="moved", by=cast.school.admin, now=cast.now())
    assert cast.events(cast.school, "child.exited") == [{"child_id": str(child.id), "reason": "moved"}]

    for _ in range(2):
        with cast.school.transaction() as session:
            back = usecases.come_back(session, child.id, by=cast.school.admin, now=cast.now())

    assert (back.status, back.exit_on, back.exit_reason) == ("active", None, None)
    assert [event["fields"] for event in cast.events(cast.school, "child.changed")] == [["status"]]
    identity = [row for row in rows_of(cast, cast.school, "child_identity") if row["id"] == child.id]
    assert [row["active"] for row in identity] == [True]


def test_an_exit_before_the_child_came_or_tomorrow_is_refused(cast):
    child = register(cast, name="江一帆")

    for day in (date(2020, 1, 1), cast.now().date() + timedelta(days=2)):
        with cast.school.transaction() as session, pytest.raises(Refused):
            usecases.exit_child(session, child.id, reason="moved", on_day=day, by=cast.school.admin, now=cast.now())


def test_the_whole_number_is_for_those_who_keep_files_and_is_written_down(cast):
    child = register(cast, name="江一帆", id_no=NUMBER, unit_id=cast.school.units["三年级一班"])

    with cast.school.transaction() as session:
        assert usecases.reveal_number(session, child.id, reason="aid", by=cast.school.teacher) == NUMBER
    with cast.school.transaction() as session, pytest.raises(NotAllowed):
        usecases.reveal_number(session, child.id, reason="aid", by=cast.school.proxy_parent)
    with cast.school.transaction() as session:
        _, looks = file_queries.histories(session, child.id)

    assert [(one.action, one.who, one.detail) for one in looks] == [("child.id_revealed", "李老师", {"reason": "aid"})]


def test_a_class_teacher_sees_and_registers_in_the_own_class_alone(cast):
    teacher = cast.school.teacher
    assert found(cast, teacher) == ["陈晓芳", "刘一帆", "王小明"]

    own = register(cast, by=teacher, name="江一帆")
    assert own.unit_id == cast.school.units["三年级一班"]
    with pytest.raises(NotAllowed):
        register(cast, by=teacher, name="江一舟", unit_id=cast.school.units["四年级二班"])
    with pytest.raises(NotAllowed):
        change(cast, own, by=teacher, version=1, unit_id=cast.school.units["四年级二班"])
    with cast.school.transaction() as session, pytest.raises(NotFound):
        file_queries.child_file(session, teacher, cast.school.children["周静怡"])


def test_a_carer_sees_the_child_for_as_long_as_they_are_paired(cast):
    carer = cast.school.proxy_parent
    assert found(cast, carer) == []

    with cast.school.transaction() as session:
        today = cast.now().date()
        for name, until in (("王小明", None), ("周静怡", today - timedelta(days=2))):
            session.add(
                Assignment(
                    child_id=cast.school.children[name],
                    membership_id=carer.membership_id,
                    role="proxy_parent",
                    from_on=date(2026, 9, 1),
                    until_on=until,
                )
            )

    assert found(cast, carer) == ["王小明"]
    assert "王小明" not in found(cast, cast.school.admin, without_carer=True)


def test_an_official_of_the_county_sees_no_child(cast):
    with cast.school.transaction() as session:
        assert roll_queries.roll_lines(session, cast.county.officer, RollFilter(), limit=50) == ([], 0)


@pytest.mark.parametrize(
    "typed",
    ["王小明", "小明", "王", "wangxiaoming", "Wang Xiao", "xiaom", "wxm", "XM", "4321", "13955554321", "ＷＸＭ"],
)
def test_a_child_is_found_by_name_pinyin_initials_and_the_end_of_a_number(cast, typed):
    with cast.school.transaction() as session:
        child_id = cast.school.children["王小明"]
        usecases.change(session, child_id, version=1, mother_phone="13955554321", by=cast.school.admin, now=cast.now())

    assert found(cast, cast.school.admin, q=typed) == ["王小明"]


def test_a_child_is_found_by_its_number_whole_or_by_the_last_four(cast):
    register(cast, name="江一帆", id_no=NUMBER)

    for typed in (NUMBER, NUMBER[-4:], f" {NUMBER} "):
        assert found(cast, cast.school.admin, q=typed) == ["江一帆"]


@pytest.mark.parametrize("typed", ["王小芳明", "%", "_", "'; DROP TABLE child", "\x00", "x" * 5000, "９" * 18, "🙂"])
def test_nothing_is_found_by_what_nobody_is_called(cast, typed):
    assert found(cast, cast.school.admin, q=typed) == []


def test_the_filters_narrow_the_roll(cast):
    admin = cast.school.admin
    change(cast, register(cast, name="江一帆"), version=1, is_key=True, key_reason="家庭变故")

    assert found(cast, admin, left_behind=True) == ["陈晓芳", "王小明", "周静怡"]
    assert found(cast, admin, unit=cast.school.units["四年级二班"]) == ["吴子涵", "周静怡"]
    assert found(cast, admin, key=True) == ["江一帆"]
    assert found(cast, admin, status="exited") == []


def test_list_and_file_ask_the_same_number_of_questions_however_many_children_there_are(cast):
    counted = {}
    for many in (5, 60):
        for number_ in range(many):
            register(cast, name=f"江{chr(0x4E00 + number_)}", father_phone=f"139000{many:02}0{number_:02}")
        with statements(cast.house.app.engine) as seen, cast.school.transaction() as session:
            roll_queries.roll_lines(session, cast.school.admin, RollFilter(q="江"), limit=50)
        counted[many] = len(seen)

    assert counted[5] == counted[60] <= 4
