"""Writes a cast into the worker's database, row by row: the use-cases under test have no part in it."""

import itertools
import secrets
from collections.abc import Callable, Iterable
from datetime import date
from functools import cache
from typing import NoReturn
from uuid import UUID

from flask import Flask
from sqlalchemy.orm import Session

from shared.bootstrap import House
from shared.children.models import Child, ChildIdentity
from shared.children.pinyin import pinyin_key
from shared.organisations.models import Area, Organisation, Supervision, Term, Unit
from shared.organisations.rules import BureauKind, Kind, lines_with
from shared.organisations.rules import Place as OnTheMap
from shared.people import passwords
from shared.people.models import MemberRole, Membership, Person, Seat
from shared.people.rules import Actor, Role
from tests.support.cast import PASSWORD, Cast, Company, new_phone
from tests.support.cluster import Urls
from tests.support.roles import (
    AREAS,
    CHILDREN,
    COMPANIES,
    OF_A_UNIT,
    PEOPLE,
    UNIT_KINDS,
    UNITS,
    ChildOf,
    PersonOf,
)

_numbers = itertools.count(1)


@cache
def _password_hash() -> str:
    return passwords.hashed(PASSWORD)


def no_web() -> NoReturn:
    """In place of the application, where no page is opened."""
    raise AssertionError("no page is opened here")


def build_cast(house: House, urls: Urls, make_app: Callable[[], Flask] = no_web) -> Cast:
    """Write a new cast into the worker's database."""
    return _Builder(house, urls, make_app).cast()


class _Builder:
    def __init__(self, house: House, urls: Urls, make_app: Callable[[], Flask]) -> None:
        self.house, self.urls, self.make_app = house, urls, make_app
        self.tag = f"{next(_numbers)}{secrets.token_hex(3)}"
        self.areas: dict[str, UUID] = {}
        self.paths: dict[UUID, tuple[UUID, ...]] = {}
        self.phones: dict[UUID, str] = {}
        self.map: list[OnTheMap] = []

    def cast(self) -> Cast:
        with self.house.app.transaction(None) as session:
            self._areas(session)
            companies = {name: self._company(session, name, *rest) for name, rest in COMPANIES.items()}
            self._supervision(session)
        for name, company in companies.items():
            with self.house.app.transaction(company.id) as session:
                self._people(session, company, PEOPLE[name])
                self._children(session, company, CHILDREN.get(name, ()))
        return Cast(
            house=self.house,
            urls=self.urls,
            areas=self.areas,
            phones=self.phones,
            make_app=self.make_app,
            **companies,
        )

    def _areas(self, session: Session) -> None:
        for name, (kind, parent) in AREAS.items():
            above = self.areas[parent] if parent else None
            row = Area(kind=kind, name=name, parent_id=above, slug=f"area-{len(self.areas)}-{self.tag}")
            row.name = f"{name}{self.tag}" if above is None else name
            session.add(row)
            session.flush()
            self.areas[name] = row.id
            self.paths[row.id] = (*(self.paths[above] if above else ()), row.id)

    def _company(
        self, session: Session, key: str, kind: Kind, bureau: BureauKind | None, name: str, area: str
    ) -> Company:
        row = Organisation(
            slug=f"{key.replace('_', '-')}-{self.tag}",
            kind=kind,
            bureau_kind=bureau,
            name=name,
            area_id=self.areas[area],
        )
        session.add(row)
        session.flush()
        self.map.append(OnTheMap(row.id, kind, bureau, self.paths[row.area_id]))
        return Company(self.house, row.id, row.slug, row.name, kind, row.area_id)

    def _supervision(self, session: Session) -> None:
        for number, place in enumerate(self.map):
            for line in lines_with(place, self.map[:number]):
                session.add(
                    Supervision(superior_id=line.superior_id, subordinate_id=line.subordinate_id, line=line.line)
                )

    def _people(self, session: Session, company: Company, people: dict[str, PersonOf]) -> None:
        for position, name in enumerate(UNITS.get(company.kind, ())):
            kind = UNIT_KINDS[company.kind]
            unit = Unit(kind=kind, name=name, grade=_grade(name), position=position)
            session.add(unit)
            session.flush()
            company.units[name] = unit.id
        for key, (shown, roles, headed) in people.items():
            company.members[key] = self._member(session, company, shown, roles, headed)
        session.add(Term(name="本学期", starts_on=date(2026, 9, 1), ends_on=date(2027, 1, 22)))

    def _member(
        self, session: Session, company: Company, shown: str, roles: Iterable[Role], headed: str | None
    ) -> Actor:
        person = Person(phone=new_phone(), password_hash=_password_hash())
        session.add(person)
        session.flush()
        membership = Membership(person_id=person.id, name=shown, pinyin=pinyin_key(shown), from_on=date(2020, 1, 1))
        session.add_all([membership, Seat(person_id=person.id, tenant_id=company.id)])
        session.flush()
        unit_id = company.units[headed] if headed else None
        session.add_all(
            MemberRole(membership_id=membership.id, role=role, unit_id=unit_id if role in OF_A_UNIT else None)
            for role in roles
        )
        if unit_id:
            session.get_one(Unit, (company.id, unit_id)).head_id = membership.id
        self.phones[person.id] = person.phone
        units = frozenset({unit_id} if unit_id else ())
        ids = {"tenant_id": company.id, "person_id": person.id, "membership_id": membership.id}
        return Actor(organisation_kind=company.kind, name=shown, roles=frozenset(roles), unit_ids=units, **ids)

    def _children(self, session: Session, company: Company, children: Iterable[ChildOf]) -> None:
        for name, sex, born, unit, left_behind in children:
            child = Child(
                name=name,
                pinyin=pinyin_key(name),
                sex=sex,
                birth_date=born,
                unit_id=company.units[unit] if unit else None,
                left_behind=left_behind,
                away_reason="both_away" if left_behind else None,
                entered_on=date(2026, 9, 1),
            )
            session.add(child)
            session.flush()
            session.add(ChildIdentity(id=child.id, holder_rank=1, active=True, left_behind=left_behind))
            company.children[name] = child.id


def _grade(name: str) -> int | None:
    return {"三": 3, "四": 4}.get(name[0]) if "年级" in name else None
