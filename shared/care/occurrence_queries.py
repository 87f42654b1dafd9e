"""Occurrences as programs read them, within what the reader may see."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.people.rules import Actor, Right, require

from .models import Occurrence
from .scope import occurrence_in_scope, visible_occurrences

STATES = ("open", "done", "late", "missed", "excused", "void")


@dataclass(frozen=True)
class OccurrenceView:
    """One promise in one window."""

    id: UUID
    item_id: UUID
    kind: str
    subject_kind: str
    child_id: UUID | None
    unit_id: UUID | None
    doer_id: UUID | None
    window_start: date
    window_end: date
    due_at: datetime
    grace_until: datetime
    times: int
    done_times: int
    state: str
    stage: str | None
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What to list; None: whatever it is.  `due_before` is an instant, exclusive."""

    state: str | None = None
    due_before: datetime | None = None
    child_id: UUID | None = None
    doer_id: UUID | None = None
    item_id: UUID | None = None


def occurrence_lines(
    session: Session, by: Actor, wanted: Wanted, *, limit: int, offset: int
) -> tuple[list[OccurrenceView], int]:
    """One page of the occurrences the reader may see, the first due first, and how many there are."""
    require(by, Right.PLAN_READ)
    found = select(Occurrence).where(visible_occurrences(by))
    for name in ("state", "child_id", "doer_id", "item_id"):
        if (value := getattr(wanted, name)) is not None:
            found = found.where(getattr(Occurrence, name) == value)
    if wanted.due_before is not None:
        found = found.where(Occurrence.due_at < wanted.due_before)
    total = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    rows = session.scalars(found.order_by(Occurrence.due_at, Occurrence.id).limit(limit).offset(offset))
    return [_view(row) for row in rows], total


def occurrence_view(session: Session, occurrence_id: UUID, by: Actor) -> OccurrenceView:
    """One occurrence.  Raises NotFound where the reader may not see it."""
    require(by, Right.PLAN_READ)
    return _view(occurrence_in_scope(session, by, occurrence_id))


def _view(row: Occurrence) -> OccurrenceView:
    return OccurrenceView(**{f.name: getattr(row, f.name) for f in fields(OccurrenceView)})
