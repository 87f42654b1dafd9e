"""What may be typed about organisations, units, terms and areas: one schema for form and API."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from shared.kernel.fields import Line, Mobile, Paragraph

from .rules import AreaKind, BureauKind, Kind

SIGN_UP_KINDS = tuple(kind.value for kind in Kind if kind is not Kind.COUNTY)
MOST_LINES = 20_000  # characters of a pasted list


class ApplicationSchema(Schema):
    """A request to join."""

    kind = fields.String(required=True, validate=validate.OneOf(SIGN_UP_KINDS))
    bureau_kind = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf([kind.value for kind in BureauKind])
    )
    name = Line(required=True, longest=60)
    area_id = fields.UUID(required=True)
    contact_name = Line(required=True, longest=30)
    contact_phone = Mobile(required=True)


class RefusalSchema(Schema):
    """Why a request is refused; the applicant reads it."""

    reason = Paragraph(required=True, shortest=2, longest=500)


class PhoneCheckSchema(Schema):
    """The applicant's own number again, before the invitation is shown."""

    contact_phone = Mobile(required=True)


class UnitsSchema(Schema):
    """Units to add, one a line."""

    names = Paragraph(required=True, shortest=1, longest=MOST_LINES)


class UnitNameSchema(Schema):
    """A unit's new name."""

    name = Line(required=True, longest=40)


class UnitHeadSchema(Schema):
    """The membership that looks after a unit; none to leave it open."""

    head_id = fields.UUID(load_default=None, allow_none=True)


class TermSchema(Schema):
    """A term: name, first and last day."""

    name = Line(required=True, longest=40)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)


class AreasSchema(Schema):
    """Areas to add below another, one a line."""

    parent_id = fields.UUID(required=True)
    kind = fields.String(
        required=True, validate=validate.OneOf([AreaKind.TOWNSHIP, AreaKind.VILLAGE, AreaKind.COMMUNITY])
    )
    names = Paragraph(required=True, shortest=1, longest=MOST_LINES)
