"""Calling those whom a miss calls, and taking their answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from shared.care.events import OccurrenceMissed
from shared.care.models import Escalation, Occurrence
from shared.children.models import Child
from shared.kernel.audit import audit
from shared.kernel.database import fetch, load, table_of
from shared.kernel.errors import N_, Conflict, NotFound
from shared.kernel.events import record
from shared.kernel.ids import new_id
from shared.people.rules import Actor

from . import queries, rules
from .callees import Callees
from .events import EscalationAnswered, EscalationDue, MissReportAnswered
from .rules import Level, Rung, Why


def call(session: Session, misses: Sequence[OccurrenceMissed], *, now: datetime) -> None:
    """Write the escalations that misses call; what is there already stays as it is.

    A promise may be missed after the one that followed it, when its record is voided: that one's run has grown too.
    The clocks of the answers run from now, that of a red child from the miss.
    """
    held = fetch(session, Occurrence, [event.occurrence_id for event in misses])
    held = [*held, *queries.missed_since(session, held)]
    children = fetch(session, Child, [missed.child_id for missed in held])
    callees, moments = Callees(session, now=now), {event.occurrence_id: event.at for event in misses}
    rows = [row for one in held for row in _called_by(session, one, moments.get(one.id, now), callees)]
    _write(session, rows, now=now)
    del held, children  # until here `load` finds them without asking


def call_head(session: Session, occurrence_id: UUID, *, now: datetime) -> None:
    """E1 lapsed unanswered: now the head hears of it, unless the head has heard already."""
    missed = load(session, Occurrence, occurrence_id)
    detail = {"running": queries.running_misses(session, missed)}
    rung = Rung(Level.E2, Why.UNANSWERED)
    _write(session, _rows(missed, rung, detail, Callees(session, now=now), missed_at=now), now=now)


def _called_by(session: Session, missed: Occurrence, at: datetime, callees: Callees) -> list[dict[str, Any]]:
    child = load(session, Child, missed.child_id) if missed.child_id else None
    running = queries.running_misses(session, missed)
    rungs = rules.levels(running=running, risk=child.risk_level if child else None, is_key=bool(child and child.is_key))
    detail: dict[str, Any] = {"running": running, "risk": child.risk_level if child else None}
    return [row for rung in rungs for row in _rows(missed, rung, detail, callees, missed_at=at)]


def _rows(
    missed: Occurrence, rung: Rung, detail: dict[str, Any], callees: Callees, *, missed_at: datetime
) -> list[dict[str, Any]]:
    """One row for each that a level calls: open, its clock the answer's, or waiting, its clock the sending's."""
    now, send_at = callees.now, missed_at + rung.after
    if send_at > now:
        clock: dict[str, Any] = {"state": "waiting", "stage": None, "send_at": send_at, "answer_by": None}
        clock["alert_at"] = send_at
    else:
        answer_by = now + rules.ANSWER_WITHIN if rung.level is Level.E1 else None
        clock = {"state": "open", "stage": "due", "send_at": now, "answer_by": answer_by, "alert_at": answer_by}
    same = {"tenant_id": missed.tenant_id, "occurrence_id": missed.id, "level": rung.level, "why": rung.why}
    return [
        same | clock | {"id": new_id(), "recipient_id": recipient_id, "superior_id": superior_id, "detail": detail}
        for recipient_id, superior_id in callees.of(missed, rung.level)
    ]


def _write(session: Session, rows: Sequence[dict[str, Any]], *, now: datetime) -> None:
    """Write those that are not there yet; it is the turn of whoever need not wait."""
    if not rows:
        return
    table = table_of(Escalation)
    new = (
        insert(table)
        .on_conflict_do_nothing()
        .returning(table.c.id, table.c.occurrence_id, table.c.level, table.c.state)
    )
    record(
        session,
        *(
            EscalationDue(at=now, escalation_id=row.id, occurrence_id=row.occurrence_id, level=row.level)
            for row in session.execute(new, rows)
            if row.state == "open"
        ),
    )


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
