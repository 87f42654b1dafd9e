"""One event that hundreds of people hear of, while the worker dies again and again in the middle."""

import json
import random
import time
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from shared.incidents import usecases
from shared.incidents.rules import Report
from shared.kernel.clock import app_now
from shared.people.models import MemberRole, Membership, Person
from shared.people.rules import Role
from tests.faults.fleet import Fleet, cast_in, running_fleet
from tests.faults.scale import times
from tests.support.cast import Company, new_phone
from tests.support.cluster import dsn

SEND_SECONDS = 0.2
TRICKS = ["tests.faults.tricks:slow_provider"]
NOTICES = "SELECT recipient_id FROM notice WHERE kind = 'incident.protective'"
DELIVERIES = "SELECT id, recipient_id, state FROM delivery WHERE kind = 'incident.protective'"
IN_FLIGHT = "SELECT id FROM delivery WHERE state = 'sending'"


def add_heads(school: Company, count: int) -> None:
    """A school that is led by very many."""
    with school.transaction() as session:
        for number in range(count):
            person = Person(phone=new_phone())
            session.add(person)
            session.flush()
            member = Membership(person_id=person.id, name=f"第{number}位", pinyin="", from_on=date(2020, 1, 1))
            session.add(member)
            session.flush()
            session.add(MemberRole(membership_id=member.id, role=Role.HEAD))


def report(school: Company) -> None:
    """What head and administrator alone may learn of."""
    told = Report(category="violence_abuse", names="王小明", account="身上有伤。")
    with school.transaction() as session:
        usecases.open_incident(session, told, by=school.teacher, now=app_now(session))


def asked(fleet: Fleet, query: str) -> list[Any]:
    """Rows, as hehu_backup sees them."""
    with psycopg.connect(dsn(fleet.urls.backup)) as connection:
        return connection.execute(query.encode()).fetchall()


def lines(sent: Path) -> list[str]:
    """What the provider has taken."""
    return sent.read_text().splitlines() if sent.exists() else []


def calls_for(deliveries: set[UUID], sent: Path) -> Counter[UUID]:
    """How often each was handed over; other organisations hear of it too, by others."""
    calls = Counter(UUID(json.loads(line)["id"]) for line in lines(sent))
    return Counter({one: many for one, many in calls.items() if one in deliveries})


def wait_for_one_more(sent: Path) -> None:
    """Until the worker is at it again."""
    before, deadline = len(lines(sent)), time.monotonic() + 30
    while len(lines(sent)) == before:
        assert time.monotonic() < deadline, "nothing is sent any more"
        time.sleep(0.02)


def kill_at_work(fleet: Fleet, sent: Path, chance: random.Random) -> set[UUID]:
    """The worker dies alone, whatever it has started lives on; returns whose message was in its hand just then."""
    wait_for_one_more(sent)
    time.sleep(chance.uniform(0, SEND_SECONDS))
    assert fleet.open_reactions(), "all was done before the last death"
    process = fleet.processes["worker"]
    process.kill()
    process.wait()
    return {row[0] for row in asked(fleet, IN_FLIGHT)}


@pytest.mark.full
@pytest.mark.beside
@pytest.mark.timeout(600)
def test_r33_each_of_five_hundred_hears_once_and_only_what_was_in_flight_is_handed_over_again(
    tmp_path: Path, chance: random.Random
) -> None:
    people, kills, sent = times(500), times(100), tmp_path / "sent"
    how = {"HEHU_SMS_URL": f"file:{sent}", "HEHU_SLOW": str(SEND_SECONDS)}
    with running_fleet(tmp_path) as fleet:
        school = cast_in(fleet.house, fleet.urls).school
        add_heads(school, people - 2)  # head and administrator are there
        fleet.start("clock")
        report(school)

        in_flight = set[UUID]()
        for death in range(kills + 1):
            fleet.start("worker", first=TRICKS, **how)
            in_flight |= kill_at_work(fleet, sent, chance) if death < kills else set()
        fleet.wait_quiet()

        deliveries = asked(fleet, DELIVERIES)
        calls = calls_for({one for one, _, _ in deliveries}, sent)
        twice = {one for one, many in calls.items() if many > 1}
        print(f"{len(in_flight)} in flight at {kills} deaths, {len(twice)} of {len(calls)} handed over again")
        assert len(asked(fleet, NOTICES)) == len(set(asked(fleet, NOTICES))) == people
        assert len(deliveries) == len({recipient for _, recipient, _ in deliveries}) == people
        assert ({state for _, _, state in deliveries}, len(calls)) == ({"sent"}, people)
        assert twice <= in_flight
