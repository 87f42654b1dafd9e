"""What was done to a child's file and who opened it: as quick for one that many have opened."""

import psycopg
from sqlalchemy import text

from shared.children import file_queries, usecases
from tests.support.cluster import dsn
from tests.support.explained import looked_at

OPENED_OFTEN = text(
    """
    INSERT INTO audit_entry (tenant_id, id, action, subject_kind, subject_id, at)
    SELECT :tenant, hehu_uuid7(), 'child.viewed', 'child', :child, now() + i * interval '1 s'
      FROM generate_series(1, 2000) i
"""
)


def test_a_file_that_was_opened_often_shows_its_changes_and_its_last_readers_without_a_look_at_the_others(cast):
    with cast.school.transaction() as session:
        child = usecases.register(session, name="江一帆", by=cast.school.admin, now=cast.now())
        session.flush()
        session.execute(OPENED_OFTEN, {"tenant": child.tenant_id, "child": child.id})
    with psycopg.connect(dsn(cast.urls.superuser)) as connection:
        connection.execute("ANALYZE audit_entry")

    with cast.school.transaction() as session:
        changes, looks = file_queries.histories(session, child.id)
        asked = file_queries._histories.asked(child_id=child.id)
        explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {asked.text}"
        explained = session.connection().exec_driver_sql(explain, asked.values).scalar_one()

    assert [one.action for one in changes] == ["child.register"]
    assert len(looks) == file_queries.HISTORY
    assert looks[0].at > looks[-1].at
    assert looked_at(explained, "audit_entry") < 40
