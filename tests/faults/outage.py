"""Promises, calls and duties that fall due on every rung while nobody looks at the clock."""

import itertools
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg

from tests.support.cast import Company

Connection = psycopg.Connection[Any]
_days = itertools.count()
# name → ((due soon, due, missed) in minutes from now, the stage it has come to)
OCCURRENCES: dict[str, tuple[tuple[float, float, float], str | None]] = {
    "due_soon": ((60, 10_000, 20_000), None),
    "overdue": ((-10_000, 90, 20_000), "due_soon"),
    "missed": ((-20_000, -10_000, 120), "overdue"),
    "due_soon and overdue": ((30, 150, 20_000), None),
    "all at once": ((20, 80, 140), None),
}
YESTERDAY = (-1500, -1500, -1500)
PROMISE = """
    INSERT INTO occurrence (tenant_id, id, item_id, kind, subject_kind, subject_id, child_id, doer_id, window_start,
                            window_end, due_soon_at, due_at, grace_until, alert_at, stage, state)
    SELECT %(tenant)s, gen_random_uuid(), %(item)s, 'home_visit', 'child', %(child)s, %(child)s, %(doer)s,
           date '1000-01-01' + n + %(first)s, date '1000-01-01' + n + %(first)s, soon, due, missed,
           CASE %(stage)s WHEN 'due_soon' THEN due WHEN 'overdue' THEN missed WHEN 'missed' THEN NULL ELSE soon END,
           %(stage)s, CASE WHEN %(stage)s = 'missed' THEN 'missed' ELSE 'open' END
      FROM generate_series(1, %(count)s) n,
           LATERAL (SELECT app_now() + %(soon)s AS soon, app_now() + %(due)s AS due, app_now() + %(missed)s AS missed) t
    RETURNING id
"""
LAPSING = """
    INSERT INTO escalation (tenant_id, id, occurrence_id, level, recipient_id, why, send_at, answer_by, state, stage,
                            alert_at)
    SELECT %(tenant)s, gen_random_uuid(), id, 'E1', %(head)s, 'missed', app_now() - interval '47 hours',
           app_now() + %(within)s, 'open', 'due', app_now() + %(within)s
      FROM unnest(%(missed)s::uuid[]) id
    RETURNING id
"""
GOING_UP = """
    INSERT INTO escalation (tenant_id, id, occurrence_id, level, superior_id, why, send_at, state, alert_at, detail)
    SELECT %(tenant)s, gen_random_uuid(), id, 'E3', %(superior)s, 'red', app_now() + interval '2 hours', 'waiting',
           app_now() + interval '2 hours', '{"running": 1, "risk": "red"}'
      FROM unnest(%(missed)s::uuid[]) id
"""
DUTIES = """
    WITH happened AS (
        INSERT INTO incident (tenant_id, id, category, account, known_at, ladder)
        SELECT %(tenant)s, gen_random_uuid(), 'illness', '发烧', app_now(), '[]' FROM generate_series(1, %(count)s)
        RETURNING id
    )
    INSERT INTO incident_step (tenant_id, id, incident_id, number, tell, owner_id, owner_role, due_at, breach_at,
                               alert_at)
    SELECT %(tenant)s, gen_random_uuid(), id, 1, 'father_or_mother', %(doer)s, 'class_teacher',
           app_now() + interval '2 hours', app_now() + interval '2 hours', app_now() + interval '2 hours'
      FROM happened
"""


def the_ids(company: Company, item: UUID, superior: UUID) -> dict[str, Any]:
    """Who plays in the promises of an organisation."""
    return {
        "tenant": company.id,
        "item": item,
        "child": next(iter(company.children.values())),
        "head": company.head.membership_id,
        "doer": list(company.members.values())[-1].membership_id,
        "superior": superior,
    }


def promises(
    connection: Connection, ids: dict[str, Any], count: int, minutes: tuple[float, float, float], stage: str | None
) -> list[UUID]:
    """`count` promises on days of their own, with their moments in minutes from now, that have come to `stage`."""
    moments = dict(zip(("soon", "due", "missed"), (timedelta(minutes=one) for one in minutes), strict=True))
    given = ids | moments | {"stage": stage, "count": count, "first": next(_days) * 10_000}
    return [row[0] for row in connection.execute(PROMISE, given)]


def lapsing(connection: Connection, ids: dict[str, Any], count: int, within: timedelta) -> list[UUID]:
    """`count` calls to the head about misses of yesterday, to be answered within that time."""
    missed = promises(connection, ids, count, YESTERDAY, "missed")
    return [row[0] for row in connection.execute(LAPSING, ids | {"missed": missed, "within": within})]


def due_within_hours(connection: Connection, ids: dict[str, Any], count: int) -> None:
    """`count` items that fall due within three hours: seven tenths promises, calls, calls that go up, duties."""
    for minutes, stage in OCCURRENCES.values():
        promises(connection, ids, count * 7 // 50, minutes, stage)
    lapsing(connection, ids, count // 10, timedelta(hours=1))
    missed = promises(connection, ids, count // 10, YESTERDAY, "missed")
    connection.execute(GOING_UP, ids | {"missed": missed})
    connection.execute(DUTIES, ids | {"count": count // 10})
