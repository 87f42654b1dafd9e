"""Turning the ladder of an organisation's kind into the timed duties of one incident."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.children.models import Child
from shared.kernel.database import tenant_of
from shared.organisations.models import Organisation, Supervision, Unit
from shared.people.holders import LEADERS, holder_in_unit, holders
from shared.people.rules import Role

from . import rules
from .ladders import LINE_OF, OF_THE_FAMILY, Duty
from .models import Incident, IncidentStep
from .rules import StepState


def steps_of(
    session: Session, incident: Incident, ladder: Sequence[Duty], children: Sequence[Child], *, now: datetime
) -> Iterator[IncidentStep]:
    """One row for each recipient: each child's guardian, each child's parents, each authority."""
    leading = holders(session, rules.TRUSTED if incident.protective else LEADERS, now=now)
    carers = _carers(session, ladder, children, now=now)
    superiors = _superiors(session)
    for duty in ladder:
        for child in children if duty.tell in OF_THE_FAMILY else (None,):
            wanted = carers.get(child.id) if child else None
            owner_id = rules.owner([None if incident.protective else wanted], leading, incident.reporter_id)
            yield _step(incident, duty, child, owner_id, superiors.get(LINE_OF.get(duty.tell, "")))


def _step(
    incident: Incident, duty: Duty, child: Child | None, owner_id: UUID | None, superior_id: UUID | None
) -> IncidentStep:
    """Until the head names whom it concerns, a protective matter leaves the family out: the suspect may be there."""
    excluded = incident.protective and duty.tell in OF_THE_FAMILY
    due_at = incident.known_at + duty.within
    return IncidentStep(
        incident_id=incident.id,
        number=duty.number,
        tell=duty.tell,
        child_id=child.id if child else None,
        superior_id=superior_id,
        owner_id=owner_id,
        owner_role=duty.owner,
        due_at=due_at,
        breach_at=due_at,
        alert_at=None if excluded else due_at,
        state=StepState.EXCLUDED if excluded else StepState.OPEN,
    )


def _carers(
    session: Session, ladder: Sequence[Duty], children: Sequence[Child], *, now: datetime
) -> dict[UUID, UUID | None]:
    """Who sees to the family of each child: the class teacher of its class, or the one child director."""
    role = next(duty.owner for duty in ladder if duty.tell in OF_THE_FAMILY)
    if role is not Role.CLASS_TEACHER:
        everywhere = next(iter(holders(session, (role,), now=now)), None)
        return {child.id: everywhere for child in children}
    units = {child.unit_id for child in children if child.unit_id}
    heads = dict(session.execute(select(Unit.id, Unit.head_id).where(Unit.id.in_(units))).tuples().all())
    found = {unit: heads.get(unit) or holder_in_unit(session, role, unit, now=now) for unit in units}
    return {child.id: found.get(child.unit_id) if child.unit_id else None for child in children}


def _superiors(session: Session) -> dict[str, UUID]:
    """Matter → the organisation that supervises the bound one in it."""
    rows = session.execute(
        select(Supervision.line, Supervision.superior_id)
        .join(Organisation, Organisation.id == Supervision.superior_id)
        .where(Supervision.subordinate_id == tenant_of(session), Organisation.status == "active")
        .order_by(Organisation.slug.desc())
    )
    return dict(rows.tuples().all())
