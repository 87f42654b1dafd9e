"""Reactors that kill their process, hang in it or eat its memory: they are parked, and cost nobody else anything."""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any
from uuid import UUID

import psycopg
import pytest

from services.ops.reactions import parked_of
from shared.kernel.clock import app_now
from shared.kernel.events import record
from shared.kernel.ids import new_id
from shared.kernel.reactions import MAX_ATTEMPTS
from tests.faults.fleet import Fleet, running_fleet
from tests.faults.scale import FULL, times
from tests.faults.trials import TRIALS
from tests.support.cluster import dsn
from tests.worker.trial import TrialHappened, house_with, leave_trace

PER_SECOND = 15  # of which one in a hundred is to kill, hang or eat
IMPATIENT = {"HEHU_HANG_SECONDS": "5"}
ALARM_SECONDS = 60
SMALL_SECONDS = 0.1  # below, the machine's own noise is as large
POISONS = ("kills", "hangs", "eats")
STATES = """
    SELECT e.subject_id, r.state, r.attempts, extract(epoch FROM r.done_at - e.recorded_at)::float FROM reaction r
      JOIN event e ON e.tenant_id = r.tenant_id AND e.id = r.event_id WHERE e.subject_id = ANY(%s)
"""
TRACES = "SELECT subject_id, count(*) FROM audit_entry WHERE action = 'trial.trace' AND subject_id = ANY(%s) GROUP BY 1"
NO_BACK_OFF = "UPDATE reaction SET next_attempt_at = now() WHERE state = 'open' AND next_attempt_at > now()"
PARKED = "SELECT count(*) FROM reaction WHERE state = 'parked'"


@dataclass
class Watch:
    """Starts workers again as soon as they have died, as any supervisor does, and notes when it came to an alarm."""

    fleet: Fleet
    environ: dict[str, str]
    deaths: Counter[str] = field(default_factory=Counter)
    parked_at = alarm_at = float("inf")

    def start(self, *names: str) -> None:
        for name in names:
            self.fleet.start(name, first=[TRIALS], **self.environ)

    def keep(self, names: Sequence[str], over: threading.Event) -> None:
        with psycopg.connect(dsn(self.fleet.urls.backup), autocommit=True) as connection:
            while not over.wait(0.05):
                dead = [name for name in names if self.fleet.died(name)]
                self.deaths.update(dead)
                self.start(*dead)
                self._look(connection)

    def wait_for_alarm(self) -> float:
        """Seconds from the first that was parked to the alarm."""
        while self.alarm_at == float("inf"):
            assert time.monotonic() < self.parked_at + 2 * ALARM_SECONDS, "no alarm"
            time.sleep(0.1)
        return self.alarm_at - self.parked_at

    def _look(self, connection: psycopg.Connection) -> None:
        now = time.monotonic()
        if connection.execute(PARKED).fetchone() != (0,):
            self.parked_at = min(self.parked_at, now)
            if '"parked"' in (self.fleet.logs / "auditor.log").read_text():
                self.alarm_at = min(self.alarm_at, now)


@contextmanager
def kept_alive(fleet: Fleet, *names: str, **environ: str) -> Iterator[Watch]:
    """These workers, all the time, whatever they die of."""
    watch, over = Watch(fleet, environ), threading.Event()
    watch.start(*names)
    keeper = threading.Thread(target=watch.keep, args=[names, over])
    keeper.start()
    try:
        yield watch
    finally:
        over.set()
        keeper.join()


def happen(fleet: Fleet, poisons: Sequence[str]) -> list[UUID]:
    """One trial event after the other, at an even pace."""
    house, ids = house_with(fleet.house, leave_trace), []
    due = time.monotonic()
    for poison in poisons:
        ids.append(new_id())
        with house.app.transaction(random.choice(fleet.tenants)) as session:
            record(session, TrialHappened(at=app_now(session), trial_id=ids[-1], poison=poison))
        due += 1 / PER_SECOND
        time.sleep(max(0.0, due - time.monotonic()))
    house.app.close()
    return ids


def mixture() -> list[str]:
    """Two thousand good ones (""), twenty bad ones among them."""
    count, poisons = times(2000), [POISONS[n % 3] for n in range(max(3, times(20)))]
    return random.sample([*poisons, *[""] * (count - len(poisons))], count)


def rows(fleet: Fleet, query: str, ids: Sequence[UUID]) -> dict[UUID, Any]:
    """What a query says of each of these, as hehu_backup sees it."""
    with psycopg.connect(dsn(fleet.urls.backup)) as connection:
        return {row[0]: row[1:] for row in connection.execute(query.encode(), [list(ids)])}


def wait_for(fleet: Fleet, ids: Sequence[UUID], state: str, *, within: float) -> dict[UUID, Any]:
    """Until all are in that state; back-offs are cut short."""
    deadline = time.monotonic() + within
    while any(row[0] != state for row in rows(fleet, STATES, ids).values()):
        assert time.monotonic() < deadline, Counter(row[:2] for row in rows(fleet, STATES, ids).values())
        with psycopg.connect(dsn(fleet.urls.superuser)) as connection:
            connection.execute(NO_BACK_OFF)
        time.sleep(0.2)
    return rows(fleet, STATES, ids)


def p95(found: dict[UUID, Any]) -> float:
    """Seconds from the event to its effect."""
    return quantiles([float(row[2]) for row in found.values()], n=20)[18]


@pytest.mark.full
@pytest.mark.alone
@pytest.mark.timeout(600)
def test_r27_what_kills_hangs_or_eats_is_tried_five_times_and_parked_and_the_others_are_done(tmp_path: Path) -> None:
    tries, mixed = tmp_path / "tries", mixture()
    own = {**IMPATIENT, "HEHU_TRIES": str(tries), "HEHU_WORKER_MEMORY_MB": "500"}

    with running_fleet(tmp_path) as fleet:
        for name in ("clock", "auditor"):
            fleet.start(name, **IMPATIENT)
        with kept_alive(fleet, "worker", "worker2", **own) as watch:
            normal = wait_for(fleet, happen(fleet, [""] * times(400)), "done", within=60)
            how = dict(zip(happen(fleet, mixed), mixed, strict=True))
            good, bad = ([one for one in how if bool(how[one]) is evil] for evil in (False, True))
            found = wait_for(fleet, good, "done", within=120)
            parked = wait_for(fleet, bad, "parked", within=180)
            alarm = watch.wait_for_alarm()

        tried = Counter(UUID(line) for line in tries.read_text().split())
        print(f"deaths {dict(watch.deaths)}, tries {Counter(tried[one] for one in bad)}, alarm after {alarm:.1f} s")
        print(f"p95 {p95(found):.2f} s, without poison {p95(normal):.2f} s")
        assert rows(fleet, TRACES, list(how)) == dict.fromkeys(good, (1,))
        assert {attempts for _, attempts, _ in parked.values()} == {MAX_ATTEMPTS}
        assert max(tried[one] for one in bad) <= MAX_ATTEMPTS
        assert len(parked_of(fleet.house)) == len(bad)
        fleet.house.system.close()
        assert alarm <= ALARM_SECONDS
        assert not FULL or p95(found) <= 2 * max(p95(normal), SMALL_SECONDS)
