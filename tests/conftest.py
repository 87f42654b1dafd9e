"""Servers and databases for every test; see `tests/support/cluster.py`."""

import contextlib
import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from tests.faults.scale import FULL
from tests.support.cluster import Cluster, Urls, running_cluster

_HELD = pytest.StashKey[contextlib.ExitStack]()
_CLUSTER = pytest.StashKey[Cluster]()
_numbers = itertools.count()


def _own_cluster(config: pytest.Config) -> Cluster:
    """Start the run's servers once; they end with the run."""
    if _CLUSTER not in config.stash:
        config.stash[_HELD] = contextlib.ExitStack()
        config.stash[_CLUSTER] = config.stash[_HELD].enter_context(running_cluster())
    return config.stash[_CLUSTER]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Under xdist the controller starts the servers and hands their addresses to its workers."""
    node.workerinput["cluster"] = _own_cluster(node.config).dumps()


def pytest_configure() -> None:
    """A traceback in the log as Python writes it: the decorated one takes a second each, over thousands of lines."""
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers where they were started."""
    if _HELD in config.stash:
        config.stash[_HELD].close()


REQUIREMENT = re.compile(r"::test_r\d+_")
# The longest first.  xdist gives a second file to whoever has one or two tests: behind R20's twelve minutes, R36's one.
LONG = (
    "test_r17_r19_kills.py",
    "test_r20_r23_redis.py",
    "test_r37_watchdog.py",
    "test_state_machine.py",
    "test_r40_r47_clocks.py",
    "test_r36_dead_letters.py",
    "tests/faults/",
    "tests/e2e/",
    "test_stack.py",
    "test_role_matrix.py",
    "test_api_schemathesis.py",
    "test_role_gate.py",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long files first: no worker is left alone with one of them at the end.  The order of the others stays random.

    The full set of `make faults` is what carries a requirement's number in its name, and what is marked `full`.
    """
    left_out = [item for item in items if not _is_in_this_set(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if _is_in_this_set(item)]
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    return next((number for number, part in enumerate(LONG) if part in item.nodeid), len(LONG))


def _is_in_this_set(item: pytest.Item) -> bool:
    only_full = item.get_closest_marker("full") is not None
    return only_full or bool(REQUIREMENT.search(item.nodeid)) if FULL else not only_full


@pytest.fixture(scope="session")
def cluster(pytestconfig: pytest.Config) -> Cluster:
    """The run's PostgreSQL and Valkey."""
    given: dict[str, str] = getattr(pytestconfig, "workerinput", {})
    return Cluster.loads(given["cluster"]) if given else _own_cluster(pytestconfig)


@pytest.fixture(scope="session")
def worker_number(pytestconfig: pytest.Config) -> int:
    """0 without xdist; 0, 1 … in its workers."""
    given: dict[str, str] = getattr(pytestconfig, "workerinput", {})
    return int(given.get("workerid", "gw0").removeprefix("gw"))


@pytest.fixture(scope="session")
def urls(cluster: Cluster, worker_number: int) -> Urls:
    """This worker's migrated database and Redis database, shared by its tests: make your own tenants."""
    database = f"hehu_test_{worker_number}"
    cluster.clone(database)
    return cluster.urls(database, worker_number)


@pytest.fixture
def fresh_urls(cluster: Cluster, worker_number: int) -> Iterator[Urls]:
    """A migrated database for one test alone: for what looks at all tenants, or changes the schema."""
    database = f"hehu_fresh_{worker_number}_{next(_numbers)}"
    cluster.clone(database)
    yield cluster.urls(database, worker_number)
    cluster.drop(database)
