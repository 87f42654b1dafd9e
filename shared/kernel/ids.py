"""Identifiers: time-ordered ones for new rows, derived ones for rows that must come out the same twice."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid5

import uuid_utils.compat


def new_id() -> UUID:
    """A UUIDv7: sortable by time, so that inserts stay local in an index."""
    return uuid_utils.compat.uuid7()


def first_id(moment: datetime) -> UUID:
    """No UUIDv7 made at `moment` (aware) or later is smaller: a range of a primary key is a range of time."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def derived_id(source: UUID, name: object) -> UUID:
    """The UUIDv5 of `name` within `source`, its first bit set: a repeat is the same row.

    It carries no time; with that bit it comes after every time-ordered one, so that no range of time leaves it out.
    """
    return UUID(int=uuid5(source, str(name)).int | 1 << 127)
