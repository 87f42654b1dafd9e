"""What may be typed about the addresses of other systems."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from shared.kernel.errors import N_
from shared.kernel.fields import Line

from .webhook_rules import TOLD


class WebhookSchema(Schema):
    """Where to post, and what."""

    url = Line(required=True, longest=500)
    events = fields.List(
        fields.String(validate=validate.OneOf(list(TOLD))),
        required=True,
        validate=validate.Length(min=1, max=len(TOLD), error=N_("请至少选一种事件。")),
    )
