"""Fills a database with many organisations in one statement a table: for what must stay fast beside all others."""

from uuid import UUID

from psycopg import sql

from tests.support.rows import Connection, values_for

# Table → how many rows an organisation `o.id` has, and the columns that differ from row to row `n`.
ID = "md5(o.id::text || '{table}' || {which})::uuid"


def _id(table: str, which: str = "n") -> str:
    return ID.format(table=table, which=which)


CROWD: dict[str, tuple[int, dict[str, str]]] = {
    "unit": (40, {"kind": "'class'", "name": "'班' || n", "position": "n"}),
    "membership": (40, {"person_id": "gen_random_uuid()", "name": "'老师' || n", "pinyin": "'laoshi' || n"}),
    "member_role": (40, {"membership_id": _id("membership"), "role": "'class_teacher'", "unit_id": _id("unit")}),
    "plan": (1, {"state": "'active'"}),
    "plan_item": (3, {"plan_id": _id("plan", "1"), "state": "'active'", "kind": "'home_visit'", "subject": "'child'"}),
    "child": (
        2000,
        {
            "name": "'学生' || n",
            "pinyin": "'xuesheng ' || n",
            "unit_id": _id("unit", "(1 + n % 40)"),
            "left_behind": "n % 5 = 0",
            "status": "'active'",
            "risk_level": "CASE WHEN n % 50 = 0 THEN 'red' END",
        },
    ),
    "assignment": (400, {"child_id": _id("child", "(5 * n)"), "membership_id": _id("membership", "(1 + n % 40)")}),
    "occurrence": (
        1200,
        {
            "item_id": _id("plan_item", "(1 + n / 400)"),
            "kind": "'home_visit'",
            "subject_kind": "'child'",
            "subject_id": _id("child", "(5 * (1 + n % 400))"),
            "child_id": _id("child", "(5 * (1 + n % 400))"),
            "doer_id": _id("membership", "(1 + n % 40)"),
            "window_start": "current_date - 20 * (n % 5)",
            "window_end": "current_date - 20 * (n % 5) + 30",
            "due_at": "now() - (20 * (n % 5) - 31) * interval '1 day'",
            "due_soon_at": "now() - (20 * (n % 5) - 28) * interval '1 day'",
            "grace_until": "now() - (20 * (n % 5) - 36) * interval '1 day'",
            "state": "CASE WHEN n % 5 < 2 THEN 'open' WHEN n % 9 = 0 THEN 'missed' ELSE 'done' END",
        },
    ),
    "care_record": (
        600,
        {
            "kind": "'home_visit'",
            "subject_kind": "'child'",
            "child_id": _id("child", "(5 * (1 + n % 400))"),
            "doer_id": _id("membership", "(1 + n % 40)"),
            "on_day": "current_date - n % 90",
        },
    ),
    "event": (300, {"name": "'record.written'", "subject_id": _id("care_record")}),
    "reaction": (300, {"event_id": _id("event"), "reactor": "'notifications.notify'", "state": "'done'"}),
    "notice": (300, {"event_id": _id("event"), "recipient_id": _id("membership", "(1 + n % 40)")}),
    "audit_entry": (300, {"subject_id": _id("child", "(1 + n)")}),
}
MORE = """
    INSERT INTO organisation (id, slug, kind, name, area_id)
    SELECT gen_random_uuid(), 'crowd-' || n, 'school', '学校' || n,
           (SELECT area_id FROM organisation WHERE id = %(beside)s)
      FROM generate_series(1, %(wanted)s - (SELECT count(*) FROM organisation)) n
"""
FILL = """
    INSERT INTO {table} ({columns}) SELECT {values} FROM organisation o, generate_series(1, {each}) n
"""


def crowd_in(connection: Connection, *, organisations: int, beside: UUID) -> None:
    """As many organisations as that in all, each with 2,000 children and what belongs to them (superuser)."""
    connection.execute("SET session_replication_role = replica")
    connection.execute(MORE, {"beside": beside, "wanted": organisations})
    for table, (each, columns) in CROWD.items():
        _fill(connection, table, each, columns)
    connection.execute("SET session_replication_role = DEFAULT")
    connection.execute("VACUUM ANALYZE")


def _fill(connection: Connection, table: str, each: int, columns: dict[str, str]) -> None:
    fixed = {name: value for name, value in values_for(connection, table, UUID(int=0)).items() if name not in columns}
    ours = {"tenant_id": "o.id", "id": _id(table)} | columns
    values: dict[str, sql.Composable] = {name: sql.Literal(value) for name, value in fixed.items()}
    values |= {name: sql.SQL(value) for name, value in ours.items()}
    names = {
        "table": sql.Identifier(table),
        "columns": sql.SQL(", ").join(map(sql.Identifier, values)),
        "values": sql.SQL(", ").join(values.values()),
        "each": sql.Literal(each),
    }
    connection.execute(sql.SQL(FILL).format(**names))
