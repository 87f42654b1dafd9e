"""What is not kept for ever goes, in every organisation; what is younger stays."""

from datetime import timedelta

import psycopg
import pytest
from psycopg import sql

from services.worker.sweeper import purge_all
from shared.kernel.purge import EXPIRIES
from tests.support.cast import house_of
from tests.support.cluster import dsn
from tests.support.rows import fill, organisation

LOG_IN = """
    WITH someone AS (INSERT INTO person (id, phone) VALUES (hehu_uuid7(), '13800000000') RETURNING id)
    INSERT INTO login_session (id, person_id, token_hash, device) SELECT hehu_uuid7(), id, 'x', 'phone' FROM someone
"""
AN_HOUR = timedelta(hours=1)


def aged(connection, expiry, span):
    """Make every row of the table that much older than now; returns their number."""
    query = sql.SQL("UPDATE {} SET {} = now() - %s").format(sql.Identifier(expiry.table), sql.Identifier(expiry.column))
    return connection.execute(query, [span]).rowcount


def left(connection, expiry):
    return connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(expiry.table))).fetchone()[0]


@pytest.fixture
def filled(fresh_urls):
    """Two organisations with a row in every table."""
    with psycopg.connect(dsn(fresh_urls.superuser), autocommit=True) as connection:
        for name in ("ours", "theirs"):
            fill(connection, organisation(connection, name))
        connection.execute(LOG_IN)
        for expiry in EXPIRIES:
            aged(connection, expiry, timedelta(0))
        yield connection


@pytest.fixture
def purger(fresh_urls):
    """The house of the test's own database."""
    house = house_of(fresh_urls)
    yield house
    house.system.close()


@pytest.mark.parametrize("expiry", EXPIRIES, ids=lambda expiry: expiry.table)
def test_what_has_expired_goes_and_nothing_else(filled, purger, expiry):
    others = {other: left(filled, other) for other in EXPIRIES if other is not expiry}
    rows = aged(filled, expiry, expiry.after - AN_HOUR)
    assert rows

    early = purge_all(purger)
    aged(filled, expiry, expiry.after + AN_HOUR)
    late = purge_all(purger)

    assert (early, late) == (0, rows)
    assert left(filled, expiry) == 0
    assert {other: left(filled, other) for other in others} == others


def test_who_deletes_cannot_read_what_is_deleted(fresh_urls):
    with psycopg.connect(dsn(fresh_urls.system)) as connection:
        for table, column in [("idempotency_key", "answer"), ("login_session", "token_hash"), ("invitation", "phone")]:
            query = sql.SQL("SELECT {} FROM {}").format(sql.Identifier(column), sql.Identifier(table))
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(query)
