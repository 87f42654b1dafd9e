"""Rosters taken in, classes given their teachers, children given their carers."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from shared.care import pairing_usecases
from shared.children import import_usecases
from shared.children.models import Child
from shared.organisations.models import Unit
from shared.people import usecases as people
from shared.people.rules import HEAD_OF_UNIT, Role

from .founding import Company, Founder

UNPAIRED_OF = 12  # of so many children of the school one has nobody yet
LONG_LIST = 100


def take_in(company: Company, data: bytes, file_name: str, *, by: str, as_of: date, now: datetime) -> None:
    """Read, stage and confirm a roster."""
    with company.acting(by) as (_, actor):
        reading = import_usecases.read_roster(data, file_name, as_of=as_of, by=actor)
    with company.acting(by) as (session, actor):
        held = import_usecases.stage(session, reading, data=data, by=actor, now=now)
    with company.acting(by) as (session, actor):
        import_usecases.confirm(session, held.id, by=actor, now=now)


def give_heads(founder: Founder, company: Company, *, by: str) -> list[str]:
    """A teacher, group leader or grid worker for every unit; the first teacher of a grade heads the grade too."""
    with company.transaction() as session:
        units = session.scalars(select(Unit).order_by(Unit.position)).all()
    made = []
    grades: dict[UUID, UUID] = {}
    for unit in (one for one in units if one.kind in HEAD_OF_UNIT):
        role = HEAD_OF_UNIT[unit.kind]
        member = founder.member(company, unit.name, (role,), by=by, unit_id=unit.id)
        made.append(unit.name)
        if unit.parent_id:
            grades.setdefault(unit.parent_id, member.membership_id)
    with company.acting(by) as (session, actor):
        for grade, head in grades.items():
            people.assign_head(session, grade, head_id=head, by=actor, now=founder.now)
    return made


def pair(company: Company, carers: list[str], role: Role, *, by: str, now: datetime) -> None:
    """Share the left-behind children out among the carers; on a long list one in twelve still waits for somebody."""
    with company.acting(by) as (session, actor):
        wanted = select(Child.id).where(Child.left_behind).order_by(Child.pinyin, Child.id_no_tail, Child.id)
        listed = session.scalars(wanted).all()
        waiting = range(UNPAIRED_OF // 2, len(listed), UNPAIRED_OF) if len(listed) > LONG_LIST else ()
        children = [child for at, child in enumerate(listed) if at not in waiting]
        members = [company.members[who].membership_id for who in carers]
        pairing_usecases.pair_many(session, child_ids=children, membership_ids=members, role=role, by=actor, now=now)
