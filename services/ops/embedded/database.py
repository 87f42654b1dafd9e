"""The product's roles and its migrated database on an embedded PostgreSQL."""

from collections.abc import Mapping

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from shared.migrations.roles import roles_sql
from shared.migrations.run import upgrade

OWNER = "hehu_owner"


def make_database(superuser_url: str, database: str, passwords: Mapping[str, str]) -> None:
    """Make `database` and its roles where missing, set the roles' passwords, migrate.  Repeatable."""
    superuser = make_url(superuser_url).set(drivername="postgresql")
    with psycopg.connect(superuser.render_as_string(hide_password=False), autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
        if found is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
    inside = superuser.set(database=database)
    with psycopg.connect(inside.render_as_string(hide_password=False)) as connection:
        connection.execute(roles_sql(passwords).encode())
    owner = make_url(superuser_url).set(username=OWNER, password=passwords[OWNER], database=database)
    upgrade(owner.render_as_string(hide_password=False))
