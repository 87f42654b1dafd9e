"""What a record form starts with: the promise or child that was tapped, and whose deed it will be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.children.models import Child
from shared.children.queries import child_in_scope
from shared.kernel.clock import local_day
from shared.kernel.errors import NotFound
from shared.organisations.models import Unit
from shared.people.rules import Actor, Right

from . import record_queries as queries
from . import scope
from .kinds import CHILD_KINDS, KIND_TITLES, Fields
from .record_queries import DueLine, RecordLine
from .record_usecases import Deed, Subject


@dataclass(frozen=True)
class Start:
    """The beginning of a record.  `for_other`: it will stand in the name of the promise's doer, `doer_name`."""

    kind: str
    today: date
    line: DueLine | None = None
    child_id: UUID | None = None
    unit_id: UUID | None = None
    whom: str | None = None
    doer_id: UUID | None = None
    doer_name: str | None = None
    for_other: bool = False

    @property
    def fields(self) -> Fields:
        """Which fields the form has."""
        return Fields(self.kind)

    def values(self) -> dict[str, Any]:
        """What the form is filled with."""
        return {
            "kind": self.kind,
            "on_day": self.today,
            "occurrence_id": self.line.id if self.line else None,
            "child_id": None if self.line else self.child_id,
            "unit_id": None if self.line else self.unit_id,
            "doer_id": self.doer_id if self.for_other else None,
            "method": "in_person",
            "reached": "true" if self.fields.asks_reached else None,
        }


def start_of_record(session: Session, asked: Mapping[str, str | None], *, by: Actor, now: datetime) -> Start | None:
    """The beginning that an address names; None where it names nothing.  Raises NotFound.

    `asked`: `occurrence` (with `doer` = me by somebody who stepped in), or `kind` with `child`, `unit` or neither.
    """
    today, kind = local_day(now), asked.get("kind")
    if occurrence := asked.get("occurrence"):
        return _of_promise(session, _uuid(occurrence), self_done=asked.get("doer") == "me", by=by, today=today)
    if not any(asked.get(name) for name in ("kind", "child", "unit")):
        return None
    if kind not in KIND_TITLES:
        raise NotFound("kind.not_found")
    if child := asked.get("child"):
        found = child_in_scope(session, by, _uuid(child))
        return Start(kind, today, child_id=found.id, whom=found.name)
    if unit := asked.get("unit"):
        return Start(kind, today, unit_id=_uuid(unit), whom=_unit_name(session, _uuid(unit)))
    return None if kind in CHILD_KINDS else Start(kind, today)


def _unit_name(session: Session, unit_id: UUID) -> str:
    name = session.scalars(select(Unit.name).where(Unit.id == unit_id)).one_or_none()
    if name is None:
        raise NotFound("unit.not_found")
    return name


def _of_promise(session: Session, occurrence_id: UUID, *, self_done: bool, by: Actor, today: date) -> Start:
    line = queries.due_line(session, by, occurrence_id)
    unit_id = session.scalars(select(Child.unit_id).where(Child.id == line.child_id)).first()
    heads = unit_id is not None and unit_id in scope.headed_units(session, by)
    may_write = heads or by.may(Right.RECORD_KEEP)
    other = line.doer_id is not None and line.doer_id != by.membership_id and may_write and not self_done
    return Start(
        line.kind,
        today,
        line=line,
        child_id=line.child_id,
        whom=line.child_name or line.unit_name,
        doer_id=line.doer_id,
        doer_name=line.doer_name,
        for_other=other,
    )


def split(values: Mapping[str, Any]) -> dict[str, Any]:
    """A checked RecordSchema as the arguments of `write_record`."""
    deed = {name: values[name] for name in Deed.__dataclass_fields__ if name in values}
    subject = Subject(child_id=values.get("child_id"), unit_id=values.get("unit_id"))
    return {
        "kind": values["kind"],
        "deed": Deed(**deed),
        "subject": subject,
        "occurrence_id": values.get("occurrence_id"),
        "doer_id": values.get("doer_id"),
    }


def may_change(session: Session, row: RecordLine, *, by: Actor) -> bool:
    """Whether the actor may correct and void it: the doer, the unit head, the keepers."""
    if row.state == "void" or not by.may(Right.RECORD_WRITE):
        return False
    if row.doer_id == by.membership_id or by.may(Right.RECORD_KEEP):
        return True
    unit_id = row.unit_id or session.scalars(select(Child.unit_id).where(Child.id == row.child_id)).first()
    return unit_id is not None and unit_id in scope.headed_units(session, by)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None
