"""Reads that are asked often: the statement is made once for each shape, and asked with values in its places.

Making a statement costs more than asking it.  Its shape is what decides how it reads: the roles of who asks, what is
None, and what is switched on; ids, days, moments, numbers and texts are values.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, Date, DateTime, Integer, Select, Text, Uuid, bindparam, func, select
from sqlalchemy.orm import Session

from .rules import Actor

TYPES: dict[type, Any] = {
    UUID: Uuid(),
    date: Date(),
    datetime: DateTime(timezone=True),
    int: Integer(),
    str: Text(),
}
SHAPES = 200
ANYBODY = UUID(int=0)


@dataclass(frozen=True)
class Kept:
    """A read whose statement is kept.  `build` makes a select of columns of its keyword arguments.

    It meets places instead of values: it may put them into conditions and ask whether they are None, nothing else.
    """

    build: Callable[..., Select[Any]]

    def __call__(self, session: Session, **given: Any) -> CursorResult[Any]:
        """The rows for these values."""
        statement, values = self.of(**given)
        session.flush()  # as a read by the object mapper would
        return session.connection().execute(statement, values)

    def of(self, **given: Any) -> tuple[Select[Any], dict[str, Any]]:
        """The kept statement and its values, where whole rows are wanted."""
        shape: list[tuple[str, Any]] = []
        values: dict[str, Any] = {}
        for name, value in given.items():
            if isinstance(value, Actor):
                shape.append((name, _anybody(value)))
                values |= _values(value)
            elif type(value) in TYPES or isinstance(value, frozenset):
                shape.append((name, type(value)))
                values[name] = value
            else:
                shape.append((name, value))
        return self._made(tuple(shape)), values

    @cached_property
    def _made(self) -> Callable[[tuple[tuple[str, Any], ...]], Select[Any]]:
        return lru_cache(SHAPES)(lambda shape: self.build(**{name: _place(name, what) for name, what in shape}))


def number_of(build: Callable[..., Select[Any]]) -> Kept:
    """How many rows a select has, without its page."""
    return Kept(lambda **given: select(func.count()).select_from(build(**given).subquery()))


def _anybody(actor: Actor) -> Actor:
    """Whoever has the same roles in an organisation of the same kind."""
    member = ANYBODY if actor.membership_id else None
    return replace(actor, tenant_id=ANYBODY, person_id=ANYBODY, membership_id=member, name="", unit_ids=frozenset())


def _values(actor: Actor) -> dict[str, Any]:
    return {
        "actor_tenant": actor.tenant_id,
        "actor_person": actor.person_id,
        "actor_membership": actor.membership_id,
        "actor_units": actor.unit_ids,
    }


def _place(name: str, what: Any) -> Any:
    if isinstance(what, Actor):
        places: dict[str, Any] = {
            "tenant_id": bindparam("actor_tenant", type_=Uuid()),
            "person_id": bindparam("actor_person", type_=Uuid()),
            "membership_id": what.membership_id and bindparam("actor_membership", type_=Uuid()),
            "unit_ids": bindparam("actor_units", expanding=True, type_=Uuid()),
        }
        return replace(what, **places)
    if what is frozenset:
        return bindparam(name, expanding=True, type_=Uuid())
    return bindparam(name, type_=TYPES[what]) if what in TYPES else what
