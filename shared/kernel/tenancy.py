"""The policies of the declared tables as SQL, and the lint that compares the catalogue with them (R1, R5, R6)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlalchemy import Connection, text

from .tables import ALL, OWN, SUPERIOR, SYSTEM_TABLES, TABLES, Table


def statements(name: str) -> list[str]:
    """Grants, ENABLE and FORCE, and one policy per (table, role), of a declared table."""
    return list(_of_table(name, TABLES[name]))


def _of_table(name: str, table: Table) -> Iterator[str]:
    roles = {"hehu_app": table.app, **table.others}
    for role, verbs in roles.items():
        yield f"GRANT {verbs} ON {name} TO {role}"
    yield f"GRANT SELECT ON {name} TO hehu_backup"
    if table.kind not in ("tenant", "aggregate"):
        return
    yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"
    for policy, command, role, rule in expected_policies(name, table):
        check = f" WITH CHECK ({rule})" if command == "ALL" else ""
        yield f"CREATE POLICY {policy} ON {name} FOR {command} TO {role} USING ({rule}){check}"


def expected_policies(name: str, table: Table) -> list[tuple[str, str, str, str]]:
    """(policy, command, role, rule) of a table, as declared."""
    found = [(f"{name}_app", "ALL", "hehu_app", OWN)]
    found += [(f"{name}_{role.removeprefix('hehu_')}", "ALL", role, ALL) for role in table.others]
    if table.kind == "aggregate":
        found.append((f"{name}_superior", "SELECT", "hehu_app", SUPERIOR))
    return found


def lint(connection: Connection) -> list[str]:
    """Everything in the catalogue that is not as declared, one sentence each."""
    faults = [*_unknown_tables(connection)]
    for name, table in TABLES.items():
        if table.kind in ("tenant", "aggregate"):
            faults += [*_row_security(connection, name), *_policies(connection, name, table)]
            faults += _keys(connection, name)
        faults += _grants(connection, name, table)
    return [*faults, *_views(connection), *_functions(connection)]


def _unknown_tables(connection: Connection) -> Iterator[str]:
    found = set(
        connection.execute(
            text("SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace")
        ).scalars()
    )
    yield from (f"{name}: not classed in tables.py" for name in sorted(found - set(TABLES) - SYSTEM_TABLES))
    yield from (f"{name}: declared, but not there" for name in sorted(set(TABLES) - found))


def _row_security(connection: Connection, name: str) -> Iterator[str]:
    row = connection.execute(
        text("SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = to_regclass(:name)"),
        {"name": name},
    ).one_or_none()
    if row is None:
        return
    if not row.relrowsecurity:
        yield f"{name}: row-level security is off"
    if not row.relforcerowsecurity:
        yield f"{name}: row-level security is not forced"


POLICIES = text(
    """
    SELECT policyname, permissive, roles::text[] AS roles, cmd, qual, with_check
      FROM pg_policies WHERE schemaname = 'public' AND tablename = :name
    """
)


def _policies(connection: Connection, name: str, table: Table) -> Iterator[str]:
    found = {row.policyname: row for row in connection.execute(POLICIES, {"name": name})}
    expected = {policy: rest for policy, *rest in expected_policies(name, table)}
    yield from (f"{name}: policy {extra} is not declared" for extra in sorted(set(found) - set(expected)))
    for policy, (command, role, rule) in expected.items():
        row = found.get(policy)
        if row is None:
            yield f"{name}: policy {policy} is missing"
            continue
        if row.permissive != "PERMISSIVE" or row.cmd != command or list(row.roles) != [role]:
            yield f"{name}: policy {policy} has another command or role"
        if not _same_rule(row.qual, rule) or (command == "ALL" and not _same_rule(row.with_check, rule)):
            yield f"{name}: policy {policy} has another rule"


TENANT_PRINTED = "(select(nullif(current_setting('hehu.tenant'::text,true),''::text))::uuidas\"nullif\")"
PRINTED = {
    OWN: f"(tenant_id={TENANT_PRINTED})",
    SUPERIOR: "(tenant_idin(selects.subordinate_idfromsupervisionswhere(s.superior_id=" + TENANT_PRINTED + ")))",
    ALL: "true",
}


def _same_rule(found: str | None, rule: str) -> bool:
    """The catalogue prints a rule with its own brackets, casts and white space."""
    return "".join((found or "").split()).lower() == PRINTED[rule]


KEYS = text(
    """
    SELECT c.conname, c.contype, c.confrelid::regclass::text AS target,
           (SELECT array_agg(a.attname::text ORDER BY k.n) FROM unnest(c.conkey) WITH ORDINALITY AS k (num, n)
              JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num) AS columns
      FROM pg_constraint c WHERE c.conrelid = to_regclass(:name) AND c.contype IN ('p', 'u', 'f')
    """
)
UNIQUE_INDEXES = text(
    """
    SELECT i.indexrelid::regclass::text AS name, a.attname AS leading
      FROM pg_index i LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
     WHERE i.indrelid = to_regclass(:name) AND i.indisunique
    """
)
TENANT_COLUMN = text(
    """
    SELECT is_nullable = 'YES' OR column_default IS NOT NULL FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name = :name AND column_name = 'tenant_id'
    """
)


def _keys(connection: Connection, name: str) -> Iterator[str]:
    if connection.execute(TENANT_COLUMN, {"name": name}).scalar() is not False:
        yield f"{name}: tenant_id is missing, may be null or has a default"
    found = connection.execute(KEYS, {"name": name}).all()
    if not any(row.contype == "p" for row in found):
        yield f"{name}: no primary key, so no index that begins with tenant_id"
    for row in found:
        to_tenant = row.contype == "f" and TABLES.get(row.target, TABLES["area"]).kind in (
            "tenant",
            "aggregate",
        )
        if (row.contype != "f" or to_tenant) and row.columns[0] != "tenant_id":
            yield f"{name}: {row.conname} does not begin with tenant_id"
    for row in connection.execute(UNIQUE_INDEXES, {"name": name}):
        if row.leading != "tenant_id":
            yield f"{name}: unique index {row.name} does not begin with tenant_id"


GRANTS = text(
    """
    SELECT coalesce(r.rolname, 'PUBLIC') AS role, given.verb, given.place
      FROM (SELECT a.grantee, a.privilege_type AS verb, '' AS place
              FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = to_regclass(:name)
            UNION ALL
            SELECT a.grantee, a.privilege_type, t.attname
              FROM pg_attribute t, aclexplode(t.attacl) a WHERE t.attrelid = to_regclass(:name)) given
      LEFT JOIN pg_roles r ON r.oid = given.grantee
     WHERE r.rolname IS DISTINCT FROM 'hehu_owner' ORDER BY 1, 2, 3
    """
)
VERB = re.compile(r"(\w+)(?: \(([^)]*)\))?")


def _grants(connection: Connection, name: str, table: Table) -> Iterator[str]:
    wanted = {"hehu_app": table.app, **table.others, "hehu_backup": "SELECT"}
    allowed = {(role, verb, place) for role, verbs in wanted.items() for verb, place in _verbs(verbs)}
    for row in connection.execute(GRANTS, {"name": name}):
        if not {(row.role, row.verb, ""), (row.role, row.verb, row.place)} & allowed:
            yield f"{name}: {row.role} may {row.verb}{f' ({row.place})' if row.place else ''}"


def _verbs(declared: str) -> Iterator[tuple[str, str]]:
    """(verb, column) of `SELECT, UPDATE (stage, alert_at)`; no column means all of them."""
    for verb, columns in VERB.findall(declared):
        yield from ((verb, column.strip()) for column in columns.split(","))


def _views(connection: Connection) -> Iterator[str]:
    rows = connection.execute(
        text(
            "SELECT relname, relkind, coalesce(array_to_string(reloptions, ','), '') AS options FROM pg_class "
            "WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace"
        )
    )
    for row in rows:
        if row.relkind == "m":
            yield f"{row.relname}: a materialised view walks past the policies"
        elif "security_invoker=true" not in row.options and "security_invoker=on" not in row.options:
            yield f"{row.relname}: view is not security_invoker"


def _functions(connection: Connection) -> Iterator[str]:
    rows = connection.execute(
        text("SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace")
    )
    yield from (f"{row.proname}: SECURITY DEFINER is not on the list" for row in rows)
