"""The columns of the templates we hand out, for each kind of list."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TemplateColumn:
    """A column of a template: its head, an example, and what a drop-down offers."""

    head: str
    example: str
    width: int = 12
    required: bool = False
    choices: tuple[str, ...] = ()


_YES_NO = ("是", "否")
_SEQ = TemplateColumn("序号", "1", 6)
_SEX = TemplateColumn("性别", "女", 6, choices=("男", "女"))
_BORN = TemplateColumn("出生日期", "2016-03-08", 13, required=True)
_ID = TemplateColumn("身份证号", "990100201603080025", 22, required=True)
_ADDRESS = TemplateColumn("家庭住址", "清溪镇槐树村三组", 26)
_AWAY = TemplateColumn(
    "外出情况", "父母双方外出", 20, choices=("父母双方外出", "一方外出另一方无监护能力", "父母双方均无监护能力")
)
_WORK = TemplateColumn("务工地点", "浙江省宁波市", 18)
_PARENTS = TemplateColumn("父母姓名", "周远山、何秋月", 18)
_PARENT_PHONE = TemplateColumn("家长电话", "13900000001", 14)
_GUARDIAN = TemplateColumn("监护人姓名", "周老根", 12, required=True)
_RELATION = TemplateColumn("与儿童关系", "祖父", 12)
_GUARDIAN_PHONE = TemplateColumn("监护人电话", "13900000002", 14, required=True)
_GUARDIAN_ADDRESS = TemplateColumn("监护人详细地址", "清溪镇槐树村三组", 26)
_REMARK = TemplateColumn("备注", "", 24)
_EXAMPLE_NAME = "示例（导入时跳过）"


def _name(head: str) -> TemplateColumn:
    return TemplateColumn(head, _EXAMPLE_NAME, 18, required=True)


def _flag(head: str, example: str) -> TemplateColumn:
    return TemplateColumn(head, example, 14, choices=_YES_NO)


_CARE = (_AWAY, _WORK, _PARENTS, _PARENT_PHONE, _GUARDIAN, _RELATION, _GUARDIAN_PHONE, _REMARK)

TEMPLATES: dict[str, tuple[TemplateColumn, ...]] = {
    "school": (
        _SEQ,
        TemplateColumn("年级", "四年级", 10),
        TemplateColumn("班级", "四（2）班", 12),
        _name("学生姓名"),
        _SEX, _BORN, _ID,
        _flag("是否留守儿童", "是"),
        _flag("是否寄宿", "否"),
        _ADDRESS, *_CARE,
    ),
    "kindergarten": (
        _SEQ,
        TemplateColumn("班级", "中班", 10),
        _name("幼儿姓名"),
        _SEX, _BORN, _ID,
        _flag("是否留守儿童", "是"),
        _ADDRESS, *_CARE[:-1], _GUARDIAN_ADDRESS, _REMARK,
    ),
    "village": (
        _SEQ,
        TemplateColumn("村民组", "三组", 10),
        _name("儿童姓名"),
        _SEX, _BORN, _ID,
        _flag("是否留守儿童", "是"),
        TemplateColumn("就读学校及年级", "清溪镇小学四年级", 22),
        TemplateColumn("家庭情况", "父母均在外务工", 26),
        *_CARE,
    ),
    "community": (
        _SEQ,
        TemplateColumn("网格", "第二网格", 10),
        _name("儿童姓名"),
        _SEX, _BORN, _ID,
        _flag("是否留守儿童", "是"),
        TemplateColumn("就读学校及年级", "清溪镇小学四年级", 22),
        _ADDRESS, *_CARE,
    ),
}  # fmt: skip
