"""Nothing crosses a tenant: keys are composite, and no row names an id of another organisation off the three roads."""

from __future__ import annotations

from shared.kernel.tables import TABLES

from .books import Books, Finding, scratch

TENANT_TABLES = sorted(name for name, table in TABLES.items() if table.kind in ("tenant", "aggregate"))
# The roads: a copied message and what is written because of it, and an answer on its way back.
CROSSING = "'miss.reported', 'incident.reported', 'miss.report_answered', 'incident.received', 'copy.sent'"
LOOSE_KEYS = """
    SELECT c.conrelid::regclass::text AS held_by, c.conname AS name FROM pg_constraint c
     WHERE c.contype = 'f' AND c.conrelid::regclass::text = ANY(ARRAY[{tables}])
       AND c.confrelid::regclass::text = ANY(ARRAY[{tables}])
       AND NOT (SELECT bool_and(a.attname = 'tenant_id') FROM pg_attribute a
                 WHERE a.attrelid = c.conrelid AND a.attnum = c.conkey[1])
"""
COLUMNS = """
    SELECT c.table_name AS held_by, c.column_name AS name, c.data_type AS type FROM information_schema.columns c
     WHERE c.table_schema = 'public' AND c.table_name = ANY(ARRAY[{tables}])
       AND c.data_type IN ('uuid', 'jsonb', 'text', 'ARRAY') AND c.column_name NOT IN ('tenant_id', 'id')
"""
ID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
OWNERS = " UNION ".join(f"SELECT id, tenant_id FROM {table} WHERE id <> tenant_id" for table in TENANT_TABLES)
# Columns that hold an id of another organisation by design, and which rows of them.
ROADS = {
    ("event", "payload"): f"name IN ({CROSSING})",
    ("event", "subject_id"): f"name IN ({CROSSING})",
    ("copied_message", "source_id"): "true",
    ("escalation", "copy_id"): "superior_id IS NOT NULL",
    ("incident_step", "copy_id"): "superior_id IS NOT NULL",
    ("application", "invitation_id"): "state = 'approved'",  # the county invites the first administrator
}


def check(books: Books) -> Finding:
    """Every key, and every id that any row of any tenant holds in any column."""
    tables = ", ".join(f"'{table}'" for table in TENANT_TABLES)
    loose = [f"key {row['name']} of {row['held_by']}" for row in books.rows(LOOSE_KEYS.format(tables=tables))]
    named, wrong = 0, [f"loose {one}" for one in loose]
    with scratch(books.oracle, "owner", OWNERS):
        for column in books.rows(COLUMNS.format(tables=tables)):
            found = books.one(_names(column["held_by"], column["name"], column["type"]))
            named += found["named"]
            if found["strange"]:
                wrong.append(f"{found['strange']} ids of others in {column['held_by']}.{column['name']}")
    return Finding(f"{named:,} ids looked at, all of the own organisation or on a road", {"ids": named}, tuple(wrong))


def _names(table: str, column: str, kind: str) -> str:
    """How many ids of rows a column names, and how many of them are strange: of an organisation it may not name."""
    ids = f"SELECT t.{column} AS id"
    if kind != "uuid":
        ids = f"SELECT CAST(found[1] AS uuid) AS id FROM regexp_matches(t.{column}::text, '{ID}', 'g') AS found"
    road = ROADS.get((table, column), "false")
    lines = "SELECT FROM supervision s WHERE (s.superior_id, s.subordinate_id) IN"
    pairs = "((t.tenant_id, o.tenant_id), (o.tenant_id, t.tenant_id))"
    return f"""
        SELECT count(*) AS named, count(*) FILTER (WHERE o.tenant_id <> t.tenant_id
               AND NOT (({road}) AND EXISTS ({lines} {pairs}))) AS strange
          FROM {table} t CROSS JOIN LATERAL ({ids}) named JOIN owner o ON o.id = named.id
    """
