"""Opening an incident, telling those who must be told, and closing it.

First cut of the protective exclusion: a matter in which a guardian, a carer or a member of staff may be the suspect
is visible to head, administrator and reporter alone, their notices included, and its family steps wait; naming whom
to leave out, and the ladders of the police and of mandatory reports, come with a later issue.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.children.models import Child
from shared.kernel.audit import audit
from shared.kernel.errors import N_, Conflict, Refused
from shared.kernel.events import record
from shared.kernel.ids import new_id
from shared.people.rules import Actor, Right, require

from . import duties, ladders, rules, scope
from .events import IncidentClosed, IncidentOpened, IncidentStepDone
from .models import ContactAttempt, Incident, IncidentChild, IncidentStep
from .rules import PROTECTIVE, Category, Report, StepState, Told


def open_incident(session: Session, report: Report, *, by: Actor, now: datetime) -> Incident:
    """Report what happened; the clocks of all duties run from `known_at` (now, if not said), side by side.

    Raises NotAllowed, Refused (names, times), Conflict where the organisation has no ladder.
    """
    require(by, Right.INCIDENT_WRITE)
    ladder = _ladder(by.organisation_kind)
    known_at = report.known_at or now
    rules.check_times(known_at=known_at, occurred_at=report.occurred_at, now=now)
    children = _children(session, report.child_ids, rules.names_in(report.names))
    incident = Incident(
        id=new_id(),
        category=report.category,
        account=report.account,
        place=report.place,
        known_at=known_at,
        occurred_at=report.occurred_at,
        reporter_id=by.membership_id,
        protective=Category(report.category) in PROTECTIVE,
        ladder=ladders.frozen(ladder),
    )
    _write(session, incident, ladder, children, by=by, now=now)
    return incident


def _ladder(kind: str) -> tuple[ladders.Duty, ...]:
    """A bureau opens no ladder of its own (model part 5)."""
    ladder = ladders.LADDERS.get(kind)
    if ladder is None:
        said = N_("请打电话告诉孩子所在的学校或村（社区），由他们登记；情况紧急先拨打 110。")
        raise Conflict("incident.no_ladder", said)
    return ladder


def _write(
    session: Session,
    incident: Incident,
    ladder: Sequence[ladders.Duty],
    children: Sequence[Child],
    *,
    by: Actor,
    now: datetime,
) -> None:
    session.add(incident)
    session.flush()
    session.add_all(IncidentChild(incident_id=incident.id, child_id=child.id) for child in children)
    session.add_all(duties.steps_of(session, incident, ladder, children, now=now))
    _note(session, "incident.open", incident, by, category=incident.category)
    opened = IncidentOpened(
        at=now,
        actor_id=by.person_id,
        incident_id=incident.id,
        category=incident.category,
        protective=incident.protective,
        known_at=incident.known_at,
    )
    record(session, opened)


def _children(session: Session, ids: Sequence[UUID], names: Sequence[str]) -> list[Child]:
    """The children meant, each once.  Whoever learns of an incident may name any child of the organisation."""
    active = select(Child).where(Child.status == "active")
    found = {child.id: child for child in session.scalars(active.where(Child.id.in_(ids)))}
    if set(ids) - set(found):
        raise Refused("incident.child", errors={"names": [N_("名单里没有这个孩子，请重新选择。")]})
    ticked = {child.name for child in found.values()}
    asked = [name for name in names if name not in ticked]  # a namesake was settled by ticking
    same: dict[str, list[Child]] = {name: [] for name in asked}
    for child in session.scalars(active.where(Child.name.in_(asked))):
        same[child.name].append(child)
    if errors := _unclear(same):
        raise Refused("incident.names", errors={"names": errors})
    found |= {child.id: child for (child,) in same.values()}
    if not found:
        raise Refused("incident.no_child", errors={"names": [N_("请写明涉及哪个孩子。")]})
    if len(found) > rules.MOST_CHILDREN:
        raise Refused("incident.children", errors={"names": [N_("一次最多写 50 个孩子。")]})
    return sorted(found.values(), key=lambda child: (child.pinyin, child.id))


def _unclear(same: dict[str, list[Child]]) -> list[str]:
    if any(not found for found in same.values()):
        return [N_("有的名字在名册里没有找到，请写全名；几个孩子用顿号隔开。")]
    if any(len(found) > 1 for found in same.values()):
        return [N_("有同名的孩子，请在下面勾选是哪一个。")]
    return []


def add_details(
    session: Session,
    incident_id: UUID,
    *,
    occurred_at: datetime | None,
    place: str | None,
    by: Actor,
    now: datetime,
) -> Incident:
    """Add what was learnt later; no clock moves.  Raises NotFound, NotAllowed, Refused."""
    require(by, Right.INCIDENT_WRITE)
    incident = scope.incident(session, incident_id, by, lock=True)
    _still_open(incident)
    rules.check_times(known_at=incident.known_at, occurred_at=occurred_at, now=now, entered=True)
    incident.occurred_at, incident.place = occurred_at, place
    incident.version, incident.updated_at = incident.version + 1, now
    _note(session, "incident.add_details", incident, by)
    return incident


def confirm_step(
    session: Session, incident_id: UUID, step_id: UUID, *, told: Told, by: Actor, now: datetime
) -> IncidentStep:
    """Record that a named person was told, by whom, how and when (M249-M251).

    Confirming one step never closes another.  Raises NotFound, NotAllowed, Conflict, Refused.
    """
    require(by, Right.INCIDENT_WRITE)
    incident = scope.incident(session, incident_id, by)
    step = scope.step(session, incident, step_id)
    rules.may_still_be_told(step.state)
    state = rules.state_when_told(told, known_at=incident.known_at, due_at=step.due_at, now=now)
    step.channel, step.person_reached = told.channel, told.person_reached
    step.told_at, step.told_by, step.late_reason = told.told_at, by.membership_id, told.late_reason
    _done(session, step, state, at=now, actor_id=by.person_id)
    _note(session, "incident.confirm_step", incident, by, tell=step.tell, late=state is StepState.DONE_LATE)
    return step


def take_receipt(session: Session, step_id: UUID, *, by_tenant: UUID, at: datetime) -> None:
    """The recipient's own confirmation; where the step was told before, it is kept beside it."""
    step = scope.step_to(session, step_id, by_tenant)
    if step is None or step.confirmed_by_recipient_at is not None:
        return
    step.confirmed_by_recipient_at = at
    if step.state == StepState.OPEN:
        _done(session, step, StepState.DONE if at <= step.due_at else StepState.DONE_LATE, at=at, actor_id=None)


def _done(session: Session, step: IncidentStep, state: StepState, *, at: datetime, actor_id: UUID | None) -> None:
    step.state, step.alert_at = state, None
    done = IncidentStepDone(
        at=at,
        actor_id=actor_id,
        incident_id=step.incident_id,
        step_id=step.id,
        number=step.number,
        tell=step.tell,
        late=state is StepState.DONE_LATE,
    )
    record(session, done)


def log_attempt(
    session: Session,
    incident_id: UUID,
    step_id: UUID,
    *,
    whom: str,
    channel: str,
    at: datetime | None,
    by: Actor,
    now: datetime,
) -> ContactAttempt:
    """Somebody was tried and not reached; the step stays open.  Raises NotFound, NotAllowed, Conflict, Refused."""
    require(by, Right.INCIDENT_WRITE)
    incident = scope.incident(session, incident_id, by)
    step = scope.step(session, incident, step_id)
    rules.may_still_be_told(step.state)
    rules.check_moment(at or now, field="at", known_at=incident.known_at, now=now)
    tried = ContactAttempt(
        id=new_id(), step_id=step.id, whom=whom, channel=channel, at=at or now, by_id=by.membership_id
    )
    session.add(tried)
    _note(session, "incident.attempt", incident, by, tell=step.tell)
    return tried


def close(session: Session, incident_id: UUID, *, closing_note: str, by: Actor, now: datetime) -> Incident:
    """Close it once everybody was told.  Raises NotFound, NotAllowed, Conflict."""
    require(by, Right.INCIDENT_WRITE)
    incident = scope.incident(session, incident_id, by, lock=True)
    _still_open(incident)
    open_steps = session.scalar(
        select(func.count())
        .select_from(IncidentStep)
        .where(IncidentStep.incident_id == incident.id, IncidentStep.state == StepState.OPEN)
    )
    rules.may_close(by, protective=incident.protective, open_steps=open_steps or 0)
    incident.state, incident.closed_at, incident.closing_note = "closed", now, closing_note
    incident.version, incident.updated_at = incident.version + 1, now
    _note(session, "incident.close", incident, by)
    closed = IncidentClosed(
        at=now,
        actor_id=by.person_id,
        incident_id=incident.id,
        category=incident.category,
        protective=incident.protective,
    )
    record(session, closed)
    return incident


def _still_open(incident: Incident) -> None:
    if incident.state != "open":
        raise Conflict("incident.closed", N_("已经结案，不能再改。"))


def _note(session: Session, action: str, incident: Incident, by: Actor, **detail: Any) -> None:
    audit(session, action, by=by.person_id, subject_kind="incident", subject_id=incident.id, **detail)
