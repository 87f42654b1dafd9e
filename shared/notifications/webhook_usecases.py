"""Addresses of other systems: registered with a secret that is shown once, tried, resumed, ended."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from shared.kernel.audit import audit
from shared.kernel.crypto import FieldCrypto
from shared.kernel.database import load
from shared.kernel.errors import N_, Conflict
from shared.kernel.events import record
from shared.kernel.ids import new_id
from shared.people.rules import Actor, Right, require

from .events import WebhookQueued, WebhookTried
from .models import Delivery, Webhook
from .webhook_rules import MOST_WEBHOOKS, SECRET_PLACE, TOLD, check_url

RANDOM_BYTES = 32
PREFIX = "whsec_"
AT_ONCE = 100  # deliveries in one event
ENDED = "webhook.ended"


def register(session: Session, *, url: str, events: Collection[str], by: Actor) -> tuple[Webhook, str]:
    """A new address and its secret, which is shown this once.  Raises NotAllowed, Invalid at `url`, Conflict."""
    require(by, Right.API_KEY_WRITE)
    url = check_url(url, local=session.info["settings"].webhook_local)
    if (session.scalar(select(func.count()).where(Webhook.ended_at.is_(None))) or 0) >= MOST_WEBHOOKS:
        raise Conflict("webhook.too_many", N_("推送地址最多 10 个，请先停用不用的。"))
    crypto: FieldCrypto = session.info["crypto"]
    secret, id = PREFIX + base64.b64encode(secrets.token_bytes(RANDOM_BYTES)).decode(), new_id()
    row = Webhook(
        id=id,
        url=url,
        secret=crypto.encrypt(secret, place=SECRET_PLACE, row=id),
        events=[name for name in TOLD if name in events],
        created_by=by.person_id,
    )
    session.add(row)
    session.flush()
    audit(session, "webhook.register", by=by.person_id, subject_kind="webhook", subject_id=id, events=row.events)
    return row, secret


def end(session: Session, webhook_id: UUID, *, by: Actor, now: datetime) -> Webhook:
    """End it for good; what still waits for it has failed.  Raises NotAllowed, NotFound, Conflict."""
    row = _living(session, webhook_id, by=by)
    row.ended_at = now
    session.execute(
        update(Delivery)
        .where(Delivery.webhook_id == row.id, Delivery.state == "queued")
        .values(state="failed", error=ENDED, state_at=func.now())
    )
    audit(session, "webhook.end", by=by.person_id, subject_kind="webhook", subject_id=row.id)
    return row


def resume(session: Session, webhook_id: UUID, *, by: Actor, now: datetime) -> int:
    """Post again: what waited, and what had failed.  Returns how many.  Raises NotAllowed, NotFound, Conflict.

    The lock on the address keeps out whoever is just leaving deliveries to its next resumption.
    """
    row = _living(session, webhook_id, by=by)
    row.paused_at, row.retry_at, row.failures, row.error = None, None, 0, None
    waiting = (
        update(Delivery)
        .where(Delivery.webhook_id == row.id, Delivery.state.in_(("queued", "failed")))
        .values(state="queued", attempts=0, state_at=func.now())
        .returning(Delivery.id)
    )
    ids = sorted(session.scalars(waiting))
    _queue(session, row, ids, by=by, now=now)
    audit(session, "webhook.resume", by=by.person_id, subject_kind="webhook", subject_id=row.id, waiting=len(ids))
    return len(ids)


def try_out(session: Session, webhook_id: UUID, *, by: Actor, now: datetime) -> Delivery:
    """Send a trial letter.  Raises NotAllowed, NotFound, Conflict for one that ended or is paused."""
    row = _living(session, webhook_id, by=by)
    if row.paused_at is not None:
        raise Conflict("webhook.paused", N_("推送已暂停，请先恢复。"))
    event = WebhookTried(at=now, actor_id=by.person_id, webhook_id=row.id)
    record(session, event)
    letter = Delivery(
        id=new_id(), event_id=event.id, webhook_id=row.id, channel="webhook", kind=event.name, params={}, state_at=now
    )
    session.add(letter)
    _queue(session, row, [letter.id], by=by, now=now)
    return letter


def _queue(session: Session, row: Webhook, ids: Sequence[UUID], *, by: Actor, now: datetime) -> None:
    for start in range(0, len(ids), AT_ONCE):
        some = tuple(ids[start : start + AT_ONCE])
        record(session, WebhookQueued(at=now, actor_id=by.person_id, webhook_id=row.id, delivery_ids=some))


def _living(session: Session, webhook_id: UUID, *, by: Actor) -> Webhook:
    require(by, Right.API_KEY_WRITE)
    row = load(session, Webhook, webhook_id, lock=True)
    if row.ended_at is not None:
        raise Conflict("webhook.ended", N_("这个推送地址已经停用。"))
    return row
