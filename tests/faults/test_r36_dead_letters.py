"""What failed for good is kept in PostgreSQL until somebody deals with it, however long that takes."""

import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from services.ops.main import main
from shared.kernel.errors import Conflict
from shared.notifications import parked
from tests.faults.fleet import Fleet, cast_in, running_fleet
from tests.faults.scale import times
from tests.support.cast import Cast, Company
from tests.support.cluster import dsn

# What is in hand is not rung again meanwhile: it would go to a process of its own, of which TRICKS know nothing.
PATIENT = {"HEHU_LEASE_SECONDS": "20"}
MONTH = 30 * 86_400.0  # seconds
TRICKS = ["tests.faults.tricks:failing_probes", "tests.faults.tricks:forgetful_redis"]
NO_BACK_OFF = "UPDATE reaction SET next_attempt_at = now() WHERE state = 'open' AND next_attempt_at > now()"
OPEN = "SELECT count(*) FROM reaction WHERE state = 'open'"
MONTH_LATER = (
    "UPDATE clock_offset SET ahead = '30 days'",
    *(
        f"UPDATE {table} SET {column} = {column} - interval '30 days' WHERE isfinite({column})"
        for table, column in (
            ("event", "occurred_at"),
            ("event", "recorded_at"),
            ("reaction", "created_at"),
            ("reaction", "next_attempt_at"),
        )
    ),
)


def run(fleet: Fleet, *statements: str) -> list[Any]:
    """As superuser; returns the rows of the last that has any."""
    rows: list[Any] = []
    with psycopg.connect(dsn(fleet.urls.superuser)) as connection:
        for statement in statements:
            cursor = connection.execute(statement.encode())
            rows = cursor.fetchall() if cursor.description else rows
    return rows


def park_all(fleet: Fleet) -> None:
    """Until every one has failed five times; back-offs are cut short."""
    deadline = time.monotonic() + 120
    while run(fleet, OPEN) != [(0,)]:
        assert time.monotonic() < deadline, "not all are parked"
        run(fleet, NO_BACK_OFF)
        time.sleep(0.2)


def let_a_month_pass(fleet: Fleet) -> None:
    """In PostgreSQL, and for the processes, which go on for a while and purge what has expired."""
    run(fleet, *MONTH_LATER)
    for name in ("clock", "worker"):
        fleet.jump(name, MONTH)
    time.sleep(3)  # longer than a dead letter lives in Redis
    fleet.send()
    fleet.kill("worker")
    fleet.servers.valkey.kill()
    fleet.servers.valkey.start()
    fleet.kill("clock")
    fleet.start("clock", **PATIENT)  # its first round purges


def listed(capsys: pytest.CaptureFixture[str]) -> list[Any]:
    """As the command lists them."""
    capsys.readouterr()
    assert main(["reactions", "parked", "--json"]) == 0
    found: list[Any] = json.loads(capsys.readouterr().out)
    return found


def on_pages(companies: Sequence[Company]) -> int:
    """As their own organisations see them."""
    count = 0
    for company in companies:
        with company.transaction() as session:
            count += len(session.execute(parked.parked()).all())
    return count


def replay_twice_at_once(company: Company, ids: Sequence[UUID]) -> int:
    """Two people press the button of each; returns how often it was open again."""

    def press(reaction: UUID) -> int:
        try:
            with company.transaction() as session:
                parked.replay(session, reaction, by=company.head)
        except Conflict:
            return 0
        return 1

    with ThreadPoolExecutor(4) as pool:
        return sum(pool.map(press, [one for one in ids for _ in range(2)]))


def replay_all(cast: Cast, listed: Sequence[Any]) -> None:
    """Those of the school on its page, those of the village by the command; neither opens one twice."""
    ours = [UUID(one["id"]) for one in listed if one["organisation"] == cast.school.slug]
    theirs = [one["id"] for one in listed if one["organisation"] == cast.village.slug]
    assert len(ours) + len(theirs) == len(listed)
    assert replay_twice_at_once(cast.school, ours) == len(ours)
    assert main(["reactions", "replay", *theirs]) == 0
    assert main(["reactions", "replay", *theirs]) != 0


@pytest.mark.full
@pytest.mark.beside
@pytest.mark.timeout(600)
def test_r36_what_failed_for_good_is_listed_after_a_month_and_done_once_when_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with running_fleet(tmp_path) as fleet:
        cast = cast_in(fleet.house, fleet.urls)
        fleet.tenants = [cast.school.id, cast.village.id]
        for name, value in fleet.environ().items():
            monkeypatch.setenv(name, value)
        fleet.start("clock", **PATIENT)
        fleet.start("worker", first=TRICKS)
        fleet.send(times(200))
        park_all(fleet)
        before = {one["id"] for one in listed(capsys)}

        let_a_month_pass(fleet)
        after = listed(capsys)

        assert len(before) == times(200)
        assert {one["id"] for one in after} >= before
        assert on_pages([cast.school, cast.village]) == len(after)
        replay_all(cast, after)
        fleet.start("worker")
        fleet.wait_quiet()
        assert listed(capsys) == []
        assert fleet.ledger.compare(fleet.urls) == (0, 0)
