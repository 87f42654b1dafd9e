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
    cls = EVENTS[name]
    known = {field: _typed(hint, payload[field]) for field, hint in _own_fields(name).items() if field in payload}
    return cls(id=id, at=at, actor_id=actor_id, **known)


@cache
def _own_fields(event_name: str) -> dict[str, Any]:
    """Field → type; looking them up costs more than a round trip to the database."""
    hints = get_type_hints(EVENTS[event_name])
    return {f.name: hints[f.name] for f in fields(EVENTS[event_name]) if f.name not in HEAD}


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (tuple, list)):
        return [_plain(one) for one in value]
    return value


def _typed(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(hint, UnionType):
        hint = next(one for one in get_args(hint) if one is not type(None))
    if get_origin(hint) is tuple:
        return tuple(_typed(get_args(hint)[0], one) for one in value)
    if hint is UUID:
        return UUID(value)
    if hint in (datetime, date):
        return hint.fromisoformat(value)
    return value
