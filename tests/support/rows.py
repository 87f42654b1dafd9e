"""Makes a row for any table out of the catalogue alone, so that a new table cannot be forgotten by a test."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from shared.kernel.tables import TABLES

Connection = psycopg.Connection[Any]

VALUES: dict[str, Any] = {
    "integer": 1,
    "boolean": True,
    "date": "2001-02-03",
    "timestamp with time zone": "2026-09-01T00:00:00+08:00",
    "bytea": b"x",
    "jsonb": Jsonb([]),
    "interval": "0",
}
ORDERED = {("term", "ends_on"): "2001-07-01"}  # term: starts_on < ends_on
NEEDED = """
    SELECT column_name, data_type FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name = %s AND is_nullable = 'NO' AND column_default IS NULL
"""
CHECKS = """
    SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c'
"""
FOREIGN_KEYS = """
    SELECT c.conname, c.confrelid::regclass::text AS target,
           (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.conrelid
               AND a.attnum = c.conkey[array_upper(c.conkey, 1)]) AS column_name
      FROM pg_constraint c WHERE c.conrelid = %s::regclass AND c.contype = 'f'
"""


def tenant_tables() -> list[str]:
    """Every table with rows of one organisation, as declared."""
    return [name for name, table in TABLES.items() if table.kind in ("tenant", "aggregate")]


@dataclass(frozen=True)
class ForeignKey:
    """A key of a table, its last column, and where it points."""

    name: str
    target: str
    column: str


def foreign_keys(connection: Connection, table: str) -> list[ForeignKey]:
    """The keys of `table`; the tenant's own key to `organisation` left out."""
    found = [ForeignKey(*row) for row in connection.execute(FOREIGN_KEYS, [table])]
    return [key for key in found if key.column != "tenant_id"]


def values_for(connection: Connection, table: str, tenant: UUID, **given: Any) -> dict[str, Any]:
    """A value for every column that needs one, fit for the table's checks."""
    allowed = _allowed(connection, table)
    row: dict[str, Any] = {}
    for column, kind in connection.execute(NEEDED, [table]):
        row[column] = allowed.get(column) or ORDERED.get((table, column)) or _value(kind)
    one_of = alternatives(connection, table)[:1]
    return row | dict.fromkeys(one_of, uuid4()) | {"tenant_id": tenant} | given


def alternatives(connection: Connection, table: str) -> list[str]:
    """Columns of which just one must be there."""
    checks = " ".join(definition for (definition,) in connection.execute(CHECKS, [table]))
    found = re.search(r"num_nonnulls\(([^)]*)\)", checks)
    return found[1].split(", ") if found else []


def _value(kind: str) -> Any:
    fresh = {"uuid": uuid4(), "text": uuid4().hex}
    return fresh[kind] if kind in fresh else VALUES[kind]


def _allowed(connection: Connection, table: str) -> dict[str, str]:
    """Column → its first allowed code."""
    found: dict[str, str] = {}
    for (definition,) in connection.execute(CHECKS, [table]):
        if match := re.search(r"\(?(\w+)\)? = ANY \(+ARRAY\['(\w+)'", definition):
            found[match[1]] = match[2]
    return found


def insert(connection: Connection, table: str, row: dict[str, Any]) -> None:
    """INSERT INTO table."""
    columns = sql.SQL(", ").join(map(sql.Identifier, row))
    places = sql.SQL(", ").join([sql.Placeholder()] * len(row))
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(sql.Identifier(table), columns, places)
    connection.execute(statement, list(row.values()))


def organisation(connection: Connection, name: str) -> UUID:
    """A bare organisation in an area of its own."""
    area, tenant = uuid4(), uuid4()
    insert(connection, "area", {"id": area, "kind": "county", "name": name, "slug": str(area)})
    row = {"id": tenant, "kind": "school", "name": name, "slug": str(tenant), "area_id": area}
    insert(connection, "organisation", row)
    return tenant


def fill(connection: Connection, tenant: UUID) -> dict[str, UUID]:
    """One row in every tenant table, keys not looked at; returns table → id."""
    ids: dict[str, UUID] = {}
    connection.execute("SET session_replication_role = replica")
    for table in tenant_tables():
        row = values_for(connection, table, tenant, id=uuid4())
        insert(connection, table, row)
        ids[table] = row["id"]
    connection.execute("SET session_replication_role = DEFAULT")
    return ids
