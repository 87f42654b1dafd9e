"""Who hears of what: each event's lines for the inboxes.  One function an event; the table stands at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.care.escalations.events import EscalationAnswered, EscalationDue, MissReported
from shared.care.escalations.queries import recipients
from shared.care.escalations.rules import Level
from shared.care.events import OccurrenceDueSoon, OccurrenceMissed, OccurrenceOverdue, PlanActivated
from shared.care.models import Assignment, Escalation, Occurrence, Plan, PlanItem
from shared.children.events import RosterConfirmed
from shared.children.models import RosterImport
from shared.incidents.events import IncidentOpened, IncidentReported, IncidentStepBreached
from shared.incidents.models import Incident, IncidentStep
from shared.incidents.rules import TRUSTED, StepState
from shared.kernel.database import TenantRow, fetch, load
from shared.kernel.event_types import Event
from shared.people.holders import holders, leaders
from shared.people.models import Membership
from shared.people.rules import RIGHTS, Right, Role

from .events import WebhookPaused
from .models import Webhook
from .webhook_rules import host_of


@dataclass(frozen=True)
class Line:
    """One notice to write.  `params`: ids, codes and times; `link`: the place within the organisation's pages."""

    recipient_id: UUID
    kind: str
    params: dict[str, Any] = field(default_factory=dict)
    link: str | None = None
    escalation_id: UUID | None = None


Lines = list[Line]


def of(session: Session, event: Event, *, now: datetime) -> Lines:
    """Everybody who hears of this event, each once; whoever has left the organisation does not."""
    found = ADDRESSEES[type(event)](session, event, now)
    return list({(line.recipient_id, line.kind): line for line in found}.values())


SPOKEN_OF: dict[str, type[TenantRow]] = {
    "occurrence_id": Occurrence,
    "escalation_id": Escalation,
    "incident_id": Incident,
}


def spoken_of(session: Session, events: Sequence[Event]) -> list[TenantRow]:
    """The rows that events speak of, one statement a table; to be held while asking `of`."""
    return [
        row
        for name, model in SPOKEN_OF.items()
        for row in fetch(session, model, {getattr(event, name, None) for event in events})
    ]


def _about(row: Occurrence, **more: Any) -> dict[str, Any]:
    ids = {"child_id": row.child_id, "unit_id": row.unit_id, "doer_id": row.doer_id}
    return {name: str(one) for name, one in ids.items() if one} | {
        "kind": row.kind,
        "from": row.window_start.isoformat(),
        "until": row.window_end.isoformat(),
        "due_at": row.due_at.isoformat(),
        **more,
    }


def _reminder(session: Session, event: OccurrenceDueSoon | OccurrenceOverdue, _now: datetime) -> Lines:
    """The doer, unless it was done in the meantime."""
    row = load(session, Occurrence, event.occurrence_id)
    if row.doer_id is None or row.state != "open":
        return []
    return [Line(row.doer_id, event.name, _about(row), f"records/new?occurrence={row.id}")]


def _missed(session: Session, event: OccurrenceMissed, _now: datetime) -> Lines:
    """The doer; unit head and head hear by their own calls."""
    row = load(session, Occurrence, event.occurrence_id)
    return [Line(row.doer_id, event.name, _about(row), f"misses/{row.id}")] if row.doer_id else []


def _called(session: Session, event: EscalationDue, _now: datetime) -> Lines:
    """Whoever must answer; one person who is called twice at once hears of it once, by the higher call."""
    call = load(session, Escalation, event.escalation_id)
    if call.recipient_id is None or (event.level == Level.E1 and _called_higher(session, call)):
        return []
    row = load(session, Occurrence, call.occurrence_id)
    params = _about(row, why=call.why)
    return [Line(call.recipient_id, f"missed.{call.level}", params, f"misses/{row.id}", call.id)]


def _called_higher(session: Session, call: Escalation) -> bool:
    same = select(Escalation.id).where(
        Escalation.occurrence_id == call.occurrence_id,
        Escalation.recipient_id == call.recipient_id,
        Escalation.level == Level.E2,
    )
    return session.scalar(same) is not None


def _answered(session: Session, event: EscalationAnswered, _now: datetime) -> Lines:
    """The doer and everybody else who was called; not the person who wrote it."""
    call = load(session, Escalation, event.escalation_id)
    if event.along_with is not None:
        return []
    row = load(session, Occurrence, call.occurrence_id)
    waiting = {row.doer_id, *recipients(session, row.id)} - {None, call.answered_by}
    params = _about(row, answer=call.answer)
    return [Line(one, event.name, params, f"misses/{row.id}", call.id) for one in waiting if one]


def _from_below(session: Session, event: MissReported | IncidentReported, now: datetime) -> Lines:
    """Those of a superior organisation who answer what comes up."""
    params = {name: value for name, value in event.payload().items() if name in SHOWN_FROM_BELOW}
    answering = holders(session, sorted(RIGHTS[Right.COPY_ANSWER]), now=now)
    return [Line(one, event.name, params, f"inbox/messages/{event.id}") for one in answering]


SHOWN_FROM_BELOW = ("from_tenant", "kind", "running", "why", "category", "known_at", "due_at")


def _incident(session: Session, event: IncidentOpened, now: datetime) -> Lines:
    """Step owners and head; of a protective matter head and administrator alone."""
    incident = load(session, Incident, event.incident_id)
    kind = "incident.protective" if incident.protective else event.name
    params = {"category": incident.category, "known_at": incident.known_at.isoformat()}
    owners = session.scalars(
        select(IncidentStep.owner_id).where(
            IncidentStep.incident_id == incident.id, IncidentStep.state == StepState.OPEN
        )
    )
    told = _duty_holders(session, incident, owners, now=now)
    return [Line(one, kind, params, f"incidents/{incident.id}") for one in told]


def _breached(session: Session, event: IncidentStepBreached, now: datetime) -> Lines:
    """Head, the owner, and the owners of the next duties; nothing where it was done meanwhile."""
    incident = load(session, Incident, event.incident_id)
    steps = session.scalars(select(IncidentStep).where(IncidentStep.incident_id == incident.id)).all()
    breached = next(step for step in steps if step.id == event.step_id)
    if breached.state != StepState.OPEN:
        return []
    later = [step.number for step in steps if step.number > breached.number]
    owners = [step.owner_id for step in steps if step is breached or (later and step.number == min(later))]
    kind = "incident.protective_breached" if incident.protective else event.name
    told = _duty_holders(session, incident, owners, now=now)
    return [Line(one, kind, {"tell": event.tell}, f"incidents/{incident.id}") for one in told]


def _duty_holders(session: Session, incident: Incident, owners: Iterable[UUID | None], *, now: datetime) -> set[UUID]:
    if incident.protective:
        return set(holders(session, TRUSTED, now=now))
    heads = holders(session, (Role.HEAD,), now=now) or leaders(session, now=now)
    return {*heads, *(owner for owner in owners if owner)}


def reporter(session: Session, event: Event) -> UUID | None:
    """The member who did what the event tells of: needs no message about it."""
    if event.actor_id is None:
        return None
    return session.scalar(select(Membership.id).where(Membership.person_id == event.actor_id))


def _doers_of_plan(session: Session, event: PlanActivated, now: datetime) -> Lines:
    """Whoever stands in a role that the plan names, by office or by pairing."""
    roles = select(PlanItem.doer_role).where(PlanItem.id.in_(event.item_ids), PlanItem.doer_role.is_not(None))
    wanted = [Role(role) for role in session.scalars(roles.distinct()) if role]
    paired = session.scalars(
        select(Assignment.membership_id).where(Assignment.role.in_(wanted), Assignment.until_on.is_(None)).distinct()
    ).all()
    plan = load(session, Plan, event.plan_id)
    told = dict.fromkeys([*holders(session, wanted, now=now), *paired])
    return [Line(one, event.name, {"plan": plan.title}, f"plans/{plan.id}") for one in told]


def _leaders_of_roll(session: Session, event: RosterConfirmed, now: datetime) -> Lines:
    """Whoever leads, but the person who took it in."""
    counts = load(session, RosterImport, event.import_id).counts
    params = {name: counts.get(name, 0) for name in ("new", "updated")}
    told = [one for one in leaders(session, now=now) if one != reporter(session, event)]
    return [Line(one, event.name, params, f"imports/{event.import_id}") for one in told]


def _keepers_of_webhook(session: Session, event: WebhookPaused, now: datetime) -> Lines:
    """Whoever may resume it."""
    row = load(session, Webhook, event.webhook_id)
    told = holders(session, sorted(RIGHTS[Right.API_KEY_WRITE]), now=now)
    return [Line(one, event.name, {"host": host_of(row.url)}, f"webhooks/{row.id}") for one in told]


Addressing = Callable[[Session, Any, datetime], Lines]
ADDRESSEES: dict[type[Event], Addressing] = {
    OccurrenceDueSoon: _reminder,
    OccurrenceOverdue: _reminder,
    OccurrenceMissed: _missed,
    EscalationDue: _called,
    EscalationAnswered: _answered,
    MissReported: _from_below,
    IncidentOpened: _incident,
    IncidentStepBreached: _breached,
    IncidentReported: _from_below,
    PlanActivated: _doers_of_plan,
    RosterConfirmed: _leaders_of_roll,
    WebhookPaused: _keepers_of_webhook,
}
