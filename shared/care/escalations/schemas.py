"""What an answer may hold; the same for a colleague's and for a superior organisation's."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from shared.kernel.fields import Paragraph

from .rules import ANSWERS

LONGEST_NOTE = 500


class AnswerSchema(Schema):
    """`answer`: seen or acted; `note`: what was done, needed with acted."""

    answer = fields.String(required=True, validate=validate.OneOf(list(ANSWERS)))
    note = Paragraph(load_default=None, allow_none=True, longest=LONGEST_NOTE)
