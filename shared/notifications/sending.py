"""The life of a delivery: queued → sending → sent, or failed, or unknown.

1. `sending` is committed before the gateway is called, in a short transaction of its own.
2. The call holds no transaction open but the reaction's.
3. The answer is committed in a second short transaction: `sent`, `failed` for good, or `queued` again for later.
4. Whoever finds `sending` follows a crash in the call.  Nobody knows whether the message left: an ordinary one becomes
   `unknown` (at most once), an alarm is sent again with the same id (at least once).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.kernel.database import Database, fetch, load, tenant_of
from shared.kernel.events import record
from shared.people.models import Membership, Person

from .events import DeliveryGivenUp
from .gateways import chosen
from .gateways.port import DeliveryFailed, Gateway, Message
from .kinds import SMS_TEXT
from .models import Delivery

MOST_CALLS = 5
NO_GATEWAY = "gateway.none"


class TryLater(Exception):
    """The gateway could not take it now; the reaction's back-off says when to try again."""


def send(session: Session, delivery_ids: Sequence[UUID], *, now: datetime) -> None:
    """Hand deliveries to their gateway, one after the other; where there is none, say so of all of them.

    Raises TryLater, and whatever a gateway raises that nobody foresaw; those before it have been handed over.
    """
    house, tenant, gateway = session.info["app"], tenant_of(session), gateway_of(session)
    if gateway is None:
        with house.transaction(tenant) as short:
            waiting = [row for row in fetch(short, Delivery, delivery_ids, lock=True) if _waits(row, now=now)]
            _give_up(short, waiting, NO_GATEWAY, now=now)
        return
    for delivery_id in delivery_ids:
        _send(house, tenant, gateway, delivery_id, now=now)


def _send(house: Database, tenant: UUID, gateway: Gateway, delivery_id: UUID, *, now: datetime) -> None:
    with house.transaction(tenant) as short:
        message = _start(short, delivery_id, now=now)
    if message is None:
        return
    try:
        taken, refused = gateway.send(message), None
    except DeliveryFailed as no:
        taken, refused = None, no
    with house.transaction(tenant) as short:
        row = load(short, Delivery, delivery_id, lock=True)
        _finish(short, row, taken, refused, now=now)
        again = row.state == "queued"
    if again:
        raise TryLater(str(refused))


def gateway_of(session: Session) -> Gateway | None:
    """The gateway of the settings; a test or a vendor's own may stand in `info`."""
    given: Gateway | None = session.info.get("sms_gateway")
    return given or chosen.sms(session.info["settings"])


def _start(short: Session, delivery_id: UUID, *, now: datetime) -> Message | None:
    """What to hand over; None where there is nothing to do any more."""
    row = load(short, Delivery, delivery_id, lock=True)
    if not _waits(row, now=now):
        return None
    _set(row, "sending", now=now)
    row.attempts += 1
    number = short.scalars(
        select(Person.phone)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.id == row.recipient_id)
    ).one()
    return Message(id=row.id, to=number, text=SMS_TEXT)


def _waits(row: Delivery, *, now: datetime) -> bool:
    """Whether it is to be handed over; an ordinary one that a crash left in the call no more."""
    if row.state == "sending" and not row.urgent:
        _set(row, "unknown", now=now, error="crash")
    return row.state in ("queued", "sending")


def _finish(short: Session, row: Delivery, taken: str | None, refused: DeliveryFailed | None, *, now: datetime) -> None:
    if refused is None:
        row.gateway_id = taken
        _set(row, "sent", now=now)
    elif refused.permanent or row.attempts >= MOST_CALLS:
        _give_up(short, [row], refused.reason, now=now)
    else:
        _set(row, "queued", now=now, error=refused.reason)


def _give_up(short: Session, rows: Sequence[Delivery], reason: str, *, now: datetime) -> None:
    for row in rows:
        _set(row, "failed", now=now, error=reason)
    record(short, *(DeliveryGivenUp(at=now, delivery_id=row.id, reason=reason) for row in rows))


def _set(row: Delivery, state: str, *, now: datetime, error: str | None = None) -> None:
    row.state, row.state_at, row.error = state, now, error
