"""Incidents opened and their steps done, as people do it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from shared.incidents import usecases
from shared.incidents.models import IncidentStep
from shared.incidents.rules import Report, Told
from shared.kernel.clock import CHINA
from shared.notifications import usecases as answers
from shared.notifications.models import CopiedMessage, Notice
from shared.people.rules import Actor
from tests.support.cast import Cast, Company

KNOWN = datetime(2026, 11, 17, 10, 4, tzinfo=CHINA)


GUARDIAN, PARENTS, EDUCATION, TOWNSHIP = (
    "entrusted_guardian",
    "father_or_mother",
    "education_authority",
    "township_government",
)


def at(minutes: float) -> datetime:
    return KNOWN + timedelta(minutes=minutes)


def opened(cast: Cast, company: Company, by: Actor | None = None, **changes: Any) -> UUID:
    given: dict[str, Any] = {"category": "accident", "names": "王小明", "account": "从单杠上摔下来。"} | changes
    with company.transaction() as session:
        row = usecases.open_incident(session, Report(**given), by=by or company.teacher, now=cast.now())
    cast.run_reactions()
    return row.id


def steps(company: Company, incident_id: UUID) -> dict[str, IncidentStep]:
    with company.transaction() as session:
        wanted = select(IncidentStep).where(IncidentStep.incident_id == incident_id)
        return {step.tell: step for step in session.scalars(wanted)}


def told(
    cast: Cast, company: Company, incident_id: UUID, tell: str, *, by: Actor | None = None, **changes: Any
) -> IncidentStep:
    step = steps(company, incident_id)[tell]
    given: dict[str, Any] = {"channel": "phone", "person_reached": "奶奶", "told_at": cast.now()} | changes
    with company.transaction() as session:
        return usecases.confirm_step(
            session, incident_id, step.id, told=Told(**given), by=by or company.teacher, now=cast.now()
        )


def pass_to(cast: Cast, minutes: float) -> None:
    cast.clock(at(minutes))
    cast.sweep()
    cast.run_reactions()


def kinds(company: Company, member: str) -> list[str]:
    with company.transaction() as session:
        wanted = select(Notice.kind).where(Notice.recipient_id == company.members[member].membership_id)
        return sorted(session.scalars(wanted))


def states(company: Company, incident_id: UUID) -> Mapping[str, str]:
    return {tell: step.state for tell, step in steps(company, incident_id).items()}


def letter(company: Company) -> CopiedMessage:
    with company.transaction() as session:
        found: CopiedMessage = session.scalars(select(CopiedMessage)).one()
        return found


def confirm_receipt(cast: Cast, company: Company, by: Actor) -> None:
    with company.transaction() as session:
        answers.answer_message(session, letter(company).id, answer="seen", note=None, by=by, now=cast.now())
    cast.run_reactions()


ROWS = text(
    "SELECT (SELECT count(*) FROM incident_step), (SELECT count(*) FROM notice), (SELECT count(*) FROM delivery),"
    " (SELECT count(*) FROM copied_message), (SELECT count(*) FROM event)"
)
