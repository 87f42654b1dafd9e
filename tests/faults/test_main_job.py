"""The main job under faults: afterwards every promise, event, notice and delivery exists exactly once.

The same weeks are lived through twice: undisturbed in one process, and by real processes that are killed, starved and
restarted meanwhile.  Both must end with the same rows.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
import redis
from sqlalchemy import select

from shared.care.models import Occurrence
from shared.care.record_usecases import Deed, write_record
from shared.children.models import Child
from shared.kernel.clock import app_now, local_day
from tests.faults.fleet import Fleet, cast_in, running_fleet
from tests.support.cast import Cast, house_of
from tests.support.cluster import Urls, dsn
from tests.support.plans import FIRST_OF_TERM, MEETING, new_children, put_in_force

WEEKLY_VISIT = {"title": "每周走访", "subject": "child", "kind": "home_visit", "period": "weekly"}
CHILDREN = 6
DAYS = (7, 5, 3, 6, 7, 8)  # each jump lets other stages fall due: soon, overdue, missed, the answer's time over
QUIET_SECONDS = 60.0
HURRY = {"HEHU_LEASE_SECONDS": "1", "HEHU_HEARTBEAT_SECONDS": "1"}
ROWS = {
    "occurrences": "SELECT kind, window_start::text, state, stage FROM occurrence WHERE tenant_id = ANY(%s)",
    "events": "SELECT name FROM event WHERE tenant_id = ANY(%s) AND name NOT LIKE 'rollup.%%'",
    "notices": "SELECT kind, urgent::text FROM notice WHERE tenant_id = ANY(%s)",
    "deliveries": "SELECT channel, kind FROM delivery WHERE tenant_id = ANY(%s)",
    "escalations": "SELECT level, state FROM escalation WHERE tenant_id = ANY(%s)",
    "messages": "SELECT kind, state FROM copied_message WHERE tenant_id = ANY(%s)",
    "figures": "SELECT children::text, counted::text, done::text, missed::text, visits_missed::text "
    "FROM org_fact WHERE tenant_id = ANY(%s)",
}
DUE = " UNION ALL ".join(
    f"SELECT 1 FROM {table} WHERE alert_at <= app_now()"
    for table in ("occurrence", "plan_item", "escalation", "incident_step")
)
WAITING = f"SELECT (SELECT count(*) FROM reaction WHERE state <> 'done') + (SELECT count(*) FROM ({DUE}) due)"

Summary = dict[str, Counter[Any]]


def live(cast: Cast, quiet: Callable[[], None]) -> Summary:
    """A plan in force, one promise kept, the others missed and heard of; returns what is there afterwards."""
    cast.clock(FIRST_OF_TERM)
    new_children(cast.school, CHILDREN)
    put_in_force(cast, cast.school, WEEKLY_VISIT, MEETING)
    quiet()
    for number, days in enumerate(DAYS):
        cast.advance(days=days)
        quiet()
        if number == 0:
            _keep_one(cast)
            quiet()
    return summary(cast)


def _keep_one(cast: Cast) -> None:
    """The head makes the visit that is due to one child."""
    with cast.school.transaction() as session:
        child = session.scalars(select(Child).filter_by(name="孩子0")).one()
        due = session.scalars(
            select(Occurrence).filter_by(child_id=child.id, state="open").order_by(Occurrence.window_start).limit(1)
        ).one()
        deed = Deed(on_day=local_day(app_now(session)))
        write_record(
            session,
            kind="home_visit",
            deed=deed,
            occurrence_id=due.id,
            by=cast.school.head,
            now=app_now(session),
        )


def summary(cast: Cast) -> Summary:
    """Every kind of row of the school and of those it answers to, counted."""
    tenants = [cast.school.id, cast.education.id, cast.township.id, cast.county.id]
    with psycopg.connect(dsn(cast.urls.backup)) as connection:
        return {name: Counter(connection.execute(query.encode(), [tenants]).fetchall()) for name, query in ROWS.items()}


def close(cast: Cast) -> None:
    """Give the connections back."""
    for database in (cast.house.app, cast.house.system, cast.house.rollup):
        database.close()


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Servers for the file."""
    with running_fleet(tmp_path_factory.mktemp("main-job"), tenants=0) as made:
        yield made


@pytest.fixture(scope="module")
def undisturbed(fleet: Fleet) -> Summary:
    """How it ends when nothing goes wrong."""
    fleet.cluster.clone("hehu_undisturbed")
    urls = fleet.cluster.urls("hehu_undisturbed", 1)
    cast = cast_in(house_of(urls), urls)

    def quiet() -> None:
        while cast.sweep() + cast.run_reactions():
            pass

    found = live(cast, quiet)
    close(cast)
    return found


def wait_quiet(urls: Urls) -> None:
    """Until no reaction is open and nothing is due, twice in a row: the sweeper may be between the two."""
    deadline, calm = time.monotonic() + QUIET_SECONDS, 0
    while calm < 2:
        try:
            with psycopg.connect(dsn(urls.superuser)) as connection:
                [waiting] = connection.execute(WAITING).fetchone() or [1]
        except psycopg.OperationalError:
            waiting = -1  # the server is being restarted
        calm = calm + 1 if waiting == 0 else 0
        assert time.monotonic() < deadline, f"{waiting} things are still waiting"
        time.sleep(0.15)


def kill_one(fleet: Fleet, chance: random.Random) -> None:
    """SIGKILL whoever comes."""
    victim = chance.choice(list(fleet.processes))
    fleet.kill(victim)
    fleet.start(victim, **HURRY)


def flush_redis(fleet: Fleet, _chance: random.Random) -> None:
    """All messages gone."""
    redis.Redis.from_url(fleet.urls.redis).flushall()


def starve(fleet: Fleet, _chance: random.Random) -> None:
    """Redis away for a second."""
    fleet.servers.valkey.kill()
    time.sleep(1)
    fleet.servers.valkey.start()


def crash_postgres(fleet: Fleet, _chance: random.Random) -> None:
    """The power of the database server goes."""
    fleet.servers.postgres.kill()
    fleet.servers.postgres.start()


@pytest.mark.timeout(300)
def test_the_main_job_ends_the_same_whatever_happens_meanwhile(
    fleet: Fleet, undisturbed: Summary, chance: random.Random
) -> None:
    faults = [kill_one, flush_redis, starve, crash_postgres] * 2  # one a step
    chance.shuffle(faults)
    for name in ("clock", "clock2", "worker", "worker2"):
        fleet.start(name, **HURRY)
    cast = cast_in(house_of(fleet.urls), fleet.urls)

    def quiet() -> None:
        """The fault comes while the step's work is in hand."""
        time.sleep(chance.random() / 4)
        fault = faults.pop()
        print(fault.__name__)
        fault(fleet, chance)
        wait_quiet(fleet.urls)

    found = live(cast, quiet)
    close(cast)

    assert found == undisturbed
    assert all(found[name] for name in ROWS), "a summary without rows would prove nothing"
