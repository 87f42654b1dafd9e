"""What follows when staff change: the promises somebody carried go to whoever stands there now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from shared.kernel.clock import local_day
from shared.kernel.database import tenant_of
from shared.kernel.reactions import reactor
from shared.people.events import MemberJoined, MemberLeft, MemberRolesChanged

from .doers import one_at_a_time, resolve_doers
from .models import Assignment


@reactor("follow_staff", once_per_batch=True)
def follow_staff(
    session: Session, events: Sequence[MemberJoined | MemberRolesChanged | MemberLeft], *, now: datetime
) -> None:
    """End the pairings of those who left, then give every open promise its doer anew; repeatable."""
    one_at_a_time(session)
    left = [event.membership_id for event in events if isinstance(event, MemberLeft)]
    session.execute(
        update(Assignment)
        .where(
            Assignment.tenant_id == tenant_of(session),
            Assignment.membership_id.in_(left),
            Assignment.until_on.is_(None),
        )
        .values(until_on=local_day(now))
    )
    resolve_doers(session)
