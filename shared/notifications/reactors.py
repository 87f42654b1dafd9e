"""Notices into inboxes, messages onto the way, and letters from supervised organisations into the in-tray."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.care.escalations.events import MissReported
from shared.incidents.events import IncidentReported
from shared.kernel.clock import local_day
from shared.kernel.database import tenant_of
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


def _write_notices(session: Session, event: Event, *, now: datetime) -> None:
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
        for line in _still_here(session, addressees.of(session, event, now=now), now=now)
    ]
    if rows:
        session.execute(insert(Notice).values(rows).on_conflict_do_nothing())


def _queue_messages(session: Session, event: Event, *, now: datetime) -> None:
    """One delivery for each recipient of an urgent kind but the person who caused it; a repeat is the same row."""
    lines = [line for line in addressees.of(session, event, now=now) if KINDS[line.kind].sms]
    own = addressees.reporter(session, event) if lines else None
    for line in _still_here(session, [line for line in lines if line.recipient_id != own], now=now):
        alarm = KINDS[line.kind].alarm
        new = (
            insert(Delivery)
            .values(
                tenant_id=tenant_of(session),
                id=new_id(),
                created_at=now,
                event_id=event.id,
                recipient_id=line.recipient_id,
                channel="sms",
                kind=line.kind,
                params={},
                urgent=alarm,
                state_at=now,
            )
            .on_conflict_do_nothing()
            .returning(Delivery.id)
        )
        if queued := session.execute(new).scalar():
            record(session, DeliveryQueued(at=now, delivery_id=queued, alarm=alarm))


def _still_here(session: Session, lines: list[Line], *, now: datetime) -> list[Line]:
    ids = [line.recipient_id for line in lines]
    here = set(session.scalars(select(Membership.id).where(Membership.id.in_(ids), is_current(local_day(now)))))
    return [line for line in lines if line.recipient_id in here]


@reactor("notifications.notify")
def notify(session: Session, event: Event, *, now: datetime) -> None:
    """Notices of the day's work."""
    _write_notices(session, event, now=now)


@reactor("notifications.notify_alarm", queue="alarm")
def notify_alarm(session: Session, event: Event, *, now: datetime) -> None:
    """Notices that ring."""
    _write_notices(session, event, now=now)


@reactor("notifications.message")
def message(session: Session, event: Event, *, now: datetime) -> None:
    """Messages to telephones, where the kind asks for it."""
    _queue_messages(session, event, now=now)


@reactor("notifications.message_alarm", queue="alarm")
def message_alarm(session: Session, event: Event, *, now: datetime) -> None:
    """Messages to telephones that ring."""
    _queue_messages(session, event, now=now)


@reactor("notifications.send")
def send(session: Session, event: DeliveryQueued, *, now: datetime) -> None:
    """Hand an ordinary message to its gateway, at most once."""
    if not event.alarm:
        sending.send(session, event.delivery_id, now=now)


@reactor("notifications.send_alarm", queue="alarm")
def send_alarm(session: Session, event: DeliveryQueued, *, now: datetime) -> None:
    """Hand an alarm to its gateway, at least once, always with the same id."""
    if event.alarm:
        sending.send(session, event.delivery_id, now=now)


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
