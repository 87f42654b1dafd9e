"""The smallest event and effect: shows that the way from a commit to its effect is open, and how long it is."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from .event_types import Event, event
from .reactions import reactor

ANSWERED = "probe.answered"
ANSWER = text(
    """
    INSERT INTO audit_entry (tenant_id, id, action, subject_kind, subject_id)
    VALUES (:tenant, hehu_uuid7(), :action, 'probe', :probe)
    """
)


@event("probe.sent", subject="probe_id")
class ProbeSent(Event):
    """Somebody asked whether reactions happen."""

    probe_id: UUID


@reactor("answer_probe")
def answer_probe(session: Session, sent: ProbeSent, *, now: datetime) -> None:
    """One row in the audit log; never prevented from coming twice, so that a fault test would see a repeat."""
    session.execute(ANSWER, {"tenant": session.info["tenant_id"], "action": ANSWERED, "probe": sent.probe_id})
