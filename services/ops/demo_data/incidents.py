"""One accident of some days ago: who was told when, and one of them too late."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select

from shared.children.models import Child
from shared.incidents import usecases
from shared.incidents.ladders import Tell
from shared.incidents.models import IncidentStep
from shared.incidents.rules import Category, Report, Told
from shared.kernel.clock import CHINA, local_day

from .founding import Company
from .words import ACCIDENT, LATE_REASON

DAYS_AGO = timedelta(days=4)
# Minutes after it was known, and who was reached: the parents eleven minutes too late.
TOLD: dict[str, tuple[int, str]] = {
    Tell.ENTRUSTED_GUARDIAN: (14, "孩子的奶奶"),
    Tell.FATHER_OR_MOTHER: (71, "孩子的父亲"),
    Tell.EDUCATION_AUTHORITY: (88, "教育局值班室"),
    Tell.TOWNSHIP_GOVERNMENT: (95, "镇政府值班室"),
}


def write(school: Company, *, now: datetime) -> None:
    """Open it, and tell everybody."""
    known_at = datetime.combine(local_day(now) - DAYS_AGO, time(10, 4), CHINA)
    incident_id = _open(school, known_at)
    with school.acting("head") as (session, by):
        steps = session.scalars(select(IncidentStep).where(IncidentStep.incident_id == incident_id)).all()
        for step in sorted(steps, key=lambda one: one.due_at):
            minutes, reached = TOLD[step.tell]
            at = known_at + timedelta(minutes=minutes)
            late = LATE_REASON if at > step.due_at else None
            told = Told(channel="phone", person_reached=reached, told_at=at, late_reason=late)
            usecases.confirm_step(session, incident_id, step.id, told=told, by=by, now=at + timedelta(minutes=2))


def _open(school: Company, known_at: datetime) -> UUID:
    with school.acting("duty") as (session, by):
        child = session.scalars(select(Child).where(Child.left_behind).order_by(Child.name).offset(40).limit(1)).one()
        report = Report(
            category=Category.ACCIDENT,
            account=ACCIDENT,
            child_ids=[child.id],
            known_at=known_at,
            occurred_at=known_at - timedelta(minutes=6),
            place="学校操场",
        )
        now = known_at + timedelta(minutes=2)
        return usecases.open_incident(session, report, by=by, now=now).id
