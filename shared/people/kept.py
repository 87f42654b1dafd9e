"""Reads that are asked often: the statement is made once for each shape, and asked with values in its places.

Making a statement costs more than asking it.  Its shape is what decides how it reads: the roles of who asks, what is
None, how many stand in a set, and what is switched on; ids, days, moments, numbers and texts are values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache, cached_property, lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, CursorResult, Date, DateTime, Integer, Select, Text, Uuid, bindparam, func, select
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler

from shared.kernel.together import Asked

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
DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]  # SQLAlchemy has no types for it
Shape = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Made:
    """A statement of one shape as the driver takes it; `places`: by the name of a set, those of its members."""

    text: str
    constants: Mapping[str, Any]
    places: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Kept:
    """A read whose statement is kept.  `build` makes a select of columns of its keyword arguments.

    It meets places instead of values: it may put them into conditions and ask whether they are None, nothing else.
    """

    build: Callable[..., Select[Any]]

    def __call__(self, session: Session, **given: Any) -> CursorResult[Any]:
        """The rows for these values."""
        asked = self.asked(**given)
        session.flush()  # as a read by the object mapper would
        return session.connection().exec_driver_sql(*asked)

    def asked(self, **given: Any) -> Asked:
        """The question, to be asked with others (`together`)."""
        shape, values = _shape(given)
        made = self._made(shape)
        for name, places in made.places.items():
            values |= zip(places, values.pop(name), strict=True)
        return Asked(made.text, {**made.constants, **values})

    def of(self, **given: Any) -> tuple[Select[Any], dict[str, Any]]:
        """The kept statement and its values, where whole rows are wanted."""
        shape, values = _shape(given)
        return self._built(shape), values

    @cached_property
    def _built(self) -> Callable[[Shape], Select[Any]]:
        return lru_cache(SHAPES)(lambda shape: self.build(**{name: _place(name, what) for name, what in shape}))

    @cached_property
    def _made(self) -> Callable[[Shape], Made]:
        return lru_cache(SHAPES)(lambda shape: _compiled(self._built(shape)))


def _compiled(statement: Select[Any]) -> Made:
    compiled = statement.compile(dialect=DIALECT)
    assert isinstance(compiled, SQLCompiler)
    whole = compiled.construct_expanded_state(compiled.params)
    sets = [name for place, name in compiled.bind_names.items() if place.expanding and not place.unique]
    return Made(whole.statement, whole.parameters, {name: whole.parameter_expansion[name] for name in sets})


def number_of(build: Callable[..., Select[Any]]) -> Kept:
    """How many rows a select has, without its page."""
    return Kept(lambda **given: select(func.count()).select_from(build(**given).subquery()))


def _shape(given: Mapping[str, Any]) -> tuple[Shape, dict[str, Any]]:
    """What decides how a read reads, and its values."""
    shape: list[tuple[str, Any]] = []
    values: dict[str, Any] = {}
    for name, value in given.items():
        if isinstance(value, Actor):
            shape.append((name, _anybody(value)))
            values |= _values(value)
        elif isinstance(value, frozenset):
            shape.append((name, _anything(len(value))))
            values[name] = value
        elif type(value) in TYPES:
            shape.append((name, type(value)))
            values[name] = value
        else:
            shape.append((name, value))
    return tuple(shape), values


def _anybody(actor: Actor) -> Actor:
    """Whoever has the same roles in an organisation of the same kind, and as many units."""
    member, units = (ANYBODY if actor.membership_id else None), _anything(len(actor.unit_ids))
    return Actor(ANYBODY, actor.organisation_kind, ANYBODY, member, "", actor.roles, units)


@cache
def _anything(number: int) -> frozenset[UUID]:
    return frozenset(UUID(int=one) for one in range(number))


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
            "unit_ids": _set("actor_units", what.unit_ids),
        }
        return replace(what, **places)
    if isinstance(what, frozenset):
        return _set(name, what)
    return bindparam(name, type_=TYPES[what]) if what in TYPES else what


def _set(name: str, what: frozenset[UUID]) -> BindParameter[Any]:
    return bindparam(name, list(what), expanding=True, type_=Uuid())
