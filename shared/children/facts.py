"""What is kept of a child and those round it, as one flat list of names that form, roster, diff and history share.

Facts of a contact carry the contact's kind in front: `father_phone`, `guardian_relation`.  Pure.
"""

from __future__ import annotations

from datetime import date

from shared.kernel.errors import N_

Fact = str | int | bool | date | None

CHILD_FIELDS: dict[str, str] = {
    "name": N_("姓名"),
    "sex": N_("性别"),
    "birth_date": N_("出生日期"),
    "ethnic_group": N_("民族"),
    "student_no": N_("学号"),
    "school_grade": N_("就读学校和年级"),
    "boarding": N_("是否寄宿"),
    "hukou_kind": N_("户口性质"),
    "home_address": N_("家庭住址"),
    "family_phone": N_("家庭电话"),
    "left_behind": N_("留守儿童"),
    "away_reason": N_("外出情况"),
    "carer_kind": N_("由谁照料"),
    "no_guardian": N_("无人照料"),
    "guardianship_grade": N_("监护情况"),
    "study_level": N_("学习情况"),
    "hobbies": N_("兴趣爱好"),
    "family_situation": N_("家庭情况"),
    "remark": N_("备注"),
    "is_key": N_("重点关注"),
    "key_reason": N_("重点关注的原因"),
    "risk_level": N_("风险等级"),
}
CONTACT_KINDS: dict[str, str] = {
    "father": N_("父亲"),
    "mother": N_("母亲"),
    "parent": N_("父母"),
    "guardian": N_("监护人"),
}
CONTACT_COLUMNS: dict[str, str] = {
    "name": N_("姓名"),
    "relation": N_("与儿童关系"),
    "phone": N_("电话"),
    "phone_more": N_("其他电话"),
    "age": N_("年龄"),
    "occupation": N_("职业"),
    "health": N_("健康状况"),
    "address": N_("住址"),
    "work_place": N_("务工地点"),
    "employer": N_("务工单位"),
    "employer_address": N_("单位地址"),
    "employer_phone": N_("单位电话"),
}
OTHER_TITLES: dict[str, str] = {"id_no": N_("身份证号"), "unit": N_("班级或分组"), "status": N_("在册情况")}

# Codes and how they are said; a field that is not here holds what somebody wrote.
YES_NO = {"yes": N_("是"), "no": N_("否")}
CODES: dict[str, dict[str, str]] = {
    "sex": {"male": N_("男"), "female": N_("女")},
    "boarding": YES_NO,
    "hukou_kind": {"rural": N_("农村"), "urban": N_("城镇"), "none": N_("未登记户口")},
    "away_reason": {
        "both_away": N_("父母双方外出"),
        "one_away_other_unable": N_("一方外出，另一方无监护能力"),
        "both_unable": N_("父母双方均无监护能力"),
    },
    "carer_kind": {
        "grandparents": N_("祖父母或外祖父母"),
        "relatives_friends": N_("亲戚或朋友"),
        "none": N_("无人照料"),
    },
    "guardianship_grade": {"good": N_("较好"), "fair": N_("一般"), "poor": N_("差")},
    "risk_level": {
        "red": N_("红色（紧急）"),
        "yellow": N_("黄色（较高）"),
        "blue": N_("蓝色（一般）"),
        "green": N_("绿色（较低）"),
    },
    "status": {"active": N_("在册"), "exited": N_("已退出名册")},
}
EXIT_REASONS: dict[str, str] = {
    "turned_16": N_("年满十六周岁"),
    "parent_returned": N_("父母已返乡照料"),
    "moved": N_("随家人迁走"),
    "graduated": N_("毕业"),
    "transferred": N_("转学"),
    "died": N_("去世"),
    "error": N_("登记有误"),
}
REVEAL_REASONS: dict[str, str] = {
    "check": N_("核对证件"),
    "aid": N_("办理救助或资助"),
    "school": N_("办理学籍"),
    "emergency": N_("紧急情况"),
    "inspection": N_("上级核查"),
}


def of_contact(field: str) -> tuple[str, str] | None:
    """`father_phone` is ("father", "phone"); None for a fact of the child itself."""
    kind, _, column = field.partition("_")
    return (kind, column) if kind in CONTACT_KINDS and column in CONTACT_COLUMNS else None


CONTACT_FIELDS = tuple(f"{kind}_{column}" for kind in CONTACT_KINDS for column in CONTACT_COLUMNS)


def title_of(field: str) -> tuple[str, str]:
    """What a fact is called: whose (may be empty) and what, neither translated."""
    if contact := of_contact(field):
        return CONTACT_KINDS[contact[0]], CONTACT_COLUMNS[contact[1]]
    return "", CHILD_FIELDS.get(field) or OTHER_TITLES.get(field, field)


def masked_id(number: str) -> str:
    """3301********1234: enough to compare with the paper, not enough to misuse."""
    return f"{number[:4]}********{number[-4:]}" if len(number) > 8 else "*" * len(number)


def masked(text: str) -> str:
    """Any value as a list of mistakes may show it: its first and its last characters."""
    if len(text) <= 2:
        return text[:1] + "*" * (len(text) - 1)
    shown = 4 if len(text) > 11 else 3 if len(text) > 8 else 1
    return f"{text[:shown]}{'*' * min(8, max(1, len(text) - 2 * shown))}{text[-shown:]}"
