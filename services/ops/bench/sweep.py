"""`sweep`: moving what is due among a million occurrences, against one statement written by hand."""

from __future__ import annotations

import time
from statistics import median
from typing import Any

import psycopg

from services.ops.bench.result import Result, Trial, in_turn, medians, spread
from services.ops.bench.stage import Stage, stage
from shared import subscriptions
from shared.care.timed import OCCURRENCES
from shared.kernel.timers import sweep as sweep_once

DUE = 10_000
SMALL, LARGE = 100_000, 1_000_000
BATCH = 2000
FILL = """
    INSERT INTO occurrence (tenant_id, id, item_id, kind, subject_kind, subject_id, window_start, window_end,
                            due_soon_at, due_at, grace_until, alert_at)
    SELECT (SELECT array_agg(id) FROM organisation)[1 + n %% 50], gen_random_uuid(), gen_random_uuid(), 'talk', 'child',
           gen_random_uuid(), '2026-09-01', '2026-09-30', at, at + interval '9 days', at + interval '20 days', at
      FROM generate_series(1, %s) n, LATERAL (SELECT now() + interval '1 day' + n * interval '1 second' AS at) t
"""
MAKE_DUE = """
    UPDATE occurrence SET state = 'open', stage = 'due_soon', due_soon_at = now() - interval '9 days',
           due_at = now() - interval '1 minute', grace_until = now() + interval '5 days',
           alert_at = now() - interval '1 minute'
     WHERE ctid IN (SELECT ctid FROM occurrence ORDER BY id LIMIT %s)
"""
BY_HAND = """
    WITH moved AS (
        UPDATE occurrence SET stage = 'overdue', alert_at = grace_until
         WHERE alert_at <= now() AND state = 'open'
        RETURNING tenant_id, id, item_id, kind, gen_random_uuid() AS event_id
    ), written AS (
        INSERT INTO event (tenant_id, id, name, version, subject_id, payload, occurred_at)
        SELECT tenant_id, event_id, 'occurrence.overdue', 1, id, jsonb_build_object('occurrence_id', id), now()
          FROM moved
    ), rung AS (
        INSERT INTO reaction (tenant_id, id, event_id, reactor, queue)
        SELECT tenant_id, gen_random_uuid(), event_id, duty.name, 'default'
          FROM moved, unnest(%s::text[]) AS duty (name)
    )
    SELECT count(*) FROM moved
"""


def sweep(trial: Trial) -> Result:
    """Rows per second as hehu_system through the policies, in batches; time at a million against time at 100,000."""
    with stage(50, options={"max_wal_size": "8GB"}) as built:
        _fill(built, SMALL, trial)
        small = [_ours(built) for _ in range(trial.runs)]
        _fill(built, LARGE - SMALL, trial)
        found = in_turn(lambda: _ours(built), lambda: _by_hand(built), trial)
    value, floor = medians(found)
    growth = median(small) / value
    details = {
        "due": DUE,
        "rows": LARGE,
        "time with 1,000,000 by time with 100,000": round(growth, 2),
        "runs": spread(found[0]),
        "floor runs": spread(found[1]),
    }
    return Result("sweep", value, "rows/s", True, floor, value / floor, details)


def _fill(built: Stage, rows: int, trial: Trial) -> None:
    trial.say(f"filling {rows:,} occurrences")
    with built.superuser() as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(FILL, [rows])


def _prepare(connection: psycopg.Connection[Any]) -> None:
    """The same rows due again, no events of the run before, and the dead rows gone."""
    connection.execute(MAKE_DUE, [DUE])
    connection.execute("TRUNCATE reaction, event CASCADE")
    connection.execute("VACUUM ANALYZE occurrence")
    connection.execute("CHECKPOINT")


def _ours(built: Stage) -> float:
    with built.superuser() as connection:
        _prepare(connection)
    moved, started = 0, time.perf_counter()
    while moved < DUE:
        with built.house.system.transaction(None) as session:
            moved += sweep_once(session, OCCURRENCES, most=BATCH)
    return DUE / (time.perf_counter() - started)


def _by_hand(built: Stage) -> float:
    overdue = next(stage.event for stage in OCCURRENCES.stages if stage.name == "overdue")
    duties = [reactor.name for reactor in subscriptions.by_event_name().get(overdue.name, ())]
    with built.superuser() as connection:
        _prepare(connection)
        started = time.perf_counter()
        connection.execute(BY_HAND, [duties])
        return DUE / (time.perf_counter() - started)
