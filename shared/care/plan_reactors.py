"""What follows from a plan in force and from changes of the roll: occurrences are made, handed on or taken back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from shared.children.events import ChildChanged, ChildExited, ChildRegistered, RosterConfirmed
from shared.kernel.clock import local_day
from shared.kernel.reactions import reactor

from .events import PlanActivated, PlanItemTopUpDue
from .occurrence_making import follow_children, keep_ahead


@reactor("care.make_occurrences")
def make_occurrences(session: Session, event: PlanActivated, *, now: datetime) -> None:
    """The first nine weeks of the items that went into force."""
    keep_ahead(session, event.item_ids, now=now)


@reactor("care.top_up", queue="bulk", once_per_batch=True)
def top_up(session: Session, events: Sequence[PlanItemTopUpDue], *, now: datetime) -> None:
    """The next weeks, for all items of the batch at once."""
    keep_ahead(session, {event.item_id for event in events}, now=now)


@reactor("care.follow_children", once_per_batch=True)
def follow_child(
    session: Session, events: Sequence[ChildRegistered | ChildChanged | ChildExited], *, now: datetime
) -> None:
    """Occurrences for who joined, none any more for who left; from the day it happened, however late this runs."""
    by_day: dict[date, set[UUID]] = defaultdict(set)
    for event in events:
        by_day[local_day(event.at)].add(event.child_id)
    for day, child_ids in sorted(by_day.items()):
        follow_children(session, child_ids, day=day, now=now)


@reactor("care.follow_roster")
def follow_roster(session: Session, event: RosterConfirmed, *, now: datetime) -> None:
    """The same for a whole roster, in one go."""
    follow_children(session, None, day=local_day(event.at), now=now)
