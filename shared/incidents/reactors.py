"""What follows by itself: the authorities on the site get a copied message at once, and their receipt comes back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.kernel.database import load, tenant_of
from shared.kernel.events import send_copy
from shared.kernel.ids import derived_id
from shared.kernel.reactions import reactor

from . import usecases
from .events import IncidentOpened, IncidentReceived, IncidentReported
from .models import Incident, IncidentChild, IncidentStep


@reactor("incidents.report_incident_up", queue="alarm")
def report_incident_up(session: Session, event: IncidentOpened, *, now: datetime) -> None:
    """One message to each authority that is on the site; it is a notice and completes no step."""
    incident = load(session, Incident, event.incident_id)
    steps = session.scalars(
        select(IncidentStep)
        .where(IncidentStep.incident_id == incident.id)
        .where(IncidentStep.superior_id.is_not(None), IncidentStep.copy_id.is_(None))
        .order_by(IncidentStep.id)
        .with_for_update(key_share=True)
    ).all()
    children = session.scalar(
        select(func.count()).select_from(IncidentChild).where(IncidentChild.incident_id == incident.id)
    )
    for step in steps:
        assert step.superior_id is not None
        message = IncidentReported(
            id=derived_id(step.id, IncidentReported.name),
            at=now,
            step_id=step.id,
            from_tenant=tenant_of(session),
            category=incident.category,
            children=children or 0,
            known_at=incident.known_at,
            due_at=step.due_at,
        )
        [step.copy_id] = send_copy(session, (step.superior_id, message))


@reactor("incidents.take_incident_receipt", queue="alarm")
def take_incident_receipt(session: Session, event: IncidentReceived, *, now: datetime) -> None:
    """The recipient's own confirmation closes its step alone."""
    usecases.take_receipt(session, event.step_id, by_tenant=event.by_tenant, at=event.at)
