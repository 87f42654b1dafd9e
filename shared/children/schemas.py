"""What forms and programs hand in about children: one schema for both.  Facts carry the names of facts.py."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from marshmallow import Schema, fields, validate

from shared.kernel.errors import N_
from shared.kernel.fields import Line, Paragraph

from . import phones
from .facts import CODES, EXIT_REASONS, REVEAL_REASONS

LONGEST = 200
LONGEST_TEXT = 1000
_NOISE = re.compile(r"[\s\-—－'’]+")
_PHONE = r"^(1[3-9][0-9]{9}|0[0-9]{2,3}-[0-9]{7,8})$"
_ID = r"^[0-9]{17}[0-9X]$"


class Phone(fields.String):
    """A mobile or landline number, kept as it is dialled; blanks, brackets and +86 may be pasted along."""

    default_error_messages = {"phone": N_("请填写 11 位手机号，或带区号的座机号，例如 0851-12345678。")}

    def __init__(self, **options: Any) -> None:
        options.setdefault("metadata", {"format": "phone", "pattern": _PHONE, "maxLength": 13})
        super().__init__(**options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        found = phones.normalise(text) if len(text) <= 40 else None
        if found is None:
            raise self.make_error("phone")
        return found


class ResidentNumber(fields.String):
    """18 characters, blanks and full-width digits may be pasted along; whether it is a sound number, the rules say."""

    default_error_messages = {"resident": N_("身份证号应为 18 位，请按证件核对。")}

    def __init__(self, **options: Any) -> None:
        options.setdefault("metadata", {"format": "resident-number", "pattern": _ID, "maxLength": 18})
        super().__init__(**options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        plain = _NOISE.sub("", unicodedata.normalize("NFKC", text[:60])).upper()
        if not re.fullmatch(_ID, plain, re.ASCII):
            raise self.make_error("resident")
        return plain


def _line(longest: int = LONGEST) -> Line:
    return Line(longest=longest, allow_none=True)


def _code(name: str) -> fields.String:
    return fields.String(allow_none=True, validate=validate.OneOf(list(CODES[name])))


def _age() -> fields.Integer:
    return fields.Integer(allow_none=True, strict=False, validate=validate.Range(10, 120))


class ChildSchema(Schema):
    """A child's file; only the name must be there.  Father, mother and guardian carry their kind in front."""

    name = Line(required=True, longest=60)
    id_no = ResidentNumber(allow_none=True)
    sex = _code("sex")
    birth_date = fields.Date(allow_none=True)
    ethnic_group = _line(30)
    unit_id = fields.UUID(allow_none=True)
    student_no = _line(40)
    school_grade = _line(80)
    boarding = _code("boarding")
    hukou_kind = _code("hukou_kind")
    home_address = _line()
    family_phone = Phone(allow_none=True)
    left_behind = fields.Boolean()
    away_reason = _code("away_reason")
    carer_kind = _code("carer_kind")
    no_guardian = fields.Boolean()
    guardianship_grade = _code("guardianship_grade")
    guardian_name = _line(60)
    guardian_relation = _line(30)
    guardian_phone = Phone(allow_none=True)
    guardian_age = _age()
    guardian_occupation = _line(60)
    guardian_health = _line(60)
    guardian_address = _line()
    father_name = _line(60)
    father_phone = Phone(allow_none=True)
    father_work_place = _line()
    mother_name = _line(60)
    mother_phone = Phone(allow_none=True)
    mother_work_place = _line()
    parent_name = _line(60)
    parent_phone = Phone(allow_none=True)
    parent_work_place = _line()
    study_level = _line(60)
    hobbies = _line()
    family_situation = Paragraph(longest=LONGEST_TEXT, allow_none=True)
    remark = Paragraph(longest=LONGEST_TEXT, allow_none=True)
    is_key = fields.Boolean()
    key_reason = _line()
    risk_level = _code("risk_level")


class ChildChange(ChildSchema):
    """A change of a child's file; `version` is that of the file that was looked at."""

    name = Line(longest=60)
    version = fields.Integer(required=True, strict=False, validate=validate.Range(1, 2**31 - 1))


class ChildForm(ChildSchema):
    """The page's form of a change: the name stays required."""

    version = fields.Integer(required=True, strict=False, validate=validate.Range(1, 2**31 - 1))


class ExitSchema(Schema):
    """Why a child leaves the roll, and since when."""

    reason = fields.String(required=True, validate=validate.OneOf(list(EXIT_REASONS)))
    on_day = fields.Date(allow_none=True)


class RevealSchema(Schema):
    """What the whole number is needed for."""

    reason = fields.String(required=True, validate=validate.OneOf(list(REVEAL_REASONS)))
