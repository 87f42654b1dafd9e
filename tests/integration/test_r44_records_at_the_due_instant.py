"""A visit is written down at the very instant at which it would be missed: it is done, or missed, never both."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from shared.care import record_usecases as usecases
from shared.care.record_usecases import Deed, Subject
from shared.care.timed import OCCURRENCES
from tests.faults.scale import times
from tests.integration.test_answers_at_the_due_instant import under_the_clock
from tests.support.cast import Cast
from tests.support.cluster import dsn
from tests.support.promises import an_item

LONGEST_SECONDS = 0.4  # what writing takes, and a sweep: the due instant falls before, into, or after it
FALLS_DUE = """
    UPDATE occurrence SET grace_until = app_now() + %(within)s, alert_at = app_now() + %(within)s
     WHERE child_id = %(child)s
"""
CHILDREN = """
    INSERT INTO child (tenant_id, id, name, pinyin, unit_id, left_behind)
    SELECT %(tenant)s, gen_random_uuid(), '孩子' || n, 'haizi' || n, %(unit)s, true FROM generate_series(1, %(count)s) n
    RETURNING id
"""
PROMISES = """
    INSERT INTO occurrence (tenant_id, id, item_id, kind, subject_kind, subject_id, child_id, doer_id, window_start,
                            window_end, due_soon_at, due_at, grace_until, alert_at, stage)
    SELECT %(tenant)s, gen_random_uuid(), %(item)s, 'home_visit', 'child', child, child, %(doer)s, current_date - 40,
           current_date - 2, app_now() - interval '5 days', app_now() - interval '1 day', over, over, 'overdue'
      FROM unnest(%(children)s::uuid[]) child, LATERAL (SELECT app_now() + %(within)s AS over) moment
"""
ENDS = """
    SELECT o.state, o.stage, o.done_times, o.alert_at IS NULL,
           (SELECT count(*) FROM occurrence_record l WHERE l.tenant_id = o.tenant_id AND l.occurrence_id = o.id),
           (SELECT count(*) FROM event e WHERE e.tenant_id = o.tenant_id AND e.subject_id = o.id
             AND e.name = 'occurrence.missed')
      FROM occurrence o WHERE o.child_id = ANY(%s)
"""
DONE, MISSED = ("done", "overdue", 1, True, 1, 0), ("missed", "missed", 0, True, 0, 1)


@pytest.mark.timeout(300)
def test_r44_a_record_and_the_clock_never_both_win(cast: Cast) -> None:
    """Each visit is written down twice at once: the second counts for nothing."""
    children = promised(cast, times(2000, 20))

    with under_the_clock(cast, OCCURRENCES) as hands:
        counted = list(hands.map(lambda child: visited_as_it_falls_due(cast, child), children))

    with psycopg.connect(dsn(cast.urls.backup)) as connection:
        found = Counter(connection.execute(ENDS, [children]).fetchall())
    print(dict(found))
    assert set(found) == {DONE, MISSED}, "never both; and none, or all, in time would prove nothing"
    assert sum(found.values()) == len(children)
    assert sum(counted) == found[DONE]


def promised(cast: Cast, count: int) -> list[UUID]:
    """Children to be visited within the hour."""
    school = cast.school
    with school.transaction() as session:
        item = an_item(session, role="class_teacher")
    given: dict[str, Any] = {"tenant": school.id, "item": item, "doer": school.teacher.membership_id, "count": count}
    given |= {"unit": school.units["三年级一班"], "within": timedelta(hours=1)}
    with psycopg.connect(dsn(cast.urls.superuser)) as connection:
        children = [row[0] for row in connection.execute(CHILDREN, given)]
        connection.execute(PROMISES, given | {"children": children})
    return children


def visited_as_it_falls_due(cast: Cast, child: UUID) -> int:
    """Let the grace run out about when two records of the visit are written; for how many promises both count."""
    within = timedelta(seconds=random.uniform(0, LONGEST_SECONDS))
    with psycopg.connect(dsn(cast.urls.superuser)) as connection:
        connection.execute(FALLS_DUE, {"within": within, "child": child})
    with ThreadPoolExecutor(2) as pool:
        return sum(pool.map(lambda _: visited(cast, child), range(2)))


def visited(cast: Cast, child: UUID) -> int:
    """For how many promises the record counts."""
    with cast.school.transaction() as session:
        written = usecases.write_record(
            session,
            kind="home_visit",
            deed=Deed(on_day=cast.now().date() - timedelta(days=3)),
            subject=Subject(child_id=child),
            by=cast.school.teacher,
            now=cast.now(),
        )
        return len(written.counted)
