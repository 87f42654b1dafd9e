"""A dump is whole or it fails: the backup role takes every row of every table, the application's role none (R16).

The embedded servers come without `pg_dump`.  What it does is done here: `row_security = off`, then COPY of each table
in one snapshot; with that setting the server raises where a policy would have left rows out.
"""

from contextlib import suppress
from typing import Any

import psycopg
import pytest
from psycopg import sql

from shared.kernel.tables import TABLES
from tests.support.cluster import Urls, dsn
from tests.support.rows import fill, organisation, tenant_tables

Connection = psycopg.Connection[Any]


@pytest.fixture
def filled(fresh_urls: Urls) -> Urls:
    """Three organisations with a row in every table."""
    with psycopg.connect(dsn(fresh_urls.superuser)) as connection:
        for name in ("one", "another", "third"):
            fill(connection, organisation(connection, name))
    return fresh_urls


def tables(connection: Connection) -> list[str]:
    """Every table of the catalogue."""
    query = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
    return [row[0] for row in connection.execute(query)]


def dumped(connection: Connection, table: str) -> int:
    """Rows of the table in a dump by this role.  Raises where it would not be whole."""
    with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
        return b"".join(copy).count(b"\n")


def counted(connection: Connection, table: str) -> int:
    """Rows as a superuser sees them."""
    row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
    assert row is not None
    return int(row[0])


def dumping(url: str) -> Connection:
    """As pg_dump connects."""
    connection = psycopg.connect(dsn(url))
    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    connection.execute("SET row_security = off")
    return connection


def test_r16_a_dump_by_the_backup_role_has_every_row_of_every_table(filled: Urls) -> None:
    with psycopg.connect(dsn(filled.superuser)) as truth, dumping(filled.backup) as connection:
        found = {table: dumped(connection, table) for table in tables(truth)}

        assert found == {table: counted(truth, table) for table in tables(truth)}
    assert set(found) >= set(TABLES)
    assert {found[table] for table in tenant_tables()} == {3}


@pytest.mark.parametrize("role", ["app", "owner", "system", "rollup", "auditor"])
def test_r16_a_dump_by_any_other_role_raises_instead_of_leaving_rows_out(filled: Urls, role: str) -> None:
    silent = []
    for table in tenant_tables():
        with dumping(getattr(filled, role)) as connection, suppress(psycopg.errors.InsufficientPrivilege):
            silent.append((table, dumped(connection, table)))

    assert silent == []
