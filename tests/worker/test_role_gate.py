"""No process starts with more rights over the database than its own (R2): five processes, four roles, twenty noes."""

import itertools
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tests.support.cluster import Cluster, Urls, dsn
from tests.worker.gate import AT_ONCE, PROCESSES, refused_in_one_line, start

ROLES = ("owner", "superuser", "backup", "its own with CREATE")
CELLS = list(itertools.product(PROCESSES, ROLES))


@pytest.fixture(scope="module")
def open_schema(cluster: Cluster, worker_number: int) -> Iterator[Urls]:
    """A database where the roles of processes may create tables, besides being what they are."""
    database = f"hehu_gate_{worker_number}"
    cluster.clone(database)
    urls = cluster.urls(database, worker_number)
    with psycopg.connect(dsn(urls.superuser), autocommit=True) as connection:
        connection.execute("GRANT CREATE ON SCHEMA public TO hehu_app, hehu_system, hehu_auditor")
    yield urls
    cluster.drop(database)


def started(urls: Urls, process: str, role: str) -> subprocess.CompletedProcess[str]:
    """The process with that role's address in place of its own."""
    return start(urls, process, database_url=None if role.startswith("its own") else getattr(urls, role))


@pytest.fixture(scope="module")
def outcomes(open_schema: Urls) -> dict[tuple[str, str], subprocess.CompletedProcess[str]]:
    """How each of the twenty ended."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(CELLS, pool.map(lambda cell: started(open_schema, *cell), CELLS), strict=True))


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("process", "role"), CELLS)
def test_r02_a_process_refuses_a_stronger_role_in_one_line_before_it_listens(outcomes, process, role):
    assert refused_in_one_line(outcomes[process, role])
