"""What may be typed about members, invitations and passwords: one schema for form and API."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from shared.kernel.errors import N_
from shared.kernel.fields import Line, Mobile

from . import passwords
from .key_rules import SCOPES
from .rules import Role

ROLES = fields.String(validate=validate.OneOf([role.value for role in Role]))


class RolesSchema(Schema):
    """Roles of a member; `unit_id` is the unit for those roles that are held in one."""

    roles = fields.List(ROLES, required=True, validate=validate.Length(min=1, max=len(Role)))
    unit_id = fields.UUID(load_default=None, allow_none=True)


class InviteSchema(RolesSchema):
    """Whom to invite, and for what."""

    name = Line(required=True, longest=30)
    phone = Mobile(required=True)


class JoinSchema(Schema):
    """A new person accepts: the name colleagues see, and a password."""

    name = Line(required=True, longest=30)
    new_password = fields.String(required=True, validate=validate.Length(max=passwords.LONGEST))


class JoinKnownSchema(Schema):
    """A person who has a password already accepts with it."""

    password = fields.String(required=True, validate=validate.Length(max=1000))


class NewPasswordSchema(Schema):
    """A new password behind a reset link."""

    new_password = fields.String(required=True, validate=validate.Length(max=passwords.LONGEST))


class PhoneSchema(Schema):
    """Whose password the county resets."""

    phone = Mobile(required=True)


class KeySchema(Schema):
    """A script's key: what it is for, and what it opens."""

    name = Line(required=True, longest=40)
    scopes = fields.List(
        fields.String(validate=validate.OneOf(list(SCOPES))),
        required=True,
        validate=validate.Length(min=1, max=len(SCOPES), error=N_("请至少选一个范围。")),
    )
