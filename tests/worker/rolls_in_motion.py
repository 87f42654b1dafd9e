"""Two rolls with children they share, changes of them that can be played again, and hands that react in any order."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import groupby
from typing import Any, Literal
from uuid import UUID

import psycopg
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from services.worker.work import work
from shared.bootstrap import House
from shared.care import pairing_usecases
from shared.care.models import Assignment
from shared.children import usecases
from shared.children.models import Child
from shared.children.queries import child_in_scope
from shared.kernel.clock import app_now
from shared.kernel.errors import Conflict
from shared.kernel.reactions import How
from tests.support.cast import Cast, Company, house_of, shut
from tests.support.casting import build_cast, no_web
from tests.support.cluster import Urls, dsn
from tests.support.plans import CALL, FIRST_OF_TERM, MEETING, VISIT, WEEKLY, put_in_force
from tests.support.rosters import number

AT_SCHOOL, SHARED = 40, 10
MIDMONTH = FIRST_OF_TERM + timedelta(days=9)  # windows run: what is taken back and given again has something to lose
TURN = "CREATE SEQUENCE turn; GRANT USAGE ON SEQUENCE turn TO hehu_app"
OPEN = "SELECT tenant_id, id FROM reaction WHERE state = 'open' AND queue <> 'copy' ORDER BY random() LIMIT %s"
AGAIN = """
    UPDATE reaction r SET state = 'open', done_at = NULL, next_attempt_at = now() FROM event e
     WHERE e.tenant_id = r.tenant_id AND e.id = r.event_id AND r.state = 'done' AND e.occurred_at >= %s
"""
FOUND = {
    "children": "SELECT id, status, left_behind, is_key, unit_id, risk_level FROM child",
    "carers": "SELECT child_id, role, membership_id FROM assignment WHERE until_on IS NULL",
    "promises": """
        SELECT item_id, subject_id, window_start, state, stage, skipped, doer_id, due_soon_at, due_at, grace_until,
               alert_at, times FROM occurrence WHERE state <> 'void'
    """,
    "where they count": "SELECT id, person_key, active, left_behind, counts_here, settled FROM child_identity",
    "figures": """
        SELECT to_jsonb(f) - ARRAY['as_of', 'stage', 'skipped', 'stale_at', 'alert_at', 'created_at']::text[]
          FROM org_fact f
    """,
}


@dataclass(frozen=True)
class Deed:
    """A change of one child: `how` names it, `given` is what it sets."""

    company: Literal["school", "village"]
    child: UUID
    how: Literal["change", "exit", "come back", "carer"]
    given: tuple[tuple[str, Any], ...] = ()


@dataclass
class Place:
    """The rolls in one database."""

    urls: Urls
    house: House
    companies: dict[str, Company]
    children: list[tuple[str, UUID]] = field(default_factory=list)

    def moved_to(self, urls: Urls) -> "Place":
        """The same in a copy of the database."""
        house = house_of(urls)
        companies = {name: replace(one, house=house) for name, one in self.companies.items()}
        return Place(urls, house, companies, self.children)

    def cast(self) -> Cast:
        """What turns the clock, sweeps and drains here."""
        others = dict.fromkeys(
            ("county", "kindergarten", "community", "education", "civil_affairs", "township", "stranger"),
            self.companies["school"],
        )
        return Cast(house=self.house, urls=self.urls, areas={}, phones={}, make_app=no_web, **self.companies, **others)

    def close(self) -> None:
        shut(self.house)

    def found(self) -> dict[str, list[Any]]:
        """Everything that follows from the rolls, by names both copies have."""
        with psycopg.connect(dsn(self.urls.backup)) as connection:
            return {name: sorted(map(str, connection.execute(query.encode()))) for name, query in FOUND.items()}


def rolls_in(urls: Urls) -> Place:
    """A school and a village with plans in force; ten children stand on both rolls."""
    house = house_of(urls)
    cast = build_cast(house, urls)
    cast.clock(FIRST_OF_TERM)
    place = Place(urls, house, {"school": cast.school, "village": cast.village})
    for count in range(AT_SCHOOL):
        place.children.append(("school", _registered(cast.school, cast.school.admin, count)))
    for count in range(SHARED):
        place.children.append(("village", _registered(cast.village, cast.village.child_director, count)))
    put_in_force(cast, cast.school, VISIT, {**WEEKLY, "child_filter": "key"}, MEETING)
    put_in_force(cast, cast.school, CALL, role="proxy_parent")
    put_in_force(cast, cast.village, VISIT, role="mentor")
    cast.run_reactions()
    cast.clock(MIDMONTH)
    settle(place)
    with psycopg.connect(dsn(urls.superuser)) as connection:
        connection.execute(TURN)
    return place


def _registered(company: Company, by: Any, count: int) -> UUID:
    unit = list(company.units.values())[count % 2]
    with company.transaction() as session:
        given = {"name": f"孩子{count}", "id_no": number("2016-03-08", count), "left_behind": count % 4 > 0}
        return usecases.register(session, unit_id=unit, by=by, now=app_now(session), **given).id


def settle(place: Place) -> None:
    """Let the clock of the figures come round once, and react to everything."""
    cast = place.cast()
    for _ in range(2):
        cast.advance(minutes=1)
        cast.sweep()
        cast.run_reactions()


def deeds(place: Place, count: int, chance: random.Random) -> list[Deed]:
    """So many changes, each of a child that chance picks."""
    return [_deed(place, *chance.choice(place.children), chance) for _ in range(count)]


def _deed(place: Place, company: str, child: UUID, chance: random.Random) -> Deed:
    units = list(place.companies[company].units.values())
    members = [one.membership_id for one in place.companies[company].members.values()]
    change: dict[str, Any] = chance.choice(
        [
            {"left_behind": chance.random() < 0.5},
            {"is_key": chance.random() < 0.5},
            {"unit_id": chance.choice(units)},
            {"risk_level": chance.choice(["red", "blue", None])},
        ]
    )
    how: Any = chance.choices(["change", "exit", "come back", "carer"], [6, 1, 2, 2])[0]
    given = {"change": change, "carer": {"membership_id": chance.choice(members)}}.get(how, {})
    return Deed(company, child, how, tuple(given.items()))  # type: ignore[arg-type]  # one of the two


def do(place: Place, deed: Deed, *, version: int | None = None) -> int | None:
    """Its turn among all that were done to this child, or None where it was refused; `version`: what was looked at."""
    company = place.companies[deed.company]
    by = company.members["admin" if deed.company == "school" else "child_director"]
    try:
        with company.transaction() as session:
            _do(session, deed, by, version)
            turn: int = session.scalar(text("SELECT nextval('turn')"))
    except Conflict:
        return None
    return turn


def _do(session: Session, deed: Deed, by: Any, version: int | None) -> None:
    now, given = app_now(session), dict(deed.given)
    if deed.how == "change":
        seen = version or session.scalars(select(Child.version).where(Child.id == deed.child)).one()
        usecases.change(session, deed.child, version=seen, by=by, now=now, **given)
        return
    child_in_scope(session, by, deed.child, lock=True)  # held to the commit: turns are in the order of commits
    if deed.how == "exit":
        usecases.exit_child(session, deed.child, reason="moved", by=by, now=now)
    elif deed.how == "come back":
        usecases.come_back(session, deed.child, by=by, now=now)
    else:
        _hand_over(session, deed, by, given["membership_id"])


def _hand_over(session: Session, deed: Deed, by: Any, member: UUID) -> None:
    role = "proxy_parent" if deed.company == "school" else "mentor"
    wanted = select(Assignment).where(Assignment.child_id == deed.child, Assignment.role == role)
    present = session.scalars(wanted.where(Assignment.until_on.is_(None))).one_or_none()
    now = app_now(session)
    if present is None:
        pairing_usecases.pair(session, child_id=deed.child, membership_id=member, role=role, by=by, now=now)
    elif present.membership_id == member:
        pairing_usecases.end_pairing(session, present.id, by=by, now=now)
    else:
        pairing_usecases.change_carer(session, present.id, membership_id=member, by=by, now=now)


def react_somehow(place: Place, *, most: int) -> int:
    """Take up to `most` open reactions in no order, whoever else has them in hand.  Returns how many were open."""
    with psycopg.connect(dsn(place.urls.superuser)) as connection:
        rows = connection.execute(OPEN, [most]).fetchall()
    work(place.house, in_a_batch(rows), How.TOGETHER)
    return len(rows)


def in_a_batch(rows: Iterable[tuple[UUID, UUID]]) -> Sequence[tuple[UUID, Sequence[UUID]]]:
    """As the bell sends them: organisation after organisation."""
    grouped = groupby(sorted(rows), key=lambda row: row[0])
    return [(tenant, [row for _, row in some]) for tenant, some in grouped]


def open_everything_again(place: Place) -> None:
    """As though no reaction of this day had been done: each comes a second time."""
    with psycopg.connect(dsn(place.urls.superuser)) as connection:
        connection.execute(AGAIN, [MIDMONTH])
