"""A roster as browsers and programs send it."""

from __future__ import annotations

from datetime import date, datetime

from flask_smorest.fields import Upload
from marshmallow import Schema, fields
from werkzeug.datastructures import FileStorage

from shared.children import import_usecases as usecases
from shared.children.roster import Reading
from shared.kernel.clock import local_day
from shared.people.rules import Actor


class UploadForm(Schema):
    """The file, and the day from which ages count (today without it)."""

    file = Upload(required=True)
    as_of = fields.Date()


def read(file: FileStorage, *, as_of: date | None, by: Actor, now: datetime) -> tuple[Reading, bytes]:
    """Read an upload, outside any transaction: it may take seconds.  Raises Refused with what to do instead."""
    data = file.stream.read()
    return usecases.read_roster(data, file.filename or "", as_of=as_of or local_day(now), by=by), data
