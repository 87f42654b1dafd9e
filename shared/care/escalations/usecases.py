"""Calling those whom a miss calls, and taking their answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.care.models import Escalation, Occurrence
from shared.children.models import Child
from shared.kernel.audit import audit
from shared.kernel.database import load, tenant_of
from shared.kernel.errors import N_, Conflict, NotFound
from shared.kernel.events import record
from shared.kernel.ids import new_id
from shared.people.holders import leaders
from shared.people.rules import Actor

from . import queries, rules
from .events import EscalationAnswered, EscalationDue, MissReportAnswered
from .rules import Level, Rung, Why


def call(session: Session, occurrence_id: UUID, *, missed_at: datetime, now: datetime) -> None:
    """Write the escalations that a miss calls; what is there already stays as it is."""
    missed = load(session, Occurrence, occurrence_id)
    child = load(session, Child, missed.child_id) if missed.child_id else None
    running = queries.running_misses(session, missed)
    rungs = rules.levels(running=running, risk=child.risk_level if child else None, is_key=bool(child and child.is_key))
    detail: dict[str, Any] = {"running": running, "risk": child.risk_level if child else None}
    for rung in rungs:
        _call(session, missed, rung, detail, missed_at=missed_at, now=now)


def call_head(session: Session, occurrence_id: UUID, *, now: datetime) -> None:
    """E1 lapsed unanswered: now the head hears of it, unless the head has heard already."""
    missed = load(session, Occurrence, occurrence_id)
    detail = {"running": queries.running_misses(session, missed)}
    _call(session, missed, Rung(Level.E2, Why.UNANSWERED), detail, missed_at=now, now=now)


def _call(
    session: Session,
    missed: Occurrence,
    rung: Rung,
    detail: dict[str, Any],
    *,
    missed_at: datetime,
    now: datetime,
) -> None:
    for recipient_id, superior_id in _whom(session, missed, rung.level, now=now):
        waits = rung.after and missed_at + rung.after > now
        row = _row(missed, rung, missed_at=missed_at, now=now) | {
            "tenant_id": tenant_of(session),
            "id": new_id(),
            "recipient_id": recipient_id,
            "superior_id": superior_id,
            "detail": detail,
        }
        new = insert(Escalation).values(row).on_conflict_do_nothing().returning(Escalation.id)
        written = session.execute(new).scalar()
        if written and not waits:
            record(
                session,
                EscalationDue(at=now, escalation_id=written, occurrence_id=missed.id, level=rung.level),
            )


def _row(missed: Occurrence, rung: Rung, *, missed_at: datetime, now: datetime) -> dict[str, object]:
    """An open row whose clock is the answer's, or a waiting one whose clock is the sending's."""
    send_at = missed_at + rung.after
    row: dict[str, object] = {"occurrence_id": missed.id, "level": rung.level, "why": rung.why}
    if send_at > now:
        return row | {"state": "waiting", "send_at": send_at, "alert_at": send_at}
    answer_by = now + rules.ANSWER_WITHIN if rung.level is Level.E1 else None
    return row | {
        "state": "open",
        "stage": "due",
        "send_at": now,
        "answer_by": answer_by,
        "alert_at": answer_by,
    }


def _whom(
    session: Session, missed: Occurrence, level: Level, *, now: datetime
) -> list[tuple[UUID | None, UUID | None]]:
    """(member, superior organisation) pairs that a level calls."""
    if level is Level.E3:
        return [(None, superior) for superior in rules.superiors(*queries.superior_lines(session))]
    leading = leaders(session, now=now)
    if level is Level.E2:
        return [(rules.head(missed.doer_id, leading), None)]
    above = queries.heads_over(session, missed, now=now)
    return [(rules.unit_head(missed.doer_id, above, leading), None)]


def answer(
    session: Session, escalation_id: UUID, *, answer: str, note: str | None, by: Actor, now: datetime
) -> Escalation:
    """Say what was done about a miss (`answer`: seen, acted); a lapsed one can still be answered.

    The same person's other open calls about this miss are answered with it: nobody types a thing twice.
    Raises NotFound, NotAllowed, Conflict, Refused.
    """
    rules.check_answer(answer, note)
    row = load(session, Escalation, escalation_id, lock=True)
    rules.may_answer(by, recipient_id=row.recipient_id, superior_id=row.superior_id)
    if row.state not in ("open", "lapsed"):
        raise Conflict("escalation.answered", N_("已经答复过了。刷新页面可以看到答复。"))
    for each in [row, *_own_others(session, row)]:
        _close(each, answer, note, by_name=by.name, at=now)
        each.answered_by = by.membership_id
        along_with = None if each is row else row.id
        record(session, _answered(each, at=now, actor_id=by.person_id, along_with=along_with))
    audit(session, "escalation.answer", by=by.person_id, subject_kind="escalation", subject_id=row.id, level=row.level)
    return row


def _own_others(session: Session, row: Escalation) -> list[Escalation]:
    if row.recipient_id is None:
        return []
    wanted = select(Escalation).where(
        Escalation.occurrence_id == row.occurrence_id,
        Escalation.recipient_id == row.recipient_id,
        Escalation.id != row.id,
        Escalation.state.in_(("open", "lapsed")),
    )
    return list(session.scalars(wanted.with_for_update(key_share=True)))


def take_superiors_answer(session: Session, came_back: MissReportAnswered, *, by_name: str) -> None:
    """Enter what came back from the superior organisation; the second time changes nothing."""
    row = load(session, Escalation, came_back.escalation_id, lock=True)
    if row.superior_id is None or row.superior_id != came_back.by_tenant:
        raise NotFound("escalation.not_found")
    if row.state == "answered":
        return
    _close(row, came_back.answer, came_back.note, by_name=by_name, at=came_back.at)
    record(session, _answered(row, at=came_back.at, actor_id=None))


def _close(row: Escalation, answer: str, note: str | None, *, by_name: str, at: datetime) -> None:
    row.state, row.alert_at = "answered", None
    row.answer, row.note, row.answered_by_name, row.answered_at = answer, note, by_name, at


def _answered(
    row: Escalation, *, at: datetime, actor_id: UUID | None, along_with: UUID | None = None
) -> EscalationAnswered:
    return EscalationAnswered(
        at=at,
        actor_id=actor_id,
        escalation_id=row.id,
        occurrence_id=row.occurrence_id,
        level=row.level,
        along_with=along_with,
    )
