"""What follows by itself: a miss calls people, silence calls the head, a third miss goes up, an answer comes back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.care.events import OccurrenceMissed
from shared.care.models import Escalation, Occurrence
from shared.kernel.database import load, tenant_of
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


@reactor("care.report_miss_up")
def report_miss_up(session: Session, event: EscalationDue, *, now: datetime) -> None:
    """E3: a copied message of codes and counts to the superior organisation, once."""
    row = load(session, Escalation, event.escalation_id, lock=True)
    if row.copy_id is not None or row.superior_id is None:
        return
    about = load(session, Occurrence, row.occurrence_id)
    message = MissReported(
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
    row.copy_id = send_copy(session, row.superior_id, message)


@reactor("care.take_miss_answer")
def take_miss_answer(session: Session, event: MissReportAnswered, *, now: datetime) -> None:
    """The superior's answer closes E3; it stands under the organisation's name."""
    name = session.scalars(select(Organisation.name).where(Organisation.id == event.by_tenant)).one()
    usecases.take_superiors_answer(session, event, by_name=name)
