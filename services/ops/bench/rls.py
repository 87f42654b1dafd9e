"""`rls`: what the policies cost: a page of one organisation's children among those of two hundred."""

from __future__ import annotations

import time
from statistics import median
from typing import Any

import psycopg

from services.ops.bench.result import Result, Trial, in_turn, medians, spread
from services.ops.bench.stage import Stage, stage

ORGANISATIONS = 200
CHILDREN = 2000
QUERIES = 300
COLUMNS = "id, name, sex, birth_date, unit_id, left_behind"
ORDER = 'ORDER BY pinyin COLLATE "C", id LIMIT 50'
THROUGH_POLICY = f"SELECT {COLUMNS} FROM child WHERE status = 'active' AND left_behind {ORDER}"
WRITTEN_OUT = f"SELECT {COLUMNS} FROM child WHERE tenant_id = %s AND status = 'active' AND left_behind {ORDER}"
FILL = """
    INSERT INTO child (tenant_id, id, name, pinyin, left_behind)
    SELECT o.id, gen_random_uuid(), 'x', md5(o.id::text || n), true
      FROM organisation o, generate_series(1, %s) n
"""


def rls(trial: Trial) -> Result:
    """Median milliseconds of a query as hehu_app, bound, against hehu_backup with the filter written out."""
    with stage(ORGANISATIONS) as built:
        trial.say(f"filling {ORGANISATIONS * CHILDREN:,} children")
        with built.superuser() as connection:
            connection.execute(FILL, [CHILDREN])
            connection.execute("VACUUM ANALYZE child")
        found = in_turn(lambda: _as_app(built), lambda: _as_backup(built), trial)
    value, floor = medians(found)
    details = {"children": ORGANISATIONS * CHILDREN, "runs": spread(found[0]), "floor runs": spread(found[1])}
    return Result("rls", value, "ms", False, floor, value / floor, details)


def _as_app(built: Stage) -> float:
    with psycopg.connect(built.urls["hehu_app"]) as connection:
        connection.execute("SELECT set_config('hehu.tenant', %s, true)", [str(built.tenants[100])])
        return _timed(connection, THROUGH_POLICY, [])


def _as_backup(built: Stage) -> float:
    with psycopg.connect(built.urls["hehu_backup"]) as connection:
        return _timed(connection, WRITTEN_OUT, [built.tenants[100]])


def _timed(connection: psycopg.Connection[Any], query: str, values: list[Any]) -> float:
    taken = []
    for _ in range(QUERIES):
        started = time.perf_counter()
        rows = connection.execute(query.encode(), values).fetchall()
        taken.append((time.perf_counter() - started) * 1000)
        assert len(rows) == 50
    return median(taken)
