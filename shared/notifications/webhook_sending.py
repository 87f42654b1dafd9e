"""The life of a delivery to a webhook: queued → sending → sent, or failed.

1. `begin` writes the deliveries as `sending`, one statement an organisation, and counts the try; where the address is
   paused, or is left in peace until its `retry_at`, they are `queued`.
2. `call` posts without a transaction: every address by itself, its letters in the order of their events.
3. `keep` writes the answers, one statement an organisation.  What was not taken becomes `queued` again with an event
   for later; after its fifth try it is `failed`, and an administrator may send it again.
4. An address that takes nothing is tried less and less often and at last paused, with a notice to administrators.
   From then on everything waits `queued` until it is resumed: nothing is dropped.
5. Whoever finds `sending` from long ago follows a crash in the call, and posts again with the same id: at least once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.kernel.calls import BeingDone, record_for_later
from shared.kernel.clock import app_now
from shared.kernel.crypto import FieldCrypto
from shared.kernel.database import tenant_of
from shared.kernel.event_types import Event
from shared.kernel.events import record

from .events import DeliveryGivenUp, WebhookPaused, WebhookQueued
from .gateways.webhook import Letter, Line, WebhookGateway
from .webhook_rules import NOT_TRIED, PAUSED_AFTER, SECRET_PLACE, WAITS, Standing, body, verdict

WAITS_NOW = "w.paused_at IS NOT NULL OR coalesce(w.retry_at > now(), false)"
FREE = "(d.state = 'queued' OR d.state_at < now() - :hold)"
BEGUN = """
    SELECT b.*, b.state_at = now() AS ours, w.url, w.secret, w.failures, w.paused_at IS NOT NULL AS paused,
           greatest(w.retry_at - now(), interval '0') AS wait, e.name, e.payload, e.occurred_at
      FROM begun b
      JOIN webhook w ON w.tenant_id = :tenant AND w.id = b.webhook_id
      JOIN event e ON e.tenant_id = :tenant AND e.id = b.event_id
     ORDER BY b.webhook_id, b.event_id
"""
BEGIN_NEW = text(
    f"""
    WITH heard AS (
        SELECT e.id AS event_id, e.name, w.id AS webhook_id, {WAITS_NOW} AS waits
          FROM unnest(CAST(:events AS uuid[]), CAST(:names AS text[])) AS e (id, name)
          JOIN webhook w ON w.tenant_id = :tenant AND w.ended_at IS NULL AND w.events ? e.name
    ), begun AS (
        INSERT INTO delivery AS d (
               tenant_id, id, event_id, webhook_id, channel, kind, params, state, attempts, state_at)
        SELECT :tenant, hehu_uuid7(), event_id, webhook_id, 'webhook', name, '{{}}',
               CASE WHEN waits THEN 'queued' ELSE 'sending' END, CASE WHEN waits THEN 0 ELSE 1 END, now()
          FROM heard
        ON CONFLICT ON CONSTRAINT uq_delivery_once DO UPDATE SET
               state = CASE WHEN {FREE} THEN excluded.state ELSE d.state END,
               attempts = d.attempts + CASE WHEN {FREE} THEN excluded.attempts ELSE 0 END,
               state_at = CASE WHEN {FREE} THEN now() ELSE d.state_at END
         WHERE d.state IN ('queued', 'sending')
        RETURNING d.id, d.event_id, d.webhook_id, d.state, d.attempts, d.state_at
    ) {BEGUN}
    """
)
BEGIN_AGAIN = text(
    f"""
    WITH begun AS (
        UPDATE delivery d SET
               state = CASE WHEN NOT {FREE} THEN d.state WHEN {WAITS_NOW} THEN 'queued' ELSE 'sending' END,
               attempts = d.attempts + CASE WHEN NOT {FREE} OR {WAITS_NOW} THEN 0 ELSE 1 END,
               state_at = CASE WHEN {FREE} THEN now() ELSE d.state_at END
          FROM webhook w
         WHERE d.tenant_id = :tenant AND d.id = ANY(:ids) AND d.state IN ('queued', 'sending')
           AND w.tenant_id = d.tenant_id AND w.id = d.webhook_id AND w.ended_at IS NULL
        RETURNING d.id, d.event_id, d.webhook_id, d.state, d.attempts, d.state_at
    ) {BEGUN}
    """
)


@dataclass(frozen=True)
class Round:
    """What one address is handed at once: `tries` by delivery, in the order of the line's letters."""

    webhook_id: UUID
    failures: int
    line: Line
    tries: Mapping[UUID, int]

    def answered(self) -> Iterable[tuple[UUID, str | None]]:
        """Each delivery with None where it was taken, else a code."""
        return zip(self.tries, self.line.answers, strict=False)


def begin_new(session: Session, events: Sequence[Event]) -> list[Round]:
    """Deliveries of events to every webhook that hears of them.  Raises BeingDone."""
    given = {"events": [event.id for event in events], "names": [event.name for event in events]}
    return _begun(session, session.execute(BEGIN_NEW, _common(session) | given).all())


def begin_again(session: Session, events: Sequence[Event]) -> list[Round]:
    """Deliveries that were written before.  Raises BeingDone."""
    given = {"ids": [one for event in events if isinstance(event, WebhookQueued) for one in event.delivery_ids]}
    return _begun(session, session.execute(BEGIN_AGAIN, _common(session) | given).all())


def _common(session: Session) -> dict[str, Any]:
    hold = timedelta(seconds=session.info["settings"].lease_seconds)
    return {"tenant": tenant_of(session), "hold": hold}


def _begun(session: Session, rows: Sequence[Any]) -> list[Round]:
    if any(row.state == "sending" and not row.ours for row in rows):
        raise BeingDone
    _wait(session, [row for row in rows if row.state == "queued"])
    sending = [row for row in rows if row.state == "sending"]
    return [_round(session, list(group)) for _, group in groupby(sending, key=lambda row: row.webhook_id)]


def _round(session: Session, rows: Sequence[Any]) -> Round:
    crypto: FieldCrypto = session.info["crypto"]
    first, tenant = rows[0], tenant_of(session)
    letters = [
        Letter(row.id, body(row.name, row.payload, event_id=row.event_id, at=row.occurred_at, organisation=tenant))
        for row in rows
    ]
    secret = crypto.decrypt(first.secret, place=SECRET_PLACE, row=first.webhook_id)
    tries = {row.id: row.attempts for row in rows}
    return Round(first.webhook_id, first.failures, Line(first.url, secret, letters), tries)


def _wait(session: Session, rows: Sequence[Any]) -> None:
    """What waits for its address's time is rung for then; what waits for a person is left to whoever resumes it."""
    for webhook_id, group in groupby(rows, key=lambda row: row.webhook_id):
        waiting = list(group)
        if not (waiting[0].paused and _stays_paused(session, webhook_id)):
            _later(session, webhook_id, [row.id for row in waiting], waiting[0].wait or timedelta())


LOCK = text("SELECT paused_at IS NOT NULL FROM webhook WHERE tenant_id = :tenant AND id = :id FOR SHARE")


def _stays_paused(session: Session, webhook_id: UUID) -> bool:
    """Asked under a lock that whoever resumes it must wait for: either they see these deliveries, or we the change."""
    return bool(session.execute(LOCK, {"tenant": tenant_of(session), "id": webhook_id}).scalar_one())


def _later(session: Session, webhook_id: UUID, ids: Sequence[UUID], wait: timedelta) -> None:
    event = WebhookQueued(at=app_now(session), webhook_id=webhook_id, delivery_ids=tuple(ids))
    record_for_later(session, event, wait)


def call(info: Mapping[str, Any], works: Sequence[list[Round]]) -> None:
    """Post everything that was begun."""
    gateway: WebhookGateway = info["webhooks"]
    gateway.post([one.line for rounds in works for one in rounds])


KEEP = text(
    """
    UPDATE delivery d SET state = o.state, error = o.error, attempts = d.attempts - o.untried, state_at = now()
      FROM unnest(CAST(:ids AS uuid[]), CAST(:states AS text[]), CAST(:errors AS text[]), CAST(:untried AS int[]))
           AS o (id, state, error, untried)
     WHERE d.tenant_id = :tenant AND d.id = o.id AND d.state = 'sending'
    """
)


def keep(session: Session, rounds: Sequence[Round]) -> None:
    """Write down what the addresses said, and what is to be tried again when."""
    kept: dict[str, list[Any]] = {"ids": [], "states": [], "errors": [], "untried": []}
    for one in rounds:
        standing, again = _standing(session, one), defaultdict(list)
        for id, error in one.answered():
            state, wait = verdict(error, one.tries[id], standing)
            for column, value in zip(kept.values(), (id, state, error, int(error == NOT_TRIED)), strict=True):
                column.append(value)
            if wait is not None:
                again[wait].append(id)
            if state == "failed":
                record(session, DeliveryGivenUp(at=app_now(session), delivery_id=id, reason=error or ""))
        for wait, ids in again.items():
            _later(session, one.webhook_id, ids, wait)
    if rounds:
        session.execute(KEEP, {"tenant": tenant_of(session)} | kept)


WELL = text(
    """
    UPDATE webhook SET failures = 0, error = NULL, retry_at = NULL
     WHERE tenant_id = :tenant AND id = :id AND failures > 0
    """
)
FAILING = text(  # rounds side by side meet the same fault and count once
    """
    UPDATE webhook SET failures = failures + 1, error = :error, retry_at = now() + :wait,
           paused_at = CASE WHEN failures + 1 >= :most THEN now() END
     WHERE tenant_id = :tenant AND id = :id AND failures = :seen AND paused_at IS NULL
    RETURNING paused_at IS NOT NULL
    """
)


def _standing(session: Session, one: Round) -> Standing:
    """How the address fares after this round: well once it took anything."""
    given: dict[str, Any] = {"tenant": tenant_of(session), "id": one.webhook_id}
    if None in one.line.answers:
        if one.failures:
            session.execute(WELL, given)
        return Standing()
    error = one.line.answers[0] or ""
    if error == NOT_TRIED:
        return Standing()  # not even the first: that says nothing about the address
    wait = WAITS[min(one.failures, len(WAITS) - 1)]
    given |= {"error": error, "wait": wait, "most": PAUSED_AFTER, "seen": one.failures}
    paused = bool(session.execute(FAILING, given).scalar())
    if paused:
        record(session, WebhookPaused(at=app_now(session), webhook_id=one.webhook_id, error=error))
    return Standing(paused=paused, wait=wait)
