"""What comes in about an incident; the same for forms and API.  Times without an offset are those of Shanghai."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from shared.kernel.clock import CHINA
from shared.kernel.fields import Line, Paragraph

from .rules import CHANNELS, MOST_CHILDREN, Category

LONGEST_ACCOUNT, LONGEST_REASON, LONGEST_NAMES, LONGEST_PLACE, LONGEST_PERSON = 2000, 500, 500, 100, 50


class Moment(fields.AwareDateTime):
    """A moment; may be left out."""

    def __init__(self, **options: Any) -> None:
        super().__init__(default_timezone=CHINA, allow_none=True, load_default=None, **options)


class IncidentSchema(Schema):
    """Three fields: what kind, which children (by id or by full name), what happened.  The rest may come later."""

    category = fields.String(required=True, validate=validate.OneOf([one.value for one in Category]))
    child_ids = fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=MOST_CHILDREN))
    names = Line(load_default=None, allow_none=True, longest=LONGEST_NAMES)
    account = Paragraph(required=True, shortest=1, longest=LONGEST_ACCOUNT)
    known_at = Moment()
    occurred_at = Moment()
    place = Line(load_default=None, allow_none=True, longest=LONGEST_PLACE)


class DetailsSchema(Schema):
    """What is learnt later; it moves no clock."""

    occurred_at = Moment()
    place = Line(load_default=None, allow_none=True, longest=LONGEST_PLACE)


class ToldSchema(Schema):
    """Who was reached, how and when (now, if not said); late ones say why."""

    channel = fields.String(required=True, validate=validate.OneOf(list(CHANNELS)))
    person_reached = Line(required=True, longest=LONGEST_PERSON)
    told_at = Moment()
    late_reason = Paragraph(load_default=None, allow_none=True, longest=LONGEST_REASON)


class AttemptSchema(Schema):
    """Who was tried and not reached, how and when (now, if not said)."""

    whom = Line(required=True, longest=LONGEST_PERSON)
    channel = fields.String(required=True, validate=validate.OneOf(list(CHANNELS)))
    at = Moment()


class ClosingSchema(Schema):
    """How it ended."""

    closing_note = Paragraph(required=True, shortest=1, longest=LONGEST_ACCOUNT)
