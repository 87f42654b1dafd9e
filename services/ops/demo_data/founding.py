"""Founds a county, its organisations and their people, each by the use-case that a person's page would call."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.bootstrap import House
from shared.organisations import term_usecases
from shared.organisations import usecases as organisations
from shared.organisations.models import Area, Organisation
from shared.organisations.rules import AreaKind
from shared.people import arrivals, founding, invitation_usecases, links, usecases
from shared.people.models import Invitation
from shared.people.rules import Actor, Role

from .names import STAFF_BLOCK, Inventor
from .offices import COMMUNITIES, COUNTY, VILLAGES, Office


@dataclass(frozen=True)
class Member:
    """Somebody who can log in."""

    name: str
    phone: str
    password: str
    person_id: UUID
    membership_id: UUID


@dataclass
class Company:
    """An organisation and those of its people who were made here, by a word for what they do."""

    house: House
    row: Organisation
    members: dict[str, Member] = field(default_factory=dict)

    @contextmanager
    def acting(self, who: str) -> Iterator[tuple[Session, Actor]]:
        """A transaction of this organisation as hehu_app, and the member as who acts in it."""
        with self.transaction() as session:
            yield session, self.actor(session, self.members[who].person_id)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A transaction of this organisation as hehu_app."""
        with self.house.app.transaction(self.row.id) as session:
            yield session

    def actor(self, session: Session, person_id: UUID) -> Actor:
        """A person in this organisation, with the roles they have now."""
        found = arrivals.actor_in(session, person_id, self.row)
        assert found is not None  # members made here stay
        return found

    @property
    def path(self) -> str:
        """Where its pages lie."""
        return f"/o/{self.row.slug}/"


class Founder:
    """Founds at one moment; names, numbers and order are the same for the same inventor."""

    def __init__(
        self,
        house: House,
        make: Inventor,
        *,
        now: datetime,
        villages: Mapping[str, Sequence[str]] = VILLAGES,
        communities: Mapping[str, Sequence[str]] = COMMUNITIES,
    ) -> None:
        self.house, self.make, self.now = house, make, now
        self.villages, self.communities = villages, communities  # of each township
        self.areas: dict[str, UUID] = {}
        self.office: Company | None = None

    def county(self) -> Company:
        """The county office with its administrator and an officer, and all areas."""
        with self.house.app.transaction(None) as session:
            row, invitation = founding.create_county(
                session,
                COUNTY,
                admin_phone=self.make.phone(STAFF_BLOCK),
                admin_name=self.make.adult(),
                now=self.now,
                is_demo=True,
            )
        self.office = Company(self.house, row)
        self._accept(self.office, "admin", invitation)
        self.member(self.office, "officer", (Role.COUNTY_OFFICER,), by="admin")
        self._areas(self.office)
        return self.office

    def term(self, starts_on: date, ends_on: date, *, name: str = "本学期") -> None:
        """The county's term, for every organisation."""
        assert self.office is not None  # the county comes first
        with self.office.acting("admin") as (session, by):
            term_usecases.set_term(session, name=name, starts_on=starts_on, ends_on=ends_on, by=by)

    def organisation(self, office: Office) -> Company:
        """Applies, is let in by the county officer, and takes on its people."""
        first, *others = office.people
        row, invitation = self._let_in(office)
        company = Company(self.house, row)
        self._accept(company, first, invitation)
        for who in others:
            self.member(company, who, office.people[who], by=first)
        with company.acting(first) as (session, by):
            membership = company.members[first].membership_id
            roles = office.people[first]
            usecases.change_roles(session, membership, roles=roles, unit_id=None, by=by, now=self.now)
        return company

    def _let_in(self, office: Office) -> tuple[Organisation, Invitation]:
        assert self.office is not None  # the county comes first
        with self.office.acting("officer") as (session, by):
            asked, _ = organisations.apply(
                session,
                kind=office.kind,
                bureau_kind=office.bureau,
                name=office.name,
                area_id=self.areas[office.area],
                contact_name=self.make.adult(),
                contact_phone=self.make.phone(STAFF_BLOCK),
                now=self.now,
            )
            let_in = founding.approve(session, asked.id, by=by, now=self.now)
            row = session.get_one(Organisation, let_in.organisation_id)
        with self.house.app.transaction(row.id) as session:
            invitation = session.scalars(select(Invitation).where(Invitation.id == let_in.invitation_id)).one()
        return row, invitation

    def member(
        self, company: Company, who: str, roles: Collection[Role], *, by: str, unit_id: UUID | None = None
    ) -> Member:
        """Invited by a colleague, accepted with a password nobody else knows."""
        with company.acting(by) as (session, actor):
            invitation = invitation_usecases.invite(
                session,
                phone=self.make.phone(STAFF_BLOCK),
                name=self.make.adult(),
                roles=roles,
                unit_id=unit_id,
                by=actor,
                now=self.now,
            )
        return self._accept(company, who, invitation)

    def _accept(self, company: Company, who: str, invitation: Invitation) -> Member:
        password = f"{secrets.token_hex(3)}-{secrets.token_hex(3)}"
        with company.transaction() as session:
            token = links.token_of(session, links.INVITATION, invitation.id)
            person = invitation_usecases.accept_as_new(
                session, token, name=invitation.name, new_password=password, now=self.now
            )
        with company.transaction() as session:
            membership_id = company.actor(session, person.id).membership_id
        assert membership_id is not None  # an actor that is no API key has one
        made = Member(invitation.name, invitation.phone, password, person.id, membership_id)
        company.members[who] = made
        return made

    def _areas(self, office: Company) -> None:
        self.areas[COUNTY] = office.row.area_id
        for kind, below in (
            (AreaKind.TOWNSHIP, {COUNTY: tuple(self.villages)}),
            (AreaKind.VILLAGE, self.villages),
            (AreaKind.COMMUNITY, self.communities),
        ):
            for parent, names in below.items():
                if names:
                    self._add(office, parent, kind, names)

    def _add(self, office: Company, parent: str, kind: AreaKind, names: Collection[str]) -> None:
        with office.acting("admin") as (session, by):
            above = self.areas[parent]
            organisations.add_areas(session, parent_id=above, kind=kind, names="\n".join(names), by=by)
            found = session.execute(select(Area.name, Area.id).where(Area.parent_id == above))
            self.areas |= dict(found.tuples().all())
