"""The database keeps organisations apart (R1, R3 to R6): generated from the catalogue, over every table."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Connection as SqlConnection
from sqlalchemy import NullPool, create_engine

from shared.kernel.tables import OWN, TABLES
from shared.kernel.tenancy import lint
from tests.support.cluster import Cluster, Urls, dsn
from tests.support.rows import alternatives, fill, foreign_keys, insert, organisation, tenant_tables, values_for

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Two:
    """Two organisations with a row in every table, and a superuser's connection that is rolled back."""

    connection: Connection
    ours: UUID
    theirs: UUID
    our_rows: dict[str, UUID]
    their_rows: dict[str, UUID]

    def as_app(self, tenant: UUID | str | None) -> None:
        """Act as hehu_app from here on, bound to `tenant`."""
        self.connection.execute("SET LOCAL ROLE hehu_app")
        self.connection.execute("SELECT set_config('hehu.tenant', %s, true)", [str(tenant or "")])


@pytest.fixture(scope="module")
def filled(cluster: Cluster, worker_number: int) -> Iterator[tuple[Urls, tuple[Any, ...]]]:
    """A database of its own with two filled organisations."""
    database = f"hehu_tenancy_{worker_number}"
    cluster.clone(database)
    urls = cluster.urls(database)
    with psycopg.connect(dsn(urls.superuser)) as connection:
        ours, theirs = organisation(connection, "ours"), organisation(connection, "theirs")
        rows = (ours, theirs, fill(connection, ours), fill(connection, theirs))
    yield urls, rows
    cluster.drop(database)


@pytest.fixture
def two(filled: tuple[Urls, tuple[Any, ...]]) -> Iterator[Two]:
    """The two organisations inside a transaction that leaves nothing behind."""
    urls, rows = filled
    connection = psycopg.connect(dsn(urls.superuser))
    yield Two(connection, *rows)
    connection.rollback()
    connection.close()


@pytest.fixture
def catalogue(filled: tuple[Urls, tuple[Any, ...]]) -> Iterator[SqlConnection]:
    """A superuser's connection for the lint; what a test breaks is rolled back."""
    engine = create_engine(filled[0].superuser, poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


def try_statement(connection: Connection, statement: sql.Composed, values: list[Any]) -> int:
    """Rows touched; 0 where the database refused."""
    try:
        with connection.transaction():
            return connection.execute(statement, values).rowcount
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.UniqueViolation):
        return 0


def named(text: str, table: str) -> sql.Composed:
    return sql.SQL(text).format(sql.Identifier(table))


def leaks(two: Two, table: str) -> set[str]:
    """What somebody bound to `ours`, or to nobody, can read or change of `theirs` in this table."""
    return passing(two, table, two.theirs, two.their_rows)


def passing(two: Two, table: str, tenant: UUID, rows: dict[str, UUID]) -> set[str]:
    """The verbs that reach the row of `tenant`: what neither grants nor policies refuse."""
    at = [tenant, rows[table]]
    found = {verb for verb, statement in VERBS.items() if try_statement(two.connection, named(statement, table), at)}
    return found | ({"INSERT"} if inserted(two, table, tenant, rows) else set())


VERBS = {
    "SELECT": "SELECT 1 FROM {} WHERE tenant_id = %s AND id = %s",
    "UPDATE": "UPDATE {} SET tenant_id = tenant_id WHERE tenant_id = %s AND id = %s",
    "DELETE": "DELETE FROM {} WHERE tenant_id = %s AND id = %s",
}


def inserted(two: Two, table: str, tenant: UUID, rows: dict[str, UUID]) -> bool:
    """Whether a row could be written for that organisation."""
    row = values_for(two.connection, table, tenant, id=uuid4())
    for key in foreign_keys(two.connection, table):
        row[key.column] = rows.get(key.target, row.get(key.column))
    try:
        with two.connection.transaction():
            insert(two.connection, table, row)
    except psycopg.errors.InsufficientPrivilege:
        return False
    except psycopg.errors.IntegrityError:
        return True  # the policy let it through as far as the keys
    return True


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
def test_r03_the_binding_ends_with_its_transaction(filled: tuple[Urls, tuple[Any, ...]], ending: str) -> None:
    urls, rows = filled
    with psycopg.connect(dsn(urls.app)) as connection:
        after = Two(connection, *rows)
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
    keys = [key for key in foreign_keys(two.connection, table) if TABLES[key.target].kind == "tenant"]

    for key in keys:
        row = values_for(two.connection, table, two.ours, id=uuid4())
        row |= {other.column: two.our_rows[other.target] for other in keys if other.column in row}
        instead = alternatives(two.connection, table)
        row |= dict.fromkeys(instead if key.column in instead else ()) | {key.column: two.their_rows[key.target]}
        with pytest.raises(psycopg.errors.ForeignKeyViolation), two.connection.transaction():
            insert(two.connection, table, row)


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
