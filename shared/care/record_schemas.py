"""What forms and programs hand in: records, voids, excuses and pairings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from shared.kernel.errors import N_

from .kinds import KIND_TITLES, NO_TEXT_KINDS
from .record_rules import NO_TEXT

LONGEST_NOTE = 2000
LONGEST_REASON = 200
MOST_AT_ONCE = 200
METHODS = ("in_person", "phone", "video", "third_party")
MISTAKE = N_("误录")


def _storable(value: str) -> None:
    if "\x00" in value or (not value.isascii() and any("\ud800" <= sign <= "\udfff" for sign in value)):
        raise ValidationError(N_("有无法识别的字符，请重新填写。"))


class Words(fields.String):
    """Text without blanks at its ends and without NUL, at most `longest` characters; blank is none."""

    def __init__(self, longest: int, **options: Any) -> None:
        checks: list[Callable[[Any], Any]] = [validate.Length(max=longest), _storable]
        if options.get("required"):
            checks.insert(0, validate.Length(min=1, error="Missing data for required field."))
        super().__init__(validate=checks, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return super()._deserialize(value, attr, data, **kwargs).strip()


class DeedSchema(Schema):
    """The fields of a record that may be corrected later; `on_day` is today without one."""

    on_day = fields.Date(allow_none=True)
    method = fields.String(allow_none=True, validate=validate.OneOf(METHODS))
    reached = fields.Boolean(allow_none=True)
    minutes = fields.Integer(allow_none=True, strict=False, validate=validate.Range(0, 600))
    note = Words(LONGEST_NOTE, allow_none=True)
    problem_found = fields.Boolean()
    follow_up_on = fields.Date(allow_none=True)


class RecordSchema(DeedSchema):
    """A new record: of a due promise (`occurrence_id`), a child, a class or the whole organisation."""

    kind = fields.String(required=True, validate=validate.OneOf(tuple(KIND_TITLES)))
    occurrence_id = fields.UUID(allow_none=True)
    child_id = fields.UUID(allow_none=True)
    unit_id = fields.UUID(allow_none=True)
    doer_id = fields.UUID(allow_none=True)

    @validates_schema
    def no_words_of_a_call(self, data: dict[str, Any], **_: Any) -> None:
        """Decision 8 of the model: the words of a call, video or letter are nobody's to read."""
        if data.get("kind") in NO_TEXT_KINDS and data.get("note"):
            raise ValidationError(NO_TEXT, "note")

    @validates_schema
    def one_subject(self, data: dict[str, Any], **_: Any) -> None:
        """A record is about one thing."""
        named = [name for name in ("occurrence_id", "child_id", "unit_id") if data.get(name)]
        if len(named) > 1:
            raise ValidationError(N_("孩子、班级和任务只能选一个。"), named[1])


class CorrectionSchema(DeedSchema):
    """Changed fields and the `version` that was seen."""

    version = fields.Integer(required=True, validate=validate.Range(1, 2**31 - 1))


class VoidSchema(Schema):
    """Why a record is void."""

    reason = Words(LONGEST_REASON, required=True)


class ExcuseSchema(Schema):
    """Why a promise is excused."""

    reason = Words(LONGEST_REASON, required=True)


class PairingSchema(Schema):
    """One carer for one child."""

    child_id = fields.UUID(required=True)
    membership_id = fields.UUID(required=True)
    role = fields.String(required=True, validate=validate.Length(1, 40))
    from_on = fields.Date(allow_none=True)


class EndSchema(Schema):
    """Nothing: a pairing ends today."""


class CarerSchema(Schema):
    """Another carer in the same role."""

    membership_id = fields.UUID(required=True)


class BulkPairingSchema(Schema):
    """Several children shared out among several members."""

    child_ids = fields.List(fields.UUID(), required=True, validate=validate.Length(1, MOST_AT_ONCE))
    membership_ids = fields.List(fields.UUID(), required=True, validate=validate.Length(1, MOST_AT_ONCE))
    role = fields.String(required=True, validate=validate.Length(1, 40))
