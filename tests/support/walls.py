"""Two organisations with a row in every table, and what somebody bound to one can do to the other's."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from shared.kernel.tables import TABLES
from tests.support.cluster import Cluster, Urls, dsn
from tests.support.rows import (
    ForeignKey,
    alternatives,
    fill,
    foreign_keys,
    insert,
    organisation,
    values_for,
)

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


@dataclass(frozen=True)
class Filled:
    """A database with two filled organisations: who they are, and table → id of the row of each."""

    urls: Urls
    ours: UUID
    theirs: UUID
    our_rows: dict[str, UUID]
    their_rows: dict[str, UUID]

    def seen_by(self, connection: Connection) -> Two:
        """The same, for somebody to act on."""
        return Two(connection, self.ours, self.theirs, self.our_rows, self.their_rows)


@pytest.fixture(scope="module")
def filled(cluster: Cluster, worker_number: int) -> Iterator[Filled]:
    """A database of its own with two filled organisations."""
    database = f"hehu_walls_{worker_number}"
    cluster.clone(database)
    urls = cluster.urls(database)
    with psycopg.connect(dsn(urls.superuser)) as connection:
        ours, theirs = organisation(connection, "ours"), organisation(connection, "theirs")
        rows = fill(connection, ours), fill(connection, theirs)
    yield Filled(urls, ours, theirs, *rows)
    cluster.drop(database)


@pytest.fixture
def two(filled: Filled) -> Iterator[Two]:
    """The two organisations inside a transaction that leaves nothing behind."""
    connection = psycopg.connect(dsn(filled.urls.superuser))
    yield filled.seen_by(connection)
    connection.rollback()
    connection.close()


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


def keys_within(connection: Connection, table: str) -> list[ForeignKey]:
    """The foreign keys of a table that point to tables of organisations."""
    return [key for key in foreign_keys(connection, table) if TABLES[key.target].kind == "tenant"]


def reaching_over(two: Two, table: str) -> list[str]:
    """The keys of the table by which a row of ours could point to a row of theirs."""
    return [key.name for key in keys_within(two.connection, table) if accepted(two, table, key)]


def accepted(two: Two, table: str, key: ForeignKey) -> bool:
    """Whether a row of ours is taken that has their id in this key; nothing of it stays."""
    instead = alternatives(two.connection, table)
    row = values_for(two.connection, table, two.ours, id=uuid4())
    row |= dict.fromkeys(instead if key.column in instead else ()) | {key.column: two.their_rows[key.target]}
    try:
        with two.connection.transaction() as trial:
            for other in foreign_keys(two.connection, table):
                if other != key:
                    drop_key(two.connection, table, other)
            insert(two.connection, table, row)
            raise psycopg.Rollback(trial)
    except psycopg.errors.ForeignKeyViolation:
        return False
    return True


def drop_key(connection: Connection, table: str, key: ForeignKey) -> None:
    """Let the column hold anything."""
    statement = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.Identifier(table), sql.Identifier(key.name))
    connection.execute(statement)
