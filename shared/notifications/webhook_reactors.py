"""Chosen events to other systems: posted once for all that come together, and again where they were not taken."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.incidents.events import IncidentClosed, IncidentOpened, IncidentStepBreached
from shared.incidents.models import Incident
from shared.kernel.calls import CALLS, Caller
from shared.kernel.event_types import Event

from . import webhook_sending as sending

OF_INCIDENTS = (IncidentOpened, IncidentStepBreached, IncidentClosed)


def begin(session: Session, events: Sequence[Event]) -> list[sending.Round]:
    """Everything that may be told; that there is a protective matter may not."""
    return sending.begin_new(session, _without_protective(session, events))


def _without_protective(session: Session, events: Sequence[Event]) -> list[Event]:
    about = {event.id: event.incident_id for event in events if isinstance(event, OF_INCIDENTS)}
    if not about:
        return list(events)
    wanted = select(Incident.id).where(Incident.id.in_(about.values()), Incident.protective)
    hidden = set(session.scalars(wanted))
    return [event for event in events if about.get(event.id) not in hidden]


post = Caller(name="webhooks.post", queue=CALLS, start=begin, run=sending.call, finish=sending.keep)
post_again = Caller(
    name="webhooks.post_again", queue=CALLS, start=sending.begin_again, run=sending.call, finish=sending.keep
)
