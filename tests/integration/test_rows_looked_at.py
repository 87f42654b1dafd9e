"""What is asked often goes through the rows it wants, however many others there are.

Each in a database of its own: what the planner takes depends on all that stands there.
"""

from collections.abc import Iterator
from datetime import date
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import text

from shared.care import closing
from shared.children import file_queries, usecases
from tests.support.cast import Cast, house_of, shut
from tests.support.casting import build_cast
from tests.support.cluster import Urls, dsn
from tests.support.explained import EXPLAIN, in_vain, looked_at
from tests.support.promises import a_promise
from tests.support.records import CHILD, NOV, visit

PROMISED_TO_OTHERS = text(
    """
    INSERT INTO occurrence
    SELECT (jsonb_populate_record(o, jsonb_build_object('id', hehu_uuid7(), 'subject_id', hehu_uuid7()))).*
      FROM occurrence o CROSS JOIN generate_series(1, 500) WHERE o.id = :id
"""
)
OPENED_OFTEN = text(
    """
    INSERT INTO audit_entry (tenant_id, id, action, subject_kind, subject_id, at)
    SELECT :tenant, hehu_uuid7(), 'child.viewed', 'child', child, now() + turn * interval '1 h' + i * interval '1 s'
      FROM unnest(CAST(:children AS uuid[])) WITH ORDINALITY AS each (child, turn), generate_series(1, 2000) i
"""
)


@pytest.fixture
def cast(fresh_urls: Urls) -> Iterator[Cast]:
    """A cast with the database to itself."""
    house = house_of(fresh_urls)
    yield build_cast(house, fresh_urls)
    shut(house)


def analyse(cast: Cast, table: str) -> None:
    """Let the planner know what stands there."""
    with psycopg.connect(dsn(cast.urls.superuser)) as connection:
        connection.execute(f"ANALYZE {table}".encode())


def test_a_record_is_counted_without_a_look_at_what_the_item_promised_to_others(cast: Cast) -> None:
    school = cast.school
    promise = a_promise(school, child=CHILD, doer=school.teacher, start=NOV)
    with school.transaction() as session:
        session.execute(PROMISED_TO_OTHERS, {"id": promise.id})
    record = visit(school, date(2026, 11, 20), by=school.teacher).record
    analyse(cast, "occurrence")

    with school.transaction() as session:
        given = {"tenant": record.tenant_id, "record": record.id, "item": None}
        explained = session.execute(text(EXPLAIN + closing.LOCK.text), given).scalar_one()

    assert in_vain(explained) < 20
    assert looked_at(explained, "occurrence") < 20


def test_a_file_that_was_opened_often_shows_its_changes_and_its_last_readers_without_a_look_at_the_others(
    cast: Cast,
) -> None:
    with cast.school.transaction() as session:
        child = usecases.register(session, name="江一帆", by=cast.school.admin, now=cast.now())
        session.flush()
        session.execute(OPENED_OFTEN, {"tenant": child.tenant_id, "children": [child.id, uuid4()]})
    analyse(cast, "audit_entry")

    with cast.school.transaction() as session:
        changes, looks = file_queries.histories(session, child.id)
        asked = file_queries._histories.asked(child_id=child.id)
        explained = session.connection().exec_driver_sql(EXPLAIN + asked.text, asked.values).scalar_one()

    assert [one.action for one in changes] == ["child.register"]
    assert len(looks) == file_queries.HISTORY
    assert looks[0].at > looks[-1].at
    assert looked_at(explained, "audit_entry") < 40
