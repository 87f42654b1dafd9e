"""What people do with notices, deliveries and letters from supervised organisations."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from shared.care.escalations.events import MissReportAnswered
from shared.care.escalations.rules import check_answer
from shared.incidents.events import IncidentReceived
from shared.kernel.audit import audit
from shared.kernel.database import load, tenant_of
from shared.kernel.errors import N_, Conflict, NotFound
from shared.kernel.event_types import Event
from shared.kernel.events import record, send_copy
from shared.kernel.ids import derived_id
from shared.people.rules import Actor, Right, require

from . import queries
from .events import CopiedMessageAnswered, DeliveryQueued
from .models import CopiedMessage, Delivery, Notice


def read(session: Session, notice_id: UUID, *, by: Actor, now: datetime) -> Notice:
    """Mark one of the actor's own notices read; the first time stays.  Raises NotFound."""
    wanted = select(Notice).where(Notice.id == notice_id, Notice.recipient_id == by.membership_id)
    notice = session.scalars(wanted).one_or_none()
    if notice is None:
        raise NotFound("notice.not_found")
    notice.read_at = notice.read_at or now
    return notice


def read_about(session: Session, link: str, *, by: Actor, now: datetime) -> None:
    """The actor has opened the page that these notices lead to."""
    mine = update(Notice).where(Notice.recipient_id == by.membership_id, Notice.link == link)
    session.execute(mine.where(Notice.read_at.is_(None)).values(read_at=now))


def unread(session: Session, notice_id: UUID, *, by: Actor) -> None:
    """Put a notice back among the unread ones.  Raises NotFound."""
    wanted = update(Notice).where(Notice.id == notice_id, Notice.recipient_id == by.membership_id)
    if session.execute(wanted.values(read_at=None).returning(Notice.id)).first() is None:
        raise NotFound("notice.not_found")


def read_all(session: Session, *, by: Actor, now: datetime) -> int:
    """Mark all of the actor's notices read; returns how many were not."""
    mine = update(Notice).where(Notice.recipient_id == by.membership_id, Notice.read_at.is_(None))
    return len(session.execute(mine.values(read_at=now).returning(Notice.id)).all())


def resend(session: Session, delivery_id: UUID, *, by: Actor, now: datetime) -> Delivery:
    """Send a failed or lost message again, with the same id.  Raises NotFound, NotAllowed, Conflict."""
    require(by, Right.DELIVERY_READ)
    row = session.scalars(
        select(Delivery)
        .where(Delivery.id == delivery_id, queries.visible_deliveries(by))
        .with_for_update(key_share=True)
    ).one_or_none()
    if row is None:
        raise NotFound("delivery.not_found")
    if row.state not in ("failed", "unknown"):
        raise Conflict("delivery.not_failed", N_("这条短信没有失败，不用重发。"))
    row.state, row.attempts, row.error, row.state_at = "queued", 0, None, now
    audit(session, "delivery.resend", by=by.person_id, subject_kind="delivery", subject_id=row.id)
    record(session, DeliveryQueued(at=now, actor_id=by.person_id, delivery_id=row.id, alarm=row.urgent))
    return row


def answer_message(
    session: Session, message_id: UUID, *, answer: str, note: str | None, by: Actor, now: datetime
) -> CopiedMessage:
    """Answer what a supervised organisation sent up; the answer goes back as a copied message.

    The note is about what this organisation did; it knows no child.  Raises NotFound, NotAllowed, Conflict, Refused.
    """
    require(by, Right.COPY_ANSWER)
    row = load(session, CopiedMessage, message_id, lock=True)
    check_answer(answer, note, crosses=True)
    if row.state != "open":
        raise Conflict("copied_message.answered", N_("已经有同事答复过了。刷新页面可以看到答复。"))
    row.state, row.answer, row.note = "answered", answer, note
    row.answered_by, row.answered_at = by.membership_id, now
    audit(session, "copied_message.answer", by=by.person_id, subject_kind="copied_message", subject_id=row.id)
    record(session, CopiedMessageAnswered(at=now, actor_id=by.person_id, message_id=row.id, kind=row.kind))
    send_copy(session, (row.from_tenant, _answer_back(row, own=tenant_of(session), now=now)))
    return row


def _answer_back(row: CopiedMessage, *, own: UUID, now: datetime) -> Event:
    assert row.answer is not None
    id = derived_id(row.id, "answer")
    if row.kind == "incident":
        return IncidentReceived(id=id, at=now, step_id=row.source_id, by_tenant=own)
    return MissReportAnswered(
        id=id, at=now, escalation_id=row.source_id, by_tenant=own, answer=row.answer, note=row.note
    )
