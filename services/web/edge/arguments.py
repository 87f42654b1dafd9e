"""What comes in by the API, read as JSON means it: a number is a number, and `"5"` is not.

Forms hand in text for everything, so the schemas take text; programs hand in JSON, whose types the document promises.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from flask import Request
from webargs.flaskparser import FlaskParser
from werkzeug.datastructures import CombinedMultiDict
from werkzeug.exceptions import UnsupportedMediaType

WRONG = object()  # no field takes it: each answers with its own sentence


MULTIPART = "multipart"
FORM_DATA = "multipart/form-data"


class StrictParser(FlaskParser):
    """Refuses bodies that are not JSON (415), and values of another JSON type than the field's (422).

    `location="multipart"` reads files and the fields beside them.
    """

    __location_map__: dict[str, Any] = {**FlaskParser.__location_map__, MULTIPART: "load_multipart"}
    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        MULTIPART: ma.RAISE,
    }

    def load_json(self, req: Request, schema: ma.Schema) -> Any:
        """The body.  Raises UnsupportedMediaType where there is one and it is something else."""
        if not req.is_json and (req.content_length or req.mimetype):
            raise UnsupportedMediaType
        return super().load_json(req, schema)

    def load_multipart(self, req: Request, schema: ma.Schema) -> Any:
        """Fields and files together.  Raises UnsupportedMediaType for any other kind of body."""
        if req.mimetype != FORM_DATA:
            raise UnsupportedMediaType
        return self._makeproxy(CombinedMultiDict([req.form, req.files]), schema)

    def pre_load(self, location_data: Any, *, schema: ma.Schema, req: Request, location: str) -> Any:
        """The body with every value of a wrong type marked, so that the schema names its field."""
        if location != "json" or not isinstance(location_data, Mapping):
            return location_data
        named = {field.data_key or name: field for name, field in schema.load_fields.items()}
        return {name: _strict(named.get(name), value) for name, value in location_data.items()}


def _strict(field: ma.fields.Field[Any] | None, value: Any) -> Any:
    if isinstance(field, ma.fields.List) and isinstance(value, list):
        return [_strict(field.inner, one) for one in value]
    if isinstance(field, ma.fields.Boolean):
        return value if isinstance(value, bool) or value is None else WRONG
    if isinstance(field, ma.fields.Integer):
        return value if value is None or _whole(value) else WRONG
    return value


def _whole(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1
