"""One organisation enqueues fifty thousand events at once: the others go on as if nothing were."""

import threading
import time
from collections.abc import Iterator, Sequence
from statistics import quantiles
from uuid import UUID

import psycopg
import pytest

from shared.kernel.clock import app_now
from shared.kernel.events import record
from shared.kernel.ids import new_id
from shared.kernel.probe import ProbeSent
from shared.kernel.settings import Settings
from tests.faults.fleet import Fleet, running_fleet
from tests.faults.heap import heap
from tests.faults.scale import FULL, times
from tests.faults.trials import TRIALS
from tests.support.cluster import dsn
from tests.worker.trial import happen, house_with, leave_trace_alarm

ORGANISATIONS = 50
LEASE = {"HEHU_LEASE_SECONDS": str(Settings.lease_seconds)}  # slow ones are no lost ones
OPEN = "SELECT count(*) FROM reaction WHERE tenant_id = %s AND state <> 'done'"
LATE = """
    SELECT extract(epoch FROM r.done_at - e.recorded_at)::float FROM reaction r
      JOIN event e ON e.tenant_id = r.tenant_id AND e.id = r.event_id
     WHERE r.tenant_id <> %s AND r.queue = %s
"""


@pytest.fixture
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """One worker process, as the smallest county has."""
    with running_fleet(tmp_path_factory.mktemp("noise"), tenants=ORGANISATIONS) as made:
        made.start("clock", **LEASE)
        yield made


@pytest.mark.full
@pytest.mark.alone
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("heaped", "slow"), [(50_000, 0.0), (5_000, 0.01)])
def test_r34_nobody_waits_behind_what_another_has_heaped_up(fleet: Fleet, heaped: int, slow: float) -> None:
    noisy, *others = fleet.tenants
    fleet.start("worker", first=[TRIALS, "tests.faults.tricks:slow_probes"], HEHU_SLOW=str(slow), **LEASE)
    fleet.wait_quiet()
    over = threading.Event()
    quiet_ones = threading.Thread(target=one_a_second, args=(fleet, others, over))

    with psycopg.connect(dsn(fleet.urls.superuser), autocommit=True) as connection:
        heap(connection, noisy, times(heaped))
        started = time.monotonic()
        quiet_ones.start()
        while (connection.execute(OPEN, [noisy]).fetchone() or [0])[0]:
            time.sleep(0.2)
        seconds = time.monotonic() - started
        over.set()
        quiet_ones.join()
        fleet.wait_quiet()
        late = {queue: [row[0] for row in connection.execute(LATE, [noisy, queue])] for queue in ("default", "alarm")}

    p95 = {queue: quantiles(seconds, n=20)[18] for queue, seconds in late.items()}
    print(f"{times(heaped)} in {seconds:.1f} s; of {len(late['default'])} others p95 {p95['default']:.2f} s,", end=" ")
    print(f"alarms p95 {p95['alarm']:.2f} s")
    assert p95["default"] <= 10
    assert p95["alarm"] <= 5
    assert not FULL or p95["default"] <= seconds / 3, "in one row for all, half of them would have waited longer"


def one_a_second(fleet: Fleet, tenants: Sequence[UUID], over: threading.Event) -> None:
    """Each of them has an event a second; every tenth of these rings as an alarm."""
    alarms = house_with(fleet.house, leave_trace_alarm)
    while not over.is_set():
        due = time.monotonic()
        for number, tenant in enumerate(tenants):
            if number % 10:
                probe = new_id()
                with fleet.house.app.transaction(tenant) as session:
                    record(session, ProbeSent(at=app_now(session), probe_id=probe))
            else:
                with fleet.house.app.transaction(tenant) as session:
                    now = app_now(session)
                happen(alarms, tenant, now=now)
            due += 1 / len(tenants)
            time.sleep(max(0.0, due - time.monotonic()))
    alarms.app.close()
