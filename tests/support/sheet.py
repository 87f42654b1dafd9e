"""A bare organisation with timed rows due at chosen minutes from now, and stages of the tests' own."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg

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


ALIKE = """
    INSERT INTO occurrence
    SELECT (jsonb_populate_record(o, jsonb_build_object('id', gen_random_uuid(), 'item_id', gen_random_uuid()))).*
      FROM occurrence o, generate_series(2, %s) WHERE o.id = %s
    RETURNING id
"""
# What must never be, whatever died when: a stage without its event, an event without its stage, or either twice.
TORN = """
    SELECT count(*) FROM (
        SELECT o.id, o.stage, count(e.id) FROM occurrence o
          FULL JOIN event e ON e.tenant_id = o.tenant_id AND e.subject_id = o.id
         WHERE o.stage IS NOT NULL OR e.id IS NOT NULL GROUP BY o.id, o.stage
        HAVING o.stage IS NULL OR count(e.id) <> 1 OR min(e.name) <> CASE o.stage
               WHEN 'due_soon' THEN 'trial.soon' WHEN 'overdue' THEN 'trial.late' ELSE 'trial.happened' END) torn
"""


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

    def occurrences(self, count: int, *, soon: float, due: float, grace: float) -> list[UUID]:
        """Many alike, each of an item of its own; a sweep sees all of them or none."""
        with self.connection.transaction():
            first = self.occurrence(soon=soon, due=due, grace=grace)
            more = self.connection.execute(ALIKE, [count, first]).fetchall()
        return [first, *(row[0] for row in more)]

    def sweep(self) -> int:
        return sweep_table(self.house, TIMED)

    def advance(self, minutes: float) -> None:
        self.connection.execute("UPDATE clock_offset SET ahead = ahead + %s", [timedelta(minutes=minutes)])

    def count(self, query: str, *values: Any) -> int:
        """The one number that a query gives."""
        row = self.connection.execute(query.encode(), values).fetchone()
        assert row is not None
        return int(row[0])

    def events(self, occurrence: UUID) -> list[tuple[str, list[str]]]:
        query = "SELECT name, payload->'skipped' FROM event WHERE subject_id = %s ORDER BY recorded_at, id"
        return [(name, skipped) for name, skipped in self.connection.execute(query, [occurrence])]

    def row(self, occurrence: UUID) -> tuple[Any, ...]:
        found = self.connection.execute("SELECT state, stage FROM occurrence WHERE id = %s", [occurrence]).fetchone()
        assert found is not None
        return found


@contextmanager
def sheet_in(urls: Urls) -> Iterator[Sheet]:
    """One, until the end of the block."""
    made = Sheet(urls)
    try:
        yield made
    finally:
        made.connection.close()
        made.house.app.close()
        made.house.system.close()
