"""A PostgreSQL whose answer to COMMIT is lost, that is killed, that ends connections: each change once, with its event.

R32 ends a connection every 50 ms for a minute rather than every 500 ms for ten: the same number.
"""

import random
import time

import psycopg
import pytest
from sqlalchemy.engine import make_url

from tests.faults.fleet import QUIET_SECONDS
from tests.faults.proxy import Proxy
from tests.faults.scale import FULL, times
from tests.faults.site import Site, at_work
from tests.faults.web import WebWatch, real_web
from tests.support.cluster import dsn

REPORTERS = 2
PAUSE_SECONDS = 0.05
TERMINATE = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE usename IN ('hehu_app', 'hehu_system', 'hehu_rollup') ORDER BY random() LIMIT 1
"""


@pytest.mark.full
@pytest.mark.timeout(900)
def test_r30_a_commit_whose_answer_is_lost_changes_things_once(site: Site) -> None:
    url = make_url(site.fleet.urls.app)
    assert url.port

    with Proxy(url.port, marked=b"INSERT INTO incident ") as proxy:
        through = url.set(port=proxy.port).render_as_string(hide_password=False)
        with real_web(site.fleet, "web2", HEHU_DATABASE_URL=through) as web:
            site.script.address = web.address
            with at_work(*[site.script.work] * REPORTERS):
                while proxy.cuts < times(500):
                    time.sleep(0.05)

    site.settle()
    assert len(site.script.refused) >= times(500)


@pytest.mark.timeout(900)
def test_r31_a_killed_postgresql_keeps_all_that_was_acknowledged(site: Site, chance: random.Random) -> None:
    moments = [0.5 + chance.random() for _ in range(times(20))]
    back: list[float] = []

    with at_work(site.send, site.script.work):
        for pause in moments:
            time.sleep(pause)
            site.fleet.servers.postgres.kill()
            site.fleet.servers.postgres.start()
            back.append(seconds_until_served(site))

    site.settle()
    print(f"service back after {max(back):.2f} s at most")
    assert max(back) <= 60


def seconds_until_served(site: Site) -> float:
    """Until a program's next report is answered and reacted to."""
    started, reported = time.monotonic(), len(site.script.acked)
    while len(site.script.acked) == reported:
        time.sleep(0.02)
        assert time.monotonic() - started < QUIET_SECONDS
    return time.monotonic() - started


@pytest.mark.full
@pytest.mark.timeout(900)
def test_r32_ended_connections_lose_and_double_nothing(site: Site) -> None:
    watch, ended = WebWatch(site.web.address), 0
    until = time.monotonic() + (60 if FULL else 4)

    with at_work(site.send, site.script.work, watch.read), psycopg.connect(dsn(site.fleet.urls.superuser)) as line:
        while time.monotonic() < until:
            ended += len(line.execute(TERMINATE).fetchall())
            line.commit()
            time.sleep(PAUSE_SECONDS)

    site.settle()
    failed = len(watch.failures() + site.script.refused)
    print(f"{ended} connections ended, {failed} answers of 5xx")
    assert failed <= ended
