"""Writing down what happened: the event and the duties that follow from it, in the transaction that made it true."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from .database import tenant_of
from .errors import DomainError
from .event_types import Event, event
from .ids import derived_id, new_id
from .reactions import Reactor

Subscriptions = Mapping[str, Sequence[Reactor]]

WRITE = text(
    """
    WITH written AS (
        INSERT INTO event (tenant_id, id, name, version, subject_id, payload, occurred_at, actor_id, request_id)
        VALUES (:tenant, :id, :name, :version, :subject, CAST(:payload AS jsonb), :at, :actor, :request)
    )
    INSERT INTO reaction (tenant_id, id, event_id, reactor, queue)
    SELECT :tenant, duty.id, :id, duty.reactor, duty.queue
      FROM unnest(CAST(:ids AS uuid[]), CAST(:reactors AS text[]), CAST(:queues AS text[]))
           AS duty (id, reactor, queue)
    """
)


def record(session: Session, *happened: Event) -> None:
    """Write each event and one open reaction for each of its reactors, in one statement; many in one round trip."""
    subscriptions: Subscriptions = session.info["subscriptions"]
    session.flush()  # the rows the events speak of go first
    rows = [_row(session, one, subscriptions.get(one.name, ())) for one in happened]
    if rows:
        session.execute(WRITE, rows)


def _row(session: Session, happened: Event, reactors: Sequence[Reactor]) -> dict[str, Any]:
    payload = happened.payload()
    return _duties(reactors, payload) | {
        "tenant": tenant_of(session),
        "id": happened.id,
        "name": happened.name,
        "version": happened.version,
        "subject": happened.subject_id,
        "payload": json.dumps(payload, ensure_ascii=False),
        "at": happened.at,
        "actor": happened.actor_id,
        "request": session.info.get("request_id"),
    }


def _duties(reactors: Sequence[Reactor], payload: Mapping[str, Any]) -> dict[str, Any]:
    duties = [one for one in reactors if one.hears(payload)]
    return {
        "ids": [new_id() for _ in duties],
        "reactors": [duty.name for duty in duties],
        "queues": [duty.queue for duty in duties],
    }


@event("copy.sent", subject="copy_id")
class CopySent(Event):
    """A message for another organisation lies here until `hehu_system` has written it there."""

    copy_id: UUID
    to_tenant: UUID
    event_name: str
    event_version: int
    event_subject: UUID
    event_payload: dict[str, Any]
    event_at: datetime


def send_copy(session: Session, *messages: tuple[UUID, Event]) -> list[UUID]:
    """Send messages, each to another organisation; returns the ids they will have there.  Once, however often repeated.

    Raises DomainError for an event that was not declared to cross.
    """
    sent = [_copy(to_tenant, message) for to_tenant, message in messages]
    record(session, *sent)
    return [one.copy_id for one in sent]


def _copy(to_tenant: UUID, message: Event) -> CopySent:
    if not message.crosses:
        raise DomainError("copy.not_allowed", name=message.name)
    return CopySent(
        at=message.at,
        actor_id=message.actor_id,
        copy_id=derived_id(message.id, to_tenant),
        to_tenant=to_tenant,
        event_name=message.name,
        event_version=message.version,
        event_subject=message.subject_id,
        event_payload=message.payload(),
        event_at=message.at,
    )


RECEIVE = text(
    """
    INSERT INTO event (tenant_id, id, name, version, subject_id, payload, occurred_at)
    VALUES (:tenant, :id, :name, :version, :subject, CAST(:payload AS jsonb), :at)
    ON CONFLICT (tenant_id, id) DO NOTHING
    """
)
RECEIVE_DUTIES = text(
    """
    INSERT INTO reaction (tenant_id, id, event_id, reactor, queue)
    SELECT :tenant, duty.id, :id, duty.reactor, duty.queue
      FROM unnest(CAST(:ids AS uuid[]), CAST(:reactors AS text[]), CAST(:queues AS text[]))
           AS duty (id, reactor, queue)
    ON CONFLICT (tenant_id, event_id, reactor) DO NOTHING
    """
)


def receive_copy(session: Session, sent: CopySent) -> None:
    """Write a copied message in the organisation it is for (hehu_system); a repeat is the same row."""
    row = {
        "tenant": sent.to_tenant,
        "id": sent.copy_id,
        "name": sent.event_name,
        "version": sent.event_version,
        "subject": sent.event_subject,
        "payload": json.dumps(sent.event_payload, ensure_ascii=False),
        "at": sent.event_at,
    }
    session.execute(RECEIVE, row)
    duties = session.info["subscriptions"].get(sent.event_name, ())
    session.execute(RECEIVE_DUTIES, row | _duties(duties, sent.event_payload))
