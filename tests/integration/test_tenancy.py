"""The database keeps organisations apart (R1, R3 to R6): generated from the catalogue, over every table."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import Connection as SqlConnection
from sqlalchemy import NullPool, create_engine

from shared.kernel.tables import OWN, TABLES
from shared.kernel.tenancy import lint
from tests.support.cluster import dsn
from tests.support.rows import tenant_tables
from tests.support.walls import Filled, Two, filled, leaks, named, passing, reaching_over, two

__all__ = ["filled", "two"]


@pytest.fixture
def catalogue(filled: Filled) -> Iterator[SqlConnection]:
    """A superuser's connection for the lint; what a test breaks is rolled back."""
    engine = create_engine(filled.urls.superuser, poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


@pytest.mark.parametrize("table", tenant_tables())
def test_r04_nobody_reads_or_changes_another_organisations_rows(two: Two, table: str) -> None:
    two.as_app(two.ours)

    assert leaks(two, table) == set()


@pytest.mark.parametrize("table", tenant_tables())
def test_r04_own_rows_are_there_for_the_declared_verbs_and_no_other(two: Two, table: str) -> None:
    two.as_app(two.ours)

    found = two.connection.execute(named("SELECT id FROM {}", table)).fetchall()

    assert found == [(two.our_rows[table],)]
    assert passing(two, table, two.ours, two.our_rows) == set(TABLES[table].app.split(", "))


@pytest.mark.parametrize("table", tenant_tables())
def test_r04_the_row_matrix_notices_a_missing_policy(two: Two, table: str) -> None:
    two.connection.execute(named("ALTER TABLE {} DISABLE ROW LEVEL SECURITY", table))
    two.as_app(two.ours)

    assert leaks(two, table) == set(TABLES[table].app.split(", "))


@pytest.mark.parametrize("tenant", [None, "", uuid4()], ids=["none", "empty", "deleted"])
def test_r03_without_a_tenant_nothing_is_visible(two: Two, tenant: UUID | str | None) -> None:
    two.as_app(tenant)

    for table in tenant_tables():
        assert two.connection.execute(named("SELECT count(*) FROM {}", table)).fetchone() == (0,), table
        assert leaks(two, table) == set(), table


@pytest.mark.parametrize("ending", ["commit", "rollback"])
def test_r03_the_binding_ends_with_its_transaction(filled: Filled, ending: str) -> None:
    with psycopg.connect(dsn(filled.urls.app)) as connection:
        after = filled.seen_by(connection)
        for table in tenant_tables():
            connection.execute("SELECT set_config('hehu.tenant', %s, true)", [str(after.theirs)])
            theirs = connection.execute(named("SELECT count(*) FROM {}", table)).fetchone()
            getattr(connection, ending)()

            ownerless = connection.execute(named("SELECT count(*) FROM {}", table)).fetchone()
            assert (theirs, ownerless) == ((1,), (0,)), table
            assert leaks(after, table) == set(), table
            assert connection.execute("SELECT current_setting('hehu.tenant', true)").fetchone() == ("",)
            connection.rollback()


def tenant_keys() -> list[str]:
    return [name for name in tenant_tables() if name != "org_fact"]


@pytest.mark.parametrize("table", tenant_keys())
def test_r05_no_foreign_key_reaches_into_another_organisation(two: Two, table: str) -> None:
    assert reaching_over(two, table) == []


def test_r01_the_catalogue_is_as_declared(catalogue: SqlConnection) -> None:
    assert lint(catalogue) == []


BREAKS = {
    "row security off": "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    "not forced": "ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
    "no policy": "DROP POLICY {table}_app ON {table}",
    "second policy": "CREATE POLICY more ON {table} FOR SELECT TO hehu_app USING (true)",
    "restrictive instead": "DROP POLICY {table}_app ON {table}; "
    f"CREATE POLICY {{table}}_app ON {{table}} AS RESTRICTIVE TO hehu_app USING ({OWN}) WITH CHECK ({OWN})",
    "policy for everybody": "ALTER POLICY {table}_app ON {table} TO PUBLIC",
    "wide rule": "ALTER POLICY {table}_app ON {table} USING (true)",
    "wide check": "ALTER POLICY {table}_app ON {table} WITH CHECK (true)",
    "rule once a row": "ALTER POLICY {table}_app ON {table} "
    "USING (tenant_id = nullif(current_setting('hehu.tenant', true), '')::uuid)",
    "tenant by default": "ALTER TABLE {table} ALTER tenant_id SET DEFAULT '00000000-0000-0000-0000-000000000000'",
    "no key": "ALTER TABLE {table} DROP CONSTRAINT pk_{table} CASCADE",
    "nullable tenant": "ALTER TABLE {table} DROP CONSTRAINT pk_{table} CASCADE; "
    "ALTER TABLE {table} ADD PRIMARY KEY (id); ALTER TABLE {table} ALTER tenant_id DROP NOT NULL",
    "global unique": "CREATE UNIQUE INDEX ON {table} (id)",
    "single-column key": "ALTER TABLE unit ADD CONSTRAINT alone UNIQUE (id); "
    "ALTER TABLE {table} ADD COLUMN other uuid REFERENCES unit (id)",
    "too many verbs": "GRANT TRUNCATE ON {table} TO hehu_app",
    "one column too many": "GRANT UPDATE (created_at) ON {table} TO hehu_rollup",
    "everybody may": "GRANT SELECT ON {table} TO PUBLIC",
}


@pytest.mark.parametrize("broken", list(BREAKS))
@pytest.mark.parametrize("table", ["child", "event", "occurrence"])
def test_r01_the_lint_notices_each_missing_property(catalogue: SqlConnection, table: str, broken: str) -> None:
    catalogue.exec_driver_sql(BREAKS[broken].format(table=table))

    assert any(fault.startswith(f"{table}:") for fault in lint(catalogue))


def test_r01_a_table_nobody_classed_is_noticed(catalogue: SqlConnection) -> None:
    catalogue.exec_driver_sql("CREATE TABLE forgotten (id int)")

    assert lint(catalogue) == ["forgotten: not classed in tables.py"]


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("CREATE VIEW peek AS SELECT * FROM child", "peek: view is not security_invoker"),
        ("CREATE MATERIALIZED VIEW heap AS SELECT * FROM child", "heap: a materialised view walks past the policies"),
        (
            "CREATE FUNCTION peep() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
            "peep: SECURITY DEFINER is not on the list",
        ),
    ],
)
def test_r06_what_walks_past_the_policies_is_noticed(catalogue: SqlConnection, what: str, sentence: str) -> None:
    catalogue.exec_driver_sql(what)

    assert sentence in lint(catalogue)
