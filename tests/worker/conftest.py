"""Fixtures of the worker's tests, on a database of their own: they react with subscriptions of their own."""

import pytest

from tests.support.cluster import Cluster, Urls
from tests.support.fixtures import cast, house, make_app

__all__ = ["cast", "house", "make_app"]


@pytest.fixture(scope="session")
def urls(cluster: Cluster, worker_number: int) -> Urls:
    """A migrated database that no other test's reactions lie in."""
    database = f"hehu_worker_{worker_number}"
    cluster.clone(database)
    return cluster.urls(database, worker_number)
