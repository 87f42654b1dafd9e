"""Keeps an organisation's figures fresh: after every change of what they count, and when the clock alone moves them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from psycopg.errors import LockNotAvailable
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from shared.care.events import PlanActivated, PlanSwitchedOff
from shared.children.events import ChildChanged, ChildExited, ChildRegistered, RosterConfirmed
from shared.kernel.database import Database, tenant_of
from shared.kernel.event_types import Event
from shared.kernel.reactions import reactor

from .usecases import recompute, settle, unsettled

TRIES = 3
SECOND_LOOK = timedelta(seconds=3)
# Other reactors make or take back promises after these, perhaps later than this one runs.
FOLLOWED_BY_OTHERS = (PlanActivated, PlanSwitchedOff, RosterConfirmed, ChildRegistered, ChildChanged, ChildExited)


@reactor("rollups.refresh", queue="bulk", once_per_batch=True)
def refresh_rollup(session: Session, events: Sequence[Event], *, now: datetime) -> None:
    """Settle where changed children count, then compute the organisation's figures.

    Both in short transactions of their own: a message binds several organisations in one transaction, and locks on
    figures that others are waiting to mark must not last until its end.  A repeat after a crash computes the same.
    """
    tenant = tenant_of(session)
    if unsettled(session):
        _settle(session.info["rollup"], tenant, now=now)
    followed = any(isinstance(event, FOLLOWED_BY_OTHERS) for event in events)
    with session.info["app"].transaction(tenant) as own:
        recompute(own, now=now, again_at=now + SECOND_LOOK if followed else None)


def _settle(rollup: Database, tenant: UUID, *, now: datetime) -> None:
    for left in reversed(range(TRIES)):
        try:
            with rollup.transaction(None) as session:
                settle(session, tenant, now=now)
            return
        except OperationalError as busy:  # somebody is writing one of these children just now
            if not left or not isinstance(busy.orig, LockNotAvailable):
                raise
