"""What is due moves once, to its highest due stage, with its event, whatever the number of sweepers (R39, R41, R42)."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from services.worker.sweeper import sweep_table
from shared.bootstrap import House
from shared.kernel.event_types import Event, event
from shared.kernel.timers import Stage, TimedTable
from tests.support.cast import house_of
from tests.support.cluster import Urls, dsn
from tests.support.rows import insert, organisation, values_for
from tests.worker.trial import TrialHappened, house_with, leave_trace


@event("trial.soon", subject="occurrence_id")
class Soon(Event):
    """First stage."""

    occurrence_id: UUID


@event("trial.late", subject="occurrence_id")
class Late(Event):
    """Second stage."""

    occurrence_id: UUID


TIMED = TimedTable(
    table="occurrence",
    stages=(
        Stage("due_soon", "due_soon_at", Soon),
        Stage("overdue", "due_at", Late),
        Stage("missed", "grace_until", TrialHappened, {"state": "'missed'"}),
    ),
    payload={"occurrence_id": "id", "trial_id": "id"},
)


class Sheet:
    """A bare organisation with occurrences due at chosen minutes from now."""

    def __init__(self, urls: Urls) -> None:
        self.urls = urls
        self.house: House = house_with(house_of(urls), leave_trace)
        self.connection = psycopg.connect(dsn(urls.superuser), autocommit=True)
        self.tenant = organisation(self.connection, uuid4().hex)

    def occurrence(self, *, soon: float, due: float, grace: float, **given: Any) -> UUID:
        """Times in minutes from the database's now."""
        now: datetime = self.connection.execute("SELECT app_now()").fetchone()[0]  # type: ignore[index]  # one row
        times = {"due_soon_at": soon, "due_at": due, "grace_until": grace}
        at = {column: now + timedelta(minutes=minutes) for column, minutes in times.items()}
        row = values_for(self.connection, "occurrence", self.tenant, id=uuid4(), **at)
        row |= {"state": "open", "alert_at": at["due_soon_at"]} | given
        self.connection.execute("SET session_replication_role = replica")
        insert(self.connection, "occurrence", row)
        return UUID(str(row["id"]))

    def sweep(self) -> int:
        return sweep_table(self.house, TIMED)

    def advance(self, minutes: float) -> None:
        self.connection.execute("UPDATE clock_offset SET ahead = ahead + %s", [timedelta(minutes=minutes)])

    def events(self, occurrence: UUID) -> list[tuple[str, list[str]]]:
        query = "SELECT name, payload->'skipped' FROM event WHERE subject_id = %s ORDER BY recorded_at, id"
        return [(name, skipped) for name, skipped in self.connection.execute(query, [occurrence])]

    def row(self, occurrence: UUID) -> tuple[Any, ...]:
        found = self.connection.execute("SELECT state, stage FROM occurrence WHERE id = %s", [occurrence]).fetchone()
        assert found is not None
        return found


@pytest.fixture
def sheet(fresh_urls: Urls) -> Iterator[Sheet]:
    made = Sheet(fresh_urls)
    yield made
    made.connection.close()
    made.house.app.close()
    made.house.system.close()


def test_each_stage_is_reached_once_and_in_order(sheet: Sheet) -> None:
    one = sheet.occurrence(soon=-1, due=60, grace=120)

    for _ in range(4):
        sheet.sweep()
        sheet.sweep()
        sheet.advance(61)

    assert [name for name, _ in sheet.events(one)] == ["trial.soon", "trial.late", "trial.happened"]
    assert sheet.row(one) == ("missed", "missed")


def test_nothing_moves_early(sheet: Sheet) -> None:
    one = sheet.occurrence(soon=1, due=60, grace=120)

    assert sheet.sweep() == 0
    assert sheet.events(one) == []


def test_after_an_outage_an_item_fires_once_at_its_highest_stage_and_says_what_was_skipped(sheet: Sheet) -> None:
    one = sheet.occurrence(soon=-300, due=-200, grace=-100)

    sheet.sweep()

    assert sheet.events(one) == [("trial.happened", ["due_soon", "overdue"])]


def test_what_has_ended_is_left_alone(sheet: Sheet) -> None:
    done = sheet.occurrence(soon=-300, due=-200, grace=-100, state="done")

    assert sheet.sweep() == 0
    assert sheet.row(done)[0] == "done"


def test_the_event_brings_its_reactions(sheet: Sheet) -> None:
    sheet.occurrence(soon=-300, due=-200, grace=-100)

    sheet.sweep()

    assert sheet.connection.execute("SELECT reactor, state FROM reaction").fetchall() == [("leave_trace", "open")]


@pytest.mark.parametrize("sweepers", [1, 2, 4])
def test_r39_any_number_of_sweepers_moves_each_item_once(sheet: Sheet, sweepers: int) -> None:
    ids = [sheet.occurrence(soon=-300, due=-200, grace=-100) for _ in range(200)]
    moved: list[int] = []

    threads = [threading.Thread(target=lambda: moved.append(sheet.sweep())) for _ in range(sweepers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(moved) == len(ids)
    assert all(len(sheet.events(one)) == 1 for one in ids)
