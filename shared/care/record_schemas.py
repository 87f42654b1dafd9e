"""What forms and programs hand in: records, voids, excuses and pairings."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate, validates_schema

from shared.kernel.errors import N_, Invalid
from shared.kernel.fields import Paragraph

from .kinds import KIND_TITLES, NO_TEXT_KINDS
from .record_rules import NO_TEXT

LONGEST_NOTE = 2000
LONGEST_REASON = 200
MOST_AT_ONCE = 200
METHODS = ("in_person", "phone", "video", "third_party")
MISTAKE = N_("误录")


def _words(longest: int, **options: Any) -> Paragraph:
    """Text of at most `longest` characters; where it is not required, blank is none."""
    return Paragraph(longest=longest, shortest=1 if options.get("required") else 0, **options)


class DeedSchema(Schema):
    """The fields of a record that may be corrected later; `on_day` is today without one."""

    on_day = fields.Date(allow_none=True)
    method = fields.String(allow_none=True, validate=validate.OneOf(METHODS))
    reached = fields.Boolean(allow_none=True)
    minutes = fields.Integer(allow_none=True, strict=False, validate=validate.Range(0, 600))
    note = _words(LONGEST_NOTE, allow_none=True)
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
            raise Invalid("record.no_text", errors={"note": [NO_TEXT]})

    @validates_schema
    def one_subject(self, data: dict[str, Any], **_: Any) -> None:
        """A record is about one thing."""
        named = [name for name in ("occurrence_id", "child_id", "unit_id") if data.get(name)]
        if len(named) > 1:
            raise Invalid("record.one_subject", errors={named[1]: [N_("孩子、班级和任务只能选一个。")]})


class CorrectionSchema(DeedSchema):
    """Changed fields and the `version` that was seen."""

    version = fields.Integer(required=True, validate=validate.Range(1, 2**31 - 1))


class VoidSchema(Schema):
    """Why a record is void."""

    reason = _words(LONGEST_REASON, required=True)


class ExcuseSchema(Schema):
    """Why a promise is excused."""

    reason = _words(LONGEST_REASON, required=True)


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
