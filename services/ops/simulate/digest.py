"""One number over everything that was lived through: the same for the same seed, whatever broke meanwhile.

Every row of every table goes in, by what it says: ids become the names of what they mean, moments of the promises'
clock become days, and what is different in every run (ids, keys, hashes, moments of the machine's own clock, how often
something was tried) is left out.  The rows of a table are summed, so that their order does not matter.  A new table and
a new column go in by themselves.
"""

from __future__ import annotations

import hashlib
from typing import Any

import psycopg

from shared.kernel.purge import EXPIRIES

from .checks.books import scratch

# What differs from run to run by its nature.
LEFT_OUT_TABLES = {
    "alembic_version": "of the schema",
    "clock_offset": "the distance from the machine's clock",
    "beat": "signs of life of processes",
    "api_key": "given to the checks",
    **{expiry.table: "thrown away by the machine's clock" for expiry in EXPIRIES},
}
LEFT_OUT_COLUMNS = {
    *("id", "request_id", "person_key", "settled_key", "file_hash", "attempts", "rings", "last_error", "gateway_id"),
    *("id_no_hash", "token_hash", "status_token_hash", "password_hash", "key_hash", "prefix", "tried", "error"),
}
# Moments of the promises' clock; all others are of the machine's, or stand for nothing anybody promised.
DAYS = {
    *("activated_at", "active_from", "top_up_at", "alert_at", "due_soon_at", "due_at", "grace_until", "ended_at"),
    *("send_at", "answer_by", "answered_at", "known_at", "occurred_at", "breach_at", "told_at", "closed_at", "sent_at"),
    *("confirmed_by_recipient_at", "confirmed_at", "decided_at", "read_at", "stale_at", "as_of", "expires_at", "at"),
}
WALL_CLOCK = {("audit_entry", "at")}
# Figures are computed again whenever that seems good; how often is nobody's business.
WHICH = {
    "event": "t.name NOT LIKE 'rollup.%'",
    "reaction": "NOT EXISTS (SELECT FROM event e WHERE e.tenant_id = t.tenant_id AND e.id = t.event_id "
    "AND e.name LIKE 'rollup.%')",
}
# An ordinary message whose sender died in the call is `unknown`: it was handed over at most once, as always.
SAID = {("delivery", "state"): "CASE t.state WHEN 'unknown' THEN 'sent' ELSE t.state END"}
UUIDS = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
HOURS = r"(\d{4}-\d{2}-\d{2})T[0-9:.+-]+"
COLUMNS = """
    SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns c
      JOIN information_schema.tables t USING (table_schema, table_name)
     WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' ORDER BY 1, 2
"""
# What an id means, in words that are the same in every run.
NAMES = """
    SELECT id, name AS said FROM organisation UNION ALL
    SELECT id, name FROM area UNION ALL
    SELECT id, phone FROM person UNION ALL
    SELECT m.id, o.name || m.name || m.from_on FROM membership m JOIN organisation o ON o.id = m.tenant_id UNION ALL
    SELECT u.id, o.name || u.kind || u.name FROM unit u JOIN organisation o ON o.id = u.tenant_id UNION ALL
    SELECT c.id, o.name || c.name || coalesce(c.id_no_tail, '') FROM child c JOIN organisation o ON o.id = c.tenant_id
     UNION ALL
    SELECT i.id, o.name || i.title FROM plan_item i JOIN organisation o ON o.id = i.tenant_id UNION ALL
    SELECT p.id, o.name || p.title FROM plan p JOIN organisation o ON o.id = p.tenant_id UNION ALL
    SELECT o.id, i.title || o.window_start || coalesce(c.name, u.name, '') || coalesce(c.id_no_tail, '')
      FROM occurrence o JOIN plan_item i ON i.tenant_id = o.tenant_id AND i.id = o.item_id
      LEFT JOIN child c ON c.tenant_id = o.tenant_id AND c.id = o.child_id
      LEFT JOIN unit u ON u.tenant_id = o.tenant_id AND u.id = o.unit_id UNION ALL
    SELECT r.id, r.kind || r.on_day || coalesce(c.name || coalesce(c.id_no_tail, ''), '')
      FROM care_record r LEFT JOIN child c ON c.tenant_id = r.tenant_id AND c.id = r.child_id UNION ALL
    SELECT e.id, e.level || e.why || i.title || o.window_start || coalesce(c.name, '')
      FROM escalation e JOIN occurrence o ON o.tenant_id = e.tenant_id AND o.id = e.occurrence_id
      JOIN plan_item i ON i.tenant_id = o.tenant_id AND i.id = o.item_id
      LEFT JOIN child c ON c.tenant_id = o.tenant_id AND c.id = o.child_id UNION ALL
    SELECT n.id, o.name || n.category || n.known_at FROM incident n JOIN organisation o ON o.id = n.tenant_id UNION ALL
    SELECT s.id, s.tell || s.number || s.due_at FROM incident_step s UNION ALL
    SELECT r.id, o.name || r.file_name FROM roster_import r JOIN organisation o ON o.id = r.tenant_id UNION ALL
    SELECT e.id, e.name || timezone('Asia/Shanghai', e.occurred_at)::date FROM event e
     WHERE e.id NOT IN (SELECT id FROM copied_message) UNION ALL
    SELECT m.id, m.kind || o.name FROM copied_message m JOIN organisation o ON o.id = m.from_tenant
"""


def digest(oracle: psycopg.Connection[Any]) -> tuple[str, dict[str, str]]:
    """The number (sixteen hexadecimal digits), and that of each table, to see where two runs differ."""
    tables: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind in oracle.execute(COLUMNS):
        if table not in LEFT_OUT_TABLES:
            tables.setdefault(table, []).append((column, kind))
    with scratch(oracle, "meaning", NAMES):
        parts = {table: _of_table(oracle, table, columns) for table, columns in tables.items()}
    whole = hashlib.sha256("\n".join(f"{table} {said}" for table, said in parts.items()).encode())
    return whole.hexdigest()[:16], parts


def _of_table(oracle: psycopg.Connection[Any], table: str, columns: list[tuple[str, str]]) -> str:
    """How many rows, and the sum of their hashes."""
    said = [one for column, kind in columns if (one := _said(table, column, kind))]
    row = f"md5(concat_ws('|', {', '.join(said) or 'NULL'}))"
    query = f"""
        SELECT count(*), coalesce(sum(('x' || left({row}, 15))::bit(60)::bigint), 0) FROM {table} t
         WHERE {WHICH.get(table, "true")}
    """
    count, total = oracle.execute(query.encode()).fetchone() or (0, 0)
    return f"{count}:{int(total) % 2**64:016x}"


def _said(table: str, column: str, kind: str) -> str | None:
    """A column as an expression of what it says; None for what differs in every run."""
    if column in LEFT_OUT_COLUMNS or kind in ("bytea", "interval"):
        return None
    if (table, column) in SAID:
        return SAID[table, column]
    held = f"t.{column}"
    if kind == "timestamp with time zone":
        timed = column in DAYS and (table, column) not in WALL_CLOCK
        return f"coalesce(timezone('Asia/Shanghai', {held})::date::text, '-')" if timed else None
    if kind == "uuid":
        return f"coalesce((SELECT min(said) FROM meaning WHERE id = {held}), '-')"
    if kind in ("jsonb", "ARRAY", "text"):
        bare = f"regexp_replace({held}::text, '{UUIDS}', '', 'g')"
        return rf"coalesce(regexp_replace({bare}, '{HOURS}', '\1', 'g'), '-')"
    return f"coalesce({held}::text, '-')"
