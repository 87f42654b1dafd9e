"""`latency`: from a commit to its committed effect on an idle system."""

from __future__ import annotations

import time
from statistics import quantiles

from services.ops.bench.result import Result, Trial
from services.ops.bench.stage import Stage, one_value, stage
from shared.kernel.clock import app_now
from shared.kernel.events import record
from shared.kernel.ids import new_id
from shared.kernel.probe import ProbeSent

SAMPLES = 200
IDLE_SECONDS = 0.1
LOOK_SECONDS = 0.0005
THERE = "SELECT count(*) FROM audit_entry WHERE tenant_id = %s AND subject_id = %s"


def latency(trial: Trial) -> Result:
    """p50 and p99 of two hundred single events; no floor, the bars are 40 ms and 200 ms."""
    with stage(1) as built:
        built.start("services.ops.main", "clock")
        built.start("services.ops.main", "worker", "--queues", "default")
        taken = [_one(built) for _ in range(SAMPLES + 10)][10:]  # the first ones wait for the processes
    cuts = quantiles(taken, n=100)
    trial.say(f"p50 {cuts[49]:.1f} ms, p95 {cuts[94]:.1f} ms, p99 {cuts[98]:.1f} ms")
    details = {"p99 ms": round(cuts[98], 1), "p95 ms": round(cuts[94], 1), "samples": SAMPLES}
    return Result("latency", cuts[49], "ms", False, None, None, details)


def _one(built: Stage) -> float:
    """Milliseconds from the return of COMMIT until another connection sees the effect."""
    time.sleep(IDLE_SECONDS)
    probe, tenant = new_id(), built.tenants[0]
    with built.superuser() as connection:
        with built.house.app.transaction(tenant) as session:
            record(session, ProbeSent(at=app_now(session), probe_id=probe))
        committed = time.perf_counter()
        while not one_value(connection, THERE, [tenant, probe]):
            time.sleep(LOOK_SECONDS)
        return (time.perf_counter() - committed) * 1000
