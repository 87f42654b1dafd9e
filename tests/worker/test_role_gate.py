"""No process starts with more rights over the database than its own (R2): four processes, four roles, sixteen noes."""

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tests.support.cast import settings_of
from tests.support.cluster import Cluster, Urls, dsn

PROCESSES = {
    "web": (["web", "--port", "0"], "HEHU_DATABASE_URL"),
    "worker": (["worker"], "HEHU_DATABASE_URL"),
    "bell": (["clock", "--only", "bell"], "HEHU_SYSTEM_DATABASE_URL"),
    "sweeper": (["clock", "--only", "sweeper"], "HEHU_SYSTEM_DATABASE_URL"),
}
ROLES = ("owner", "superuser", "backup", "its own with CREATE")
CELLS = list(itertools.product(PROCESSES, ROLES))
AT_ONCE = 2
SECONDS = 60


@pytest.fixture(scope="module")
def open_schema(cluster: Cluster, worker_number: int) -> Iterator[Urls]:
    """A database where hehu_app and hehu_system may create tables, besides being what they are."""
    database = f"hehu_gate_{worker_number}"
    cluster.clone(database)
    urls = cluster.urls(database, worker_number)
    with psycopg.connect(dsn(urls.superuser), autocommit=True) as connection:
        connection.execute("GRANT CREATE ON SCHEMA public TO hehu_app, hehu_system")
    yield urls
    cluster.drop(database)


def start(urls: Urls, process: str, role: str) -> subprocess.CompletedProcess[str]:
    """Run the process with that role's address in place of its own until it ends."""
    arguments, variable = PROCESSES[process]
    settings = settings_of(urls)
    given = urls.environment() | {"HEHU_SECRET_KEY": settings.secret_key, "HEHU_FIELD_KEYS": settings.field_keys}
    if role in ("owner", "superuser", "backup"):
        given[variable] = getattr(urls, role)
    command = [sys.executable, "-m", "services.ops.main", *arguments]
    return subprocess.run(command, env=os.environ | given, capture_output=True, text=True, timeout=SECONDS, check=False)


@pytest.fixture(scope="module")
def outcomes(open_schema: Urls) -> dict[tuple[str, str], subprocess.CompletedProcess[str]]:
    """How each of the sixteen ended; one that goes on running fails by its time-out."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(CELLS, pool.map(lambda cell: start(open_schema, *cell), CELLS), strict=True))


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("process", "role"), CELLS)
def test_r02_a_process_refuses_a_stronger_role_in_one_line_before_it_listens(outcomes, process, role):
    ended = outcomes[process, role]

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1
    assert "拒绝启动" in ended.stderr
