"""What follows by itself: a miss calls people, silence calls the head, a third miss goes up, an answer comes back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.care.events import OccurrenceMissed
from shared.care.models import Escalation, Occurrence
from shared.kernel.database import fetch, tenant_of
from shared.kernel.events import send_copy
from shared.kernel.ids import derived_id
from shared.kernel.reactions import reactor
from shared.organisations.models import Organisation

from . import usecases
from .events import EscalationDue, EscalationLapsed, MissReportAnswered, MissReported


@reactor("care.escalate", once_per_batch=True)
def escalate(session: Session, events: Sequence[OccurrenceMissed], *, now: datetime) -> None:
    """Call whom the misses call."""
    usecases.call(session, events, now=now)


@reactor("care.escalate_unanswered")
def escalate_unanswered(session: Session, event: EscalationLapsed, *, now: datetime) -> None:
    """E1 lapsed: E2."""
    usecases.call_head(session, event.occurrence_id, now=now)


@reactor("care.report_miss_up", once_per_batch=True)
def report_miss_up(session: Session, events: Sequence[EscalationDue], *, now: datetime) -> None:
    """E3: a copied message of codes and counts to the superior organisation, once."""
    calls = fetch(session, Escalation, [event.escalation_id for event in events], lock=True)
    missed = {one.id: one for one in fetch(session, Occurrence, [call.occurrence_id for call in calls])}
    up = [(row, row.superior_id) for row in calls if row.copy_id is None and row.superior_id]
    messages = [(superior, _report(session, row, missed[row.occurrence_id], now=now)) for row, superior in up]
    for (row, _), copy_id in zip(up, send_copy(session, *messages), strict=True):
        row.copy_id = copy_id


def _report(session: Session, row: Escalation, about: Occurrence, *, now: datetime) -> MissReported:
    return MissReported(
        id=derived_id(row.id, MissReported.name),
        at=now,
        escalation_id=row.id,
        from_tenant=tenant_of(session),
        kind=about.kind,
        subject_kind=about.subject_kind,
        running=row.detail.get("running", 1),
        risk_level=row.detail.get("risk"),
        why=row.why,
        window_start=about.window_start,
        window_end=about.window_end,
    )


@reactor("care.take_miss_answer")
def take_miss_answer(session: Session, event: MissReportAnswered, *, now: datetime) -> None:
    """The superior's answer closes E3; it stands under the organisation's name."""
    name = session.scalars(select(Organisation.name).where(Organisation.id == event.by_tenant)).one()
    usecases.take_superiors_answer(session, event, by_name=name)
