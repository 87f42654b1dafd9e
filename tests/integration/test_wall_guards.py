"""Each wall between organisations is taken away once, table by table, and the check that stands on it must fall.

The policy itself: `test_r04_the_row_matrix_notices_a_missing_policy` in test_tenancy.py.
"""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from tests.support.cluster import dsn
from tests.support.rows import ForeignKey, tenant_tables
from tests.support.walls import (
    Connection,
    Filled,
    Two,
    drop_key,
    filled,
    keys_within,
    leaks,
    named,
    reaching_over,
    two,
)

__all__ = ["filled", "two"]
TABLES_WITH_KEYS = [name for name in tenant_tables() if name != "org_fact"]


@pytest.fixture
def owner(filled: Filled) -> Iterator[Connection]:
    """Whoever owns the tables; what is changed is rolled back."""
    with psycopg.connect(dsn(filled.urls.owner)) as connection:
        yield connection
        connection.rollback()


def owner_sees(connection: Connection, table: str) -> int:
    """Rows, of whomever."""
    row = connection.execute(named("SELECT count(*) FROM {}", table)).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("table", tenant_tables())
def test_without_force_the_owner_sees_everything(owner: Connection, table: str) -> None:
    assert owner_sees(owner, table) == 0

    owner.execute(named("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY", table))

    assert owner_sees(owner, table) == 2


@pytest.mark.parametrize("table", tenant_tables())
def test_without_its_check_a_policy_lets_rows_be_written_for_others(two: Two, table: str) -> None:
    statement = sql.SQL("ALTER POLICY {} ON {} WITH CHECK (true)")
    two.connection.execute(statement.format(sql.Identifier(f"{table}_app"), sql.Identifier(table)))
    two.as_app(two.ours)

    assert leaks(two, table) == {"INSERT"}


@pytest.mark.parametrize("table", TABLES_WITH_KEYS)
def test_a_key_of_one_column_reaches_into_another_organisation(two: Two, table: str) -> None:
    keys = keys_within(two.connection, table)
    assert reaching_over(two, table) == []

    for key in keys:
        make_single(two.connection, table, key)

    assert reaching_over(two, table) == [key.name for key in keys]


def make_single(connection: Connection, table: str, key: ForeignKey) -> None:
    """The key without the organisation in it."""
    drop_key(connection, table, key)
    unique = "CREATE UNIQUE INDEX IF NOT EXISTS {alone} ON {target} (id)"
    foreign = "ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({column}) REFERENCES {target} (id) NOT VALID"
    names = {
        "table": table,
        "name": key.name,
        "column": key.column,
        "target": key.target,
        "alone": f"{key.target}_alone",
    }
    for statement in (unique, foreign):
        connection.execute(sql.SQL(statement).format(**{name: sql.Identifier(one) for name, one in names.items()}))
