"""Reads about the addresses of other systems and what was sent to them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from shared.kernel.database import load

from .models import Delivery, Webhook
from .webhook_rules import host_of

SHOWN = 50


@dataclass(frozen=True)
class WebhookView:
    """An address as it is shown; `waiting` and `failed` count its deliveries."""

    id: UUID
    url: str
    host: str
    events: Sequence[str]
    state: str  # well, failing, paused, ended
    error: str | None
    created_at: datetime
    since: datetime | None  # paused or ended since
    waiting: int
    failed: int


def webhooks() -> Select[tuple[Webhook]]:
    """Those in use first, the latest first."""
    return select(Webhook).order_by(Webhook.ended_at.is_not(None), Webhook.created_at.desc(), Webhook.id)


def views(session: Session, rows: Sequence[Webhook]) -> list[WebhookView]:
    """The addresses with their counts."""
    counted = session.execute(
        select(Delivery.webhook_id, Delivery.state, func.count())
        .where(Delivery.webhook_id.in_([row.id for row in rows]), Delivery.state.in_(("queued", "sending", "failed")))
        .group_by(Delivery.webhook_id, Delivery.state)
    )
    counts: dict[UUID | None, Counter[str]] = defaultdict(Counter)
    for webhook, state, number in counted.tuples():
        counts[webhook][state] = number
    return [_view(row, counts[row.id]) for row in rows]


def _view(row: Webhook, counts: Counter[str]) -> WebhookView:
    state = "ended" if row.ended_at else "paused" if row.paused_at else "failing" if row.failures else "well"
    return WebhookView(
        id=row.id,
        url=row.url,
        host=host_of(row.url),
        events=row.events,
        state=state,
        error=row.error,
        created_at=row.created_at,
        since=row.ended_at or row.paused_at,
        waiting=counts["queued"] + counts["sending"],
        failed=counts["failed"],
    )


def view(session: Session, webhook_id: UUID) -> WebhookView:
    """One address.  Raises NotFound."""
    (found,) = views(session, [load(session, Webhook, webhook_id)])
    return found


def letters(session: Session, webhook_id: UUID) -> Sequence[Delivery]:
    """The latest deliveries to one address."""
    wanted = select(Delivery).where(Delivery.webhook_id == webhook_id).order_by(Delivery.id.desc()).limit(SHOWN)
    return session.scalars(wanted).all()
