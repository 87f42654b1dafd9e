"""Upgrading a database to the shape this release needs."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

LOCK = 4733651  # advisory: two upgrades at once only wait for each other


def config() -> Config:
    """Alembic's settings without an ini file."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent))
    return settings


def upgrade(owner_url: str, revision: str = "head") -> None:
    """Migrate as hehu_owner: one transaction, lock time-out 5 s, statement time-out 10 min."""
    engine = create_engine(owner_url.replace("postgresql://", "postgresql+psycopg://", 1))
    settings = config()
    try:
        with engine.begin() as connection:
            connection.execute(text("SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '10min'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            settings.attributes["connection"] = connection
            command.upgrade(settings, revision)
    finally:
        engine.dispose()


def newest() -> str:
    """The revision this release needs."""
    return str(ScriptDirectory.from_config(config()).get_current_head())


def current(connection: Connection) -> str | None:
    """The revision the database is at."""
    return MigrationContext.configure(connection).get_current_revision()
