"""A worker that has done much is no larger than one that has done little."""

from collections.abc import Iterator

import psycopg
import pytest

from tests.faults.fleet import Fleet, running_fleet
from tests.faults.heap import heap
from tests.support.cluster import dsn

FEW, MANY = 1_000, 100_000
MOST_GROWTH = 0.1
PATIENCE = 500.0


@pytest.fixture
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """One clock and one worker over ten organisations."""
    with running_fleet(tmp_path_factory.mktemp("memory")) as made:
        made.start("clock")
        made.start("worker")
        yield made


@pytest.mark.full
@pytest.mark.timeout(900)
def test_a_worker_is_as_large_after_a_hundred_thousand_reactions_as_after_a_thousand(fleet: Fleet) -> None:
    react(fleet, FEW)
    few = fleet.processes["worker"].memory_info().rss

    react(fleet, MANY - FEW)
    many = fleet.processes["worker"].memory_info().rss

    print(f"{few >> 20} MiB after {FEW}, {many >> 20} MiB after {MANY}: {many / few - 1:+.1%}")
    assert many <= few * (1 + MOST_GROWTH)


def react(fleet: Fleet, count: int) -> None:
    """So many reactions more, shared among the organisations."""
    with psycopg.connect(dsn(fleet.urls.superuser), autocommit=True) as connection:
        for tenant in fleet.tenants:
            heap(connection, tenant, count // len(fleet.tenants))
    fleet.wait_quiet(PATIENCE)
