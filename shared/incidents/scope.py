"""Which incidents somebody may see (model part 7); the others do not exist for them."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select, true
from sqlalchemy.orm import Session

from shared.children.models import Child
from shared.children.queries import visible_children
from shared.kernel.errors import NotFound
from shared.people.rules import Actor

from . import rules
from .models import Incident, IncidentChild, IncidentStep


def visible(actor: Actor) -> ColumnElement[bool]:
    """Own reports; protective ones for head and administrator; of the others all, or those one has to do with."""
    own = Incident.reporter_id == actor.membership_id if actor.membership_id is not None else false()
    protective = true() if rules.sees_protective(actor) else false()
    return or_(own, and_(Incident.protective, protective), and_(Incident.protective.is_(False), _everyday(actor)))


def _everyday(actor: Actor) -> ColumnElement[bool]:
    if rules.sees_all(actor):
        return true()
    owned = select(IncidentStep.incident_id).where(IncidentStep.owner_id == actor.membership_id)
    about = (
        select(IncidentChild.incident_id)
        .join(Child, and_(Child.tenant_id == IncidentChild.tenant_id, Child.id == IncidentChild.child_id))
        .where(visible_children(actor))
    )
    return or_(Incident.id.in_(owned), Incident.id.in_(about))


def incident(session: Session, incident_id: UUID, actor: Actor, *, lock: bool = False) -> Incident:
    """One incident.  Raises NotFound where the actor does not see it."""
    wanted = select(Incident).where(Incident.id == incident_id, visible(actor))
    if lock:
        wanted = wanted.with_for_update(key_share=True).execution_options(populate_existing=True)
    found = session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound("incident.not_found")
    return found


def step(session: Session, of: Incident, step_id: UUID) -> IncidentStep:
    """A locked step of this incident.  Raises NotFound."""
    found = _locked(session, IncidentStep.id == step_id, IncidentStep.incident_id == of.id)
    if found is None:
        raise NotFound("incident_step.not_found")
    return found


def step_to(session: Session, step_id: UUID, superior_id: UUID) -> IncidentStep | None:
    """The locked step that this organisation was to be told in."""
    return _locked(session, IncidentStep.id == step_id, IncidentStep.superior_id == superior_id)


def _locked(session: Session, *which: ColumnElement[bool]) -> IncidentStep | None:
    wanted = select(IncidentStep).where(*which).with_for_update(key_share=True)
    return session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
