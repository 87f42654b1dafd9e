"""Puts the county together on the day before the first: offices, people, rolls, pairings, plans in force."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from services.ops.demo_data import lists
from services.ops.demo_data.founding import Company, Founder, Member
from services.ops.demo_data.names import Inventor
from services.ops.demo_data.pupils import Pupil
from shared.bootstrap import House
from shared.care import plan_force_usecases, plan_usecases
from shared.children import usecases as children
from shared.children.models import Child
from shared.organisations import term_usecases
from shared.organisations.models import Area

from . import days, offices, rolls
from .offices import CARERS, PROMISES, CarePlace
from .scale import Chance, Scale

PLAN_TEXT = "留守儿童关爱工作约定\n以下各条由本单位逐条填写。"
KEY_CHILD, RED, YELLOW = 0.04, 0.02, 0.04
Say = Callable[[str], None]


@dataclass(frozen=True)
class County:
    """What the checks need to know of what was founded: somebody to log in as, and those who promise care."""

    office: Company
    officer: Member
    area: str  # the address of its board
    care: tuple[Company, ...]


def found(house: House, scale: Scale, say: Say) -> County:
    """Found everything by the use-cases that people's pages call."""
    paper, make = offices.layout(scale), Inventor(scale.seed)
    eve = days.STARTS - days.DAY
    founder = Founder(
        house,
        make,
        now=days.moment(eve, days.FOUNDED),
        villages=paper.villages,
        communities=paper.communities,
    )
    office = founder.county()
    for name, first, last in days.TERMS:
        founder.term(first, last, name=name)
    for bureau in paper.bureaus:
        founder.organisation(bureau)
    listed = rolls.rolls(paper.care, make, today=eve)
    care = []
    for number, place in enumerate(paper.care, start=1):
        say(f"founding {number} of {len(paper.care)} organisations")
        founding = _Founding(founder, place, Chance(scale.seed))
        founding.found(listed[place.office.key])
        care.append(founding.company)
    with office.transaction() as session:
        area = session.get_one(Area, office.row.area_id).slug
    return County(office, office.members["officer"], area, tuple(care))


class _Founding:
    """One organisation: its people, its roll, who is paired with whom, and what it promises."""

    def __init__(self, founder: Founder, place: CarePlace, chance: Chance) -> None:
        self.founder, self.place, self.chance = founder, place, chance
        self.company = founder.organisation(place.office)
        self.administrator = next(iter(place.office.people))

    def found(self, pupils: list[Pupil]) -> None:
        """All of it, as on the first evening."""
        now = self.founder.now
        with self.company.acting(self.administrator) as (session, by):
            for name, first, last in days.OWN_TERMS.get(self.place.office.kind, ()):
                term_usecases.set_term(session, name=name, starts_on=first, ends_on=last, by=by)
        data, file_name = rolls.workbook(self.place, pupils), f"{self.place.office.name}名单.xlsx"
        keeper = {"by": self.administrator, "now": now}
        lists.take_in(self.company, data, file_name, as_of=days.STARTS, **keeper)  # type: ignore[arg-type]  # as above
        lists.give_heads(self.founder, self.company, by=self.administrator)
        role, most = CARERS[self.place.office.kind]
        carers = [f"carer{number}" for number in range(max(2, -(-self.place.children // most)))]
        also = offices.OTHER_ROLES.get(role)
        for who in carers:
            roles = (role, also) if also else (role,)
            self.founder.member(self.company, who, roles, by=self.administrator)
        lists.pair(self.company, carers, role, **keeper)  # type: ignore[arg-type]  # a name and a moment
        self._look_twice(now)
        self._promise(days.moment(days.STARTS - days.DAY, days.IN_FORCE))

    def _look_twice(self, now: datetime) -> None:
        """Some children are important ones, some at risk; it stays so, for the rules are asked again in the end."""
        with self.company.acting(self.administrator) as (session, by):
            listed = session.scalars(
                select(Child).where(Child.left_behind).order_by(Child.name, Child.id_no_tail)
            ).all()
            for child in listed:
                about = (self.place.office.name, child.name, child.id_no_tail)
                given: dict[str, object] = {}
                if self.chance.happens(KEY_CHILD, "key", *about):
                    given |= {"is_key": True, "key_reason": "照料人年过七十。"}
                level = self.chance.of("risk", *about)
                if level < RED + YELLOW:
                    given["risk_level"] = "red" if level < RED else "yellow"
                if given:
                    children.change(session, child.id, version=child.version, by=by, now=now, **given)

    def _promise(self, now: datetime) -> None:
        with self.company.acting(self.administrator) as (session, by):
            leader = self.company.members["head"].name
            plan = plan_usecases.hand_in(session, text=PLAN_TEXT, leader=leader, by=by, now=now)
            for item in PROMISES[self.place.office.kind]:
                plan_usecases.add_item(session, plan.id, version=plan.version, by=by, now=now, **item)
            plan_force_usecases.activate(session, plan.id, version=plan.version, by=by, now=now)
