"""Incidents: one is reported, those who must be told are told in time, late, or a day later, and it is closed."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from services.ops.demo_data.words import ACCIDENT, LATE_REASON
from shared.children.models import Child
from shared.incidents import usecases
from shared.incidents.ladders import LADDERS
from shared.incidents.rules import TRUSTED, Category, Report, Told
from shared.kernel.clock import local_day
from shared.people.rules import Actor, Role

from . import days
from .post import Post

A_DAY_FOR = 2000  # children: one incident a day
ON_TIME, SAME_DAY = 0.75, 0.9
CLOSED = 0.7
CATEGORIES = tuple(Category)
# The sweeps of such a day, after each of the clocks; what is told late is told after them, on the day or the next.
MOMENTS = (time(13, 20), time(13, 35), time(14, 5), time(15, 5), time(15, 30))
IN_TIME_MINUTES = 15
CLOSING_NOTE = "该告知的都已告知，孩子已回到家中。"

OPEN = text(
    """
    SELECT s.id, s.incident_id, s.number, s.tell, s.due_at, s.owner_id, s.state, n.known_at, n.protective,
           n.category, n.reporter_id, coalesce(c.name || coalesce(c.id_no_tail, ''), '') AS whom
      FROM incident_step s
      JOIN incident n ON n.tenant_id = s.tenant_id AND n.id = s.incident_id
      LEFT JOIN child c ON c.tenant_id = s.tenant_id AND c.id = s.child_id
     WHERE n.state = 'open' ORDER BY n.known_at, s.number, s.tell, whom
    """
)


class Mishaps:
    """The incidents of one organisation; `counts` says how many."""

    def __init__(self, post: Post, children: int) -> None:
        self.post, self.chance, self.children = post, post.chance, children
        self.counts: Counter[str] = Counter()

    def happens(self, day: date) -> bool:
        """Whether there is one today."""
        if self.post.kind not in LADDERS:
            return False
        return self.chance.happens(self.children / A_DAY_FOR, "incident", self.post.name, day)

    def report(self, day: date) -> None:
        """Somebody learns of it at one, and reports it."""
        by = self.chance.pick(self._reporters(), "reporter", self.post.name, day)
        category = self.chance.pick(CATEGORIES, "category", self.post.name, day)

        def report(session: Session, now: datetime) -> None:
            wanted = select(Child).where(Child.left_behind, Child.status == "active")
            listed = session.scalars(wanted.order_by(Child.name, Child.id_no_tail, Child.birth_date)).all()
            child = self.chance.pick(listed, "child", self.post.name, day)
            known_at = days.moment(day, days.KNOWN)
            told = Report(category=category, account=ACCIDENT, child_ids=[child.id], known_at=known_at, place="村口")
            usecases.open_incident(session, told, by=by, now=now)

        self.post.once(f"{day} incident", report)
        self.counts["incidents"] += 1

    def _reporters(self) -> list[Actor]:
        return list(self.post.holding(Role.CLASS_TEACHER, Role.CHILD_DIRECTOR, Role.HEAD))

    def tell(self, moment: datetime) -> None:
        """Tell those whose hour has come."""
        steps = self.post.read(lambda session, _now: session.execute(OPEN).all())
        for step in steps:
            if step.state == "open" and moment >= self._told_at(step) + timedelta(minutes=1):
                self._tell(step)

    def _told_at(self, step: Any) -> datetime:
        """When somebody reaches them: within the clock, on the same day after it, or the day after."""
        about = (self.post.name, step.known_at, step.tell, step.whom)
        care = self.chance.of("told", *about)
        if care < ON_TIME:
            known_at: datetime = step.known_at
            return known_at + timedelta(minutes=1 + self.chance.below(IN_TIME_MINUTES, "minute", *about))
        day = local_day(step.known_at)
        return days.moment(day, time(15, 20)) if care < SAME_DAY else days.moment(day + days.DAY, time(11, 0))

    def _tell(self, step: Any) -> None:
        told_at = self._told_at(step)
        late = LATE_REASON if told_at > step.due_at else None
        told = Told(channel="phone", person_reached="接电话的人", told_at=told_at, late_reason=late)
        by = self._hand(step)

        def tell(session: Session, now: datetime) -> None:
            if late:
                usecases.log_attempt(
                    session, step.incident_id, step.id, whom="没有接通", channel="phone", at=told_at, by=by, now=now
                )
            usecases.confirm_step(session, step.incident_id, step.id, told=told, by=by, now=now)

        self.post.once(f"told {step.id}", tell)
        self.counts["told"] += 1

    def _hand(self, step: Any) -> Actor:
        """The owner; of a protective matter somebody who may know of it."""
        owner = self.post.actors.get(step.owner_id)
        return owner if owner and not step.protective else self.post.holding(*TRUSTED)[0]

    def close(self, day: date) -> None:
        """Some time after everybody was told."""
        steps = self.post.read(lambda session, _now: session.execute(OPEN).all())
        waiting = {step.incident_id for step in steps if step.state == "open"}
        of_each = {step.incident_id: step for step in steps if step.incident_id not in waiting}
        for incident_id, step in of_each.items():
            about = (self.post.name, step.known_at)
            old = (day - local_day(step.known_at)).days
            if self.chance.happens(CLOSED, "closed", *about) and old >= 2 + self.chance.below(5, "closing", *about):
                self._close(incident_id)

    def _close(self, incident_id: UUID) -> None:
        by = self.post.holding(Role.HEAD)[0]

        def close(session: Session, now: datetime) -> None:
            usecases.close(session, incident_id, closing_note=CLOSING_NOTE, by=by, now=now)

        self.post.once(f"close {incident_id}", close)
        self.counts["closed"] += 1
