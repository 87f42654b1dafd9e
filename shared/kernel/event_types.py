"""What an event is, in plain Python: a frozen fact in the past tense with ids, codes and times in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from functools import cache
from types import UnionType
from typing import Any, ClassVar, TypeVar, dataclass_transform, get_args, get_origin, get_type_hints
from uuid import UUID

from .ids import new_id

EVENTS: dict[str, type[Event]] = {}


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened in one organisation.  `at` is aware; no name, phone or free text in any field."""

    name: ClassVar[str]
    subject: ClassVar[str]
    version: ClassVar[int]
    crosses: ClassVar[bool]

    id: UUID = field(default_factory=new_id)
    at: datetime
    actor_id: UUID | None = None

    @property
    def subject_id(self) -> UUID:
        """The row this is about."""
        found: UUID = getattr(self, self.subject)
        return found

    def payload(self) -> dict[str, Any]:
        """JSON-ready values of the event's own fields."""
        return {f.name: _plain(getattr(self, f.name)) for f in fields(self) if f.name not in HEAD}


HEAD = {f.name for f in fields(Event)}
Kind = TypeVar("Kind", bound=type[Event])


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def event(name: str, *, subject: str, version: int = 1, crosses: bool = False) -> Callable[[Kind], Kind]:
    """Name an event class and freeze it.  `crosses` allows it as a copied message to another organisation."""

    def register(cls: Kind) -> Kind:
        frozen: Kind = dataclass(frozen=True, kw_only=True)(cls)  # type: ignore[assignment]  # same class
        if name in EVENTS and EVENTS[name].__qualname__ != cls.__qualname__:
            raise ValueError(f"two events are called {name}")
        frozen.name, frozen.subject, frozen.version, frozen.crosses = name, subject, version, crosses
        EVENTS[name] = frozen
        return frozen

    return register


def revive(name: str, payload: dict[str, Any], *, id: UUID, at: datetime, actor_id: UUID | None) -> Event:
    """The event that was stored; fields a newer version added and this one does not know are left out."""
    known = {field: typed(payload[field]) for field, typed in _own_fields(name).items() if field in payload}
    return EVENTS[name](id=id, at=at, actor_id=actor_id, **known)


@cache
def _own_fields(event_name: str) -> dict[str, Callable[[Any], Any]]:
    """Field → what makes its value of JSON; looking the types up costs more than a round trip to the database."""
    hints = get_type_hints(EVENTS[event_name])
    return {f.name: _typed(hints[f.name]) for f in fields(EVENTS[event_name]) if f.name not in HEAD}


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (tuple, list)):
        return [_plain(one) for one in value]
    return value


FROM_JSON: dict[Any, Callable[[str], Any]] = {
    UUID: UUID,
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
}


def _typed(hint: Any) -> Callable[[Any], Any]:
    if isinstance(hint, UnionType):
        hint = next(one for one in get_args(hint) if one is not type(None))
    if get_origin(hint) is tuple:
        each = _typed(get_args(hint)[0])
        return lambda values: None if values is None else tuple(each(one) for one in values)
    made = FROM_JSON.get(hint)
    if made is None:
        return lambda value: value
    return lambda value: None if value is None else made(value)
