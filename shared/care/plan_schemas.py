"""What forms and programs hand in about plans: one schema for both."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from shared.kernel.errors import N_
from shared.kernel.fields import Line, Paragraph
from shared.people.rules import Role

from .plan_dates import read_dates
from .plan_rules import FILTERS, MOST_GRACE, MOST_TIMES, SUBJECTS
from .reader.values import KINDS, PERIODS

LONGEST_TEXT = 100_000  # characters: a plan of a hundred pages
LONGEST_TITLE = 100
MOST_DATES = 24
MOST_QUANTITY = 1000
DATE_CODE = r"^((lunar:)?(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|month:([1-9]|1[0-2])|qingming)$"
UNKNOWN_DAY = N_("看不懂这个日期。请写成 6月1日、10月、中秋节 或 农历9月9日，中间用顿号隔开。")


class Days(fields.List[str]):
    """Named days: a list of codes, or what a person types into one line (6月1日、中秋节)."""

    def __init__(self, **options: Any) -> None:
        element = Line(longest=200, metadata={"pattern": DATE_CODE})
        super().__init__(element, validate=validate.Length(max=MOST_DATES), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[str | None]:
        codes: list[str | None] = []
        for typed in super()._deserialize(value, attr, data, **kwargs):
            known, unknown = read_dates(typed or "")
            if unknown or not known:
                raise ValidationError(UNKNOWN_DAY)
            codes.extend(known)
        return list(dict.fromkeys(codes))


class Seen(Schema):
    """The `version` of the plan that was looked at; a newer one refuses the change."""

    version = fields.Integer(required=True, strict=False, validate=validate.Range(1, 2**31 - 1))


class PlanSchema(Schema):
    """A plan as pasted, or as a program sends it; the title is its first line without one."""

    title = Line(longest=LONGEST_TITLE, allow_none=True)
    leader = Line(longest=LONGEST_TITLE, allow_none=True)
    text = Paragraph(required=True, shortest=1, longest=LONGEST_TEXT)


class PlanFileSchema(PlanSchema):
    """The page's form: the text, or a file with it."""

    text = Paragraph(longest=LONGEST_TEXT, allow_none=True)


class PlanHeadSchema(Seen):
    """Title and leading group."""

    title = Line(required=True, longest=LONGEST_TITLE)
    leader = Line(longest=LONGEST_TITLE, allow_none=True)


class ChoiceSchema(Seen):
    """The ticks of one page: which items it `shown`, and which of them are ticked."""

    shown = fields.List(fields.UUID(), required=True, validate=validate.Length(max=500))
    chosen = fields.List(fields.UUID(), required=True, validate=validate.Length(max=500))


class ItemSchema(Schema):
    """An item that somebody writes; `grace_days` and `holiday` without a value are those of the period and the kind."""

    title = Line(required=True, longest=LONGEST_TITLE)
    subject = fields.String(required=True, validate=validate.OneOf(SUBJECTS))
    child_filter = fields.String(validate=validate.OneOf(FILTERS))
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    period = fields.String(required=True, validate=validate.OneOf(PERIODS))
    times = fields.Integer(strict=False, validate=validate.Range(1, MOST_TIMES))
    min_quantity = fields.Integer(allow_none=True, strict=False, validate=validate.Range(1, MOST_QUANTITY))
    dates = Days()
    doer_role = fields.String(allow_none=True, validate=validate.OneOf([role.value for role in Role]))
    grace_days = fields.Integer(allow_none=True, strict=False, validate=validate.Range(0, MOST_GRACE))
    holiday = fields.String(allow_none=True, validate=validate.OneOf(("pause", "keep")))


class ItemFormSchema(ItemSchema, Seen):
    """The whole item as corrected on its page, and the version that was seen."""


class ItemChangeSchema(ItemFormSchema):
    """The fields that change; `chosen` ticks and unticks.  Loaded as partial, apart from `version`."""

    chosen = fields.Boolean()

    def __init__(self, **options: Any) -> None:
        partial = tuple(name for name in ItemSchema._declared_fields)
        super().__init__(**{"partial": partial, **options})


class DecisionSchema(Seen):
    """A period for an item of which the plan gives none, and who does it."""

    period = fields.String(
        required=True, validate=validate.OneOf([period for period in PERIODS if period != "unstated"])
    )
    dates = Days()
    doer_role = fields.String(allow_none=True, validate=validate.OneOf([role.value for role in Role]))
