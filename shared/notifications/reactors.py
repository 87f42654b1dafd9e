"""Notices into inboxes, messages onto the way, and letters from supervised organisations into the in-tray."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.care.escalations.events import MissReported
from shared.incidents.events import IncidentReported
from shared.kernel.clock import local_day
from shared.kernel.database import table_of, tenant_of
from shared.kernel.event_types import Event
from shared.kernel.events import record
from shared.kernel.ids import new_id
from shared.kernel.reactions import reactor
from shared.people.holders import is_current
from shared.people.models import Membership

from . import addressees, sending
from .addressees import Line
from .events import DeliveryQueued
from .kinds import KINDS
from .models import CopiedMessage, Delivery, Notice


def _lines(session: Session, events: Sequence[Event], *, now: datetime) -> list[tuple[Event, Line]]:
    """Everybody who hears of these events; whoever has left the organisation does not."""
    kept = addressees.spoken_of(session, events)  # held until all have been asked
    found = [(event, line) for event in events for line in addressees.of(session, event, now=now)]
    ids = {line.recipient_id for _, line in found}
    here = set(session.scalars(select(Membership.id).where(Membership.id.in_(ids), is_current(local_day(now)))))
    del kept
    return [(event, line) for event, line in found if line.recipient_id in here]


def _write_notices(session: Session, events: Sequence[Event], *, now: datetime) -> None:
    """One notice for each recipient; a repeat is the same row."""
    rows = [
        {
            "tenant_id": tenant_of(session),
            "id": new_id(),
            "created_at": now,
            "event_id": event.id,
            "recipient_id": line.recipient_id,
            "kind": line.kind,
            "params": line.params,
            "link": line.link,
            "urgent": KINDS[line.kind].urgent,
            "escalation_id": line.escalation_id,
        }
        for event, line in _lines(session, events, now=now)
    ]
    if rows:
        session.execute(insert(table_of(Notice)).on_conflict_do_nothing(), rows)


def _queue_messages(session: Session, events: Sequence[Event], *, now: datetime) -> None:
    """One delivery for each recipient of an urgent kind but the person who caused it; a repeat is the same row."""
    rows = [
        {
            "tenant_id": tenant_of(session),
            "id": new_id(),
            "created_at": now,
            "event_id": event.id,
            "recipient_id": line.recipient_id,
            "channel": "sms",
            "kind": line.kind,
            "params": {},
            "urgent": KINDS[line.kind].alarm,
            "state_at": now,
        }
        for event, line in _lines(session, events, now=now)
        if KINDS[line.kind].sms and line.recipient_id != addressees.reporter(session, event)
    ]
    if not rows:
        return
    table = table_of(Delivery)
    new = session.execute(insert(table).on_conflict_do_nothing().returning(table.c.id, table.c.urgent), rows)
    record(session, *(DeliveryQueued(at=now, delivery_id=row.id, alarm=row.urgent) for row in new))


@reactor("notifications.notify", once_per_batch=True)
def notify(session: Session, events: Sequence[Event], *, now: datetime) -> None:
    """Notices of the day's work."""
    _write_notices(session, events, now=now)


@reactor("notifications.notify_alarm", queue="alarm", once_per_batch=True)
def notify_alarm(session: Session, events: Sequence[Event], *, now: datetime) -> None:
    """Notices that ring."""
    _write_notices(session, events, now=now)


@reactor("notifications.message", once_per_batch=True)
def message(session: Session, events: Sequence[Event], *, now: datetime) -> None:
    """Messages to telephones, where the kind asks for it."""
    _queue_messages(session, events, now=now)


@reactor("notifications.message_alarm", queue="alarm", once_per_batch=True)
def message_alarm(session: Session, events: Sequence[Event], *, now: datetime) -> None:
    """Messages to telephones that ring."""
    _queue_messages(session, events, now=now)


@reactor("notifications.send", once_per_batch=True)
def send(session: Session, events: Sequence[DeliveryQueued], *, now: datetime) -> None:
    """Hand ordinary messages to their gateway, each at most once."""
    sending.send(session, [event.delivery_id for event in events], now=now)


@reactor("notifications.send_alarm", queue="alarm", once_per_batch=True)
def send_alarm(session: Session, events: Sequence[DeliveryQueued], *, now: datetime) -> None:
    """Hand alarms to their gateway, each at least once, always with the same id."""
    sending.send(session, [event.delivery_id for event in events], now=now)


def _keep(session: Session, event: MissReported | IncidentReported, kind: str) -> None:
    """The row of the in-tray has the copied event's id: a repeat is the same row."""
    params = event.payload()
    source = params.pop(event.subject)
    row = {
        "tenant_id": tenant_of(session),
        "id": event.id,
        "from_tenant": event.from_tenant,
        "source_id": source,
        "kind": kind,
        "params": {name: value for name, value in params.items() if name != "from_tenant"},
        "sent_at": event.at,
    }
    session.execute(insert(CopiedMessage).values(row).on_conflict_do_nothing())


@reactor("notifications.keep_miss_report")
def keep_miss_report(session: Session, event: MissReported, *, now: datetime) -> None:
    """A supervised organisation's miss comes into the in-tray."""
    _keep(session, event, "miss")


@reactor("notifications.keep_incident_report", queue="alarm")
def keep_incident_report(session: Session, event: IncidentReported, *, now: datetime) -> None:
    """A supervised organisation's incident comes into the in-tray."""
    _keep(session, event, "incident")
