"""Handovers: carers and heads of units leave and others come, children leave, move, come back and join."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.ops.demo_data.names import Inventor
from shared.care import pairing_usecases
from shared.care.models import Assignment
from shared.children import roll
from shared.children import usecases as children
from shared.children.models import Child
from shared.organisations.models import Unit
from shared.people import invitation_usecases, links
from shared.people import usecases as people
from shared.people.models import Membership, Person
from shared.people.rules import HEAD_OF_UNIT, Actor, Role

from . import days
from .offices import CARERS
from .post import Post

A_LEAVER_IN = 60  # days, of each organisation
HANDED_OVER = 0.7  # of a leaver's children on the same day; the others wait for Monday
# One such change in so many child-days.
EXIT_IN, MOVE_IN, JOIN_IN, HOME_IN, AWAY_IN = 2000, 4000, 3000, 3000, 3000
COMES_BACK = 0.3
REASONS = ("parent_returned", "moved", "graduated")
MONDAY = 0


def _headed(session: Session, who: Actor) -> Sequence[UUID]:
    """The units somebody is head of: a class, and perhaps its grade."""
    wanted = select(Unit.id).where(Unit.head_id == who.membership_id)
    return session.scalars(wanted.order_by(Unit.kind, Unit.name)).all()


class Changes:
    """The comings and goings of one organisation; `others` are those a child may move to."""

    def __init__(self, post: Post, number: int, size: int, others: Sequence[Post]) -> None:
        self.post, self.chance, self.number, self.size, self.others = post, post.chance, number, size, others
        self.counts: Counter[str] = Counter()

    def work(self, day: date) -> None:
        """What changes today within the organisation."""
        if self.chance.happens(1 / A_LEAVER_IN, "leaver", self.post.name, day):
            self._replace(day)
        for rate, change in (
            (EXIT_IN, self._exit),
            (JOIN_IN, self._join),
            (HOME_IN, self._home),
            (AWAY_IN, self._away),
        ):
            if self.chance.happens(self.size / rate, change.__name__, self.post.name, day):
                change(day)

    # people

    def _replace(self, day: date) -> None:
        """Somebody leaves, and somebody new takes the place."""
        role = CARERS[self.post.kind][0]
        carers = self.post.holding(role)
        heads = self.post.holding(*HEAD_OF_UNIT.values())
        leaver = self.chance.pick([*carers, *heads], "who leaves", self.post.name, day)
        units = self.post.read(lambda session, _now: _headed(session, leaver))
        self._newcomer(day, leaver, units)
        self._hand_over(day, leaver, role)
        self._leave(day, leaver)
        self.counts["staff changes"] += 1

    def _leave(self, day: date, leaver: Actor) -> None:
        by = self.post.administrator

        def leave(session: Session, now: datetime) -> None:
            assert leaver.membership_id is not None  # actors of people have one
            people.end_membership(session, leaver.membership_id, by=by, now=now)

        self.post.once(f"{day} leaves {leaver.name}", leave)
        self.post.forget()

    def _newcomer(self, day: date, leaver: Actor, units: Sequence[UUID]) -> None:
        """With the leaver's roles, at the head of the leaver's units."""
        by, roles = self.post.administrator, sorted(leaver.roles)
        name = Inventor(self.chance.below(10**6, "newcomer", self.post.name, day)).adult()

        def join(session: Session, now: datetime) -> None:
            invitation = invitation_usecases.invite(
                session, phone=self._phone(day), name=name, roles=roles, unit_id=None, by=by, now=now
            )
            session.flush()
            token = links.token_of(session, links.INVITATION, invitation.id)
            invitation_usecases.accept_as_new(session, token, name=name, new_password=secrets.token_hex(8), now=now)
            for unit_id in units:
                people.assign_head(session, unit_id, head_id=self._taker(session, day), by=by, now=now)

        self.post.once(f"{day} joins {name}", join)
        self.post.forget()

    def _taker(self, session: Session, day: date) -> UUID:
        """The membership of today's newcomer."""
        joined = select(Membership.id).join(Person, Person.id == Membership.person_id)
        return session.scalars(joined.where(Person.phone == self._phone(day))).one()

    def _phone(self, day: date) -> str:
        return f"14{self.number:03d}{(day - days.STARTS).days:06d}"

    def _hand_over(self, day: date, leaver: Actor, role: Role) -> None:
        by = self.post.administrator

        def hand_over(session: Session, now: datetime) -> None:
            taker = self._taker(session, day)
            held = select(Assignment.id, Child.name, Child.id_no_tail).join(Child, Child.id == Assignment.child_id)
            held = held.where(Assignment.membership_id == leaver.membership_id, Assignment.until_on.is_(None))
            for row in session.execute(held.where(Assignment.role == role).order_by(Child.name, Child.id_no_tail)):
                if self.chance.happens(HANDED_OVER, "handed over", self.post.name, row.name, day):
                    pairing_usecases.change_carer(session, row.id, membership_id=taker, by=by, now=now)

        self.post.once(f"{day} hands over {leaver.name}", hand_over)

    def pair(self, day: date) -> None:
        """On Mondays, whoever has no carer gets one."""
        if day.weekday() != MONDAY:
            return
        role, by = CARERS[self.post.kind][0], self.post.administrator
        carers = self.post.holding(role)

        def pair(session: Session, now: datetime) -> None:
            paired = select(Assignment.child_id).where(Assignment.role == role, Assignment.until_on.is_(None))
            for child in self._listed(session, Child.left_behind, Child.id.not_in(paired)):
                taker = self.chance.pick(carers, "pair", self.post.name, child.name, day)
                assert taker.membership_id is not None  # actors of people have one
                pairing_usecases.pair(
                    session, child_id=child.id, membership_id=taker.membership_id, role=role, by=by, now=now
                )

        self.post.once(f"{day} pairs", pair)

    # children

    def _listed(self, session: Session, *which: Any) -> Sequence[Child]:
        wanted = select(Child).where(Child.status == "active", *which)
        return session.scalars(wanted.order_by(Child.name, Child.id_no_tail, Child.birth_date)).all()

    def _one(self, session: Session, what: str, day: date, *which: Any) -> Child | None:
        listed = self._listed(session, *which)
        return self.chance.pick(listed, what, self.post.name, day) if listed else None

    def _exit(self, day: date) -> None:
        """A child leaves the roll; or one that had left is back."""
        by, back = self.post.administrator, self.chance.happens(COMES_BACK, "back", self.post.name, day)
        reason = self.chance.pick(REASONS, "reason", self.post.name, day)

        def leave(session: Session, now: datetime) -> None:
            gone = session.scalars(select(Child).where(Child.status == "exited").order_by(Child.name)).all()
            if back and gone:
                children.come_back(session, self.chance.pick(gone, "gone", self.post.name, day).id, by=by, now=now)
            elif child := self._one(session, "leaves", day, Child.left_behind):
                children.exit_child(session, child.id, reason=reason, by=by, now=now)

        self.post.once(f"{day} exit", leave)
        self.counts["children left"] += 1

    def move(self, day: date) -> None:
        """A child leaves for another organisation of the county, which registers it under the same number."""
        if not self.others or not self.chance.happens(self.size / MOVE_IN, "move", self.post.name, day):
            return
        where = self.chance.pick(self.others, "where", self.post.name, day)
        facts = self.post.read(lambda session, _now: self._facts_of_mover(session, day))
        if facts is None:
            return
        by, there = self.post.administrator, where.administrator
        mover = facts.pop("id")

        def leave(session: Session, now: datetime) -> None:
            children.exit_child(session, mover, reason="transferred", by=by, now=now)

        def arrive(session: Session, now: datetime) -> None:
            known = roll.number_hash(session, str(facts["id_no"]))
            if session.scalar(select(Child.id).where(Child.id_no_hash == known)) is None:
                children.register(session, by=there, now=now, unit_id=self._unit(session, day), **facts)

        self.post.once(f"{day} move", leave)
        where.once(f"{day} arrival from {self.post.name}", arrive)
        self.counts["children moved"] += 1

    def _facts_of_mover(self, session: Session, day: date) -> dict[str, Any] | None:
        child = self._one(session, "moves", day, Child.left_behind, Child.id_no.is_not(None))
        if child is None or child.id_no is None:
            return None
        number = session.info["crypto"].decrypt(child.id_no, place=roll.ID_PLACE, row=child.id)
        kept = ("name", "sex", "birth_date", "left_behind", "away_reason", "home_address")
        return {name: getattr(child, name) for name in kept} | {"id": child.id, "id_no": number}

    def _unit(self, session: Session, day: date) -> UUID | None:
        units = session.scalars(select(Unit).where(Unit.kind.in_(HEAD_OF_UNIT)).order_by(Unit.name)).all()
        return self.chance.pick(units, "unit", self.post.name, day).id if units else None

    def _join(self, day: date) -> None:
        """A child nobody knew joins; its number is not at hand yet."""
        by = self.post.administrator
        make = Inventor(self.chance.below(10**6, "joins", self.post.name, day))
        name, born = make.child(make.family(), girl=True), date(2016, 1, 1 + day.day % 28)

        def join(session: Session, now: datetime) -> None:
            facts = {"name": name, "sex": "female", "birth_date": born, "left_behind": True, "away_reason": "both_away"}
            children.register(session, by=by, now=now, unit_id=self._unit(session, day), **facts)

        self.post.once(f"{day} new child", join)
        self.counts["children joined"] += 1

    def _home(self, day: date) -> None:
        """Parents come home: the child stays on the roll and is no longer left behind."""
        self._switch(day, "home", left_behind=False, away_reason=None)

    def _away(self, day: date) -> None:
        """Parents leave."""
        self._switch(day, "away", left_behind=True, away_reason="both_away")

    def _switch(self, day: date, what: str, *, left_behind: bool, **facts: Any) -> None:
        by = self.post.administrator

        def switch(session: Session, now: datetime) -> None:
            child = self._one(session, what, day, Child.left_behind.is_not(left_behind))
            if child is not None:
                given = {"left_behind": left_behind, **facts}
                children.change(session, child.id, version=child.version, by=by, now=now, **given)

        self.post.once(f"{day} {what}", switch)
        self.counts["children changed"] += 1
