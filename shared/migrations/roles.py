"""The SQL of the database roles, for the embedded server and for an outside one."""

from __future__ import annotations

from collections.abc import Mapping

NOTES = {
    "hehu_owner": "migrations only; under FORCE it sees no rows",
    "hehu_app": "web and reactions",
    "hehu_system": "bell, sweeper, copied messages",
    "hehu_rollup": "identity and sums",
    "hehu_auditor": "read-only proof",
    "hehu_backup": "dumps: BYPASSRLS, read-only",
}


def roles_sql(passwords: Mapping[str, str]) -> str:
    """Statements for a superuser connected to Hehu's database, repeatable; `passwords` by role name."""
    lines: list[str] = []
    for role, note in NOTES.items():
        bypass = "BYPASSRLS" if role == "hehu_backup" else "NOBYPASSRLS"
        options = f"LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION {bypass}"
        lines += [
            f"-- {role}: {note}",
            f"DO $$ BEGIN CREATE ROLE {role}; EXCEPTION WHEN duplicate_object THEN NULL; END $$;",
            f"ALTER ROLE {role} WITH {options} PASSWORD {_quoted(passwords[role])};",
            f"DO $$ BEGIN EXECUTE format('GRANT CONNECT ON DATABASE %I TO {role}', current_database()); END $$;",
        ]
    lines += [
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC;",
        "GRANT USAGE ON SCHEMA public TO " + ", ".join(NOTES) + ";",
        "GRANT CREATE ON SCHEMA public TO hehu_owner;",
        # Alembic's own table too: a dump that cannot read one table is none at all (R16).
        "ALTER DEFAULT PRIVILEGES FOR ROLE hehu_owner IN SCHEMA public GRANT SELECT ON TABLES TO hehu_backup;",
        "ALTER ROLE hehu_backup SET default_transaction_read_only = on;",
        "ALTER ROLE hehu_auditor SET default_transaction_read_only = on;",
    ]
    return "\n".join(lines) + "\n"


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
