"""`hehu db`: the roles of an outside server, migrations, and whether models, database and policies agree."""

import contextlib
import secrets
from collections.abc import Iterator

import click
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, Connection, Index, create_engine
from sqlalchemy.engine import make_url

from services.ops.embedded import EmbeddedServers
from services.ops.embedded.database import make_database
from shared.kernel import tenancy
from shared.kernel.settings import Settings
from shared.kernel.tables import TABLES
from shared.migrations import run
from shared.migrations.roles import NOTES, roles_sql
from shared.tables import METADATA

DATABASE = "hehu"


@click.group()
def db() -> None:
    """Roles, migrations and checks of the database."""


@db.command()
def roles() -> None:
    """Print the SQL of the roles, for a superuser connected to Hehu's database.

    A role whose HEHU_…DATABASE_URL is set gets the password in it; any other a new random one.
    """
    click.echo(roles_sql(passwords_of(Settings.from_env())), nl=False)


def passwords_of(settings: Settings) -> dict[str, str]:
    """A password for each role: that of its address, or a random one."""
    urls = (getattr(settings, f"{role.removeprefix('hehu_')}_database_url", settings.database_url) for role in NOTES)
    given = {url.username: url.password for url in map(make_url, filter(None, urls))}
    return {role: given.get(role) or secrets.token_urlsafe(24) for role in NOTES}


@db.command()
def upgrade() -> None:
    """Migrate the database of HEHU_OWNER_DATABASE_URL."""
    settings = Settings.from_env(need=("owner_database_url",))
    run.upgrade(settings.owner_database_url)
    click.echo(f"the database is at revision {run.newest()}")


@db.command()
@click.argument("table")
def policies(table: str) -> None:
    """Print the grants and policies of a declared table, for the migration that makes it."""
    if table not in TABLES:
        raise click.UsageError(f"{table} is not declared in shared/kernel/tables.py")
    click.echo(";\n".join(tenancy.statements(table)) + ";")


@db.command()
@click.option("--embedded", is_flag=True, help="Check a new database on a throw-away embedded server.")
def check(embedded: bool) -> None:
    """Compare models with the database, and the catalogue with the declared policies."""
    with _embedded_owner() if embedded else _configured_owner() as url, _connection(url) as connection:
        faults = [*drift(connection), *tenancy.lint(connection)]
    for fault in faults:
        click.echo(fault)
    if faults:
        click.get_current_context().exit(1)
    click.echo(f"models, migrations and policies agree ({len(METADATA.tables)} tables)")


def drift(connection: Connection) -> list[str]:
    """What a migration would still have to change for the database to fit the models; one line each."""
    options = {"compare_type": True, "include_object": _is_comparable}
    context = MigrationContext.configure(connection, opts=options)
    found = [f"drift: {difference}" for difference in compare_metadata(context, METADATA)]
    if run.current(connection) != run.newest():
        found.append(f"the database is at revision {run.current(connection)}, not {run.newest()}: hehu db upgrade")
    return found


def _is_comparable(item: object, _name: str, _kind: str, _reflected: bool, other: object) -> bool:
    """An index with an expression or a collation reads back without it, and would differ for ever."""
    if not (isinstance(item, Index) and isinstance(other, Index)):
        return True
    return all(isinstance(part, Column) for index in (item, other) for part in index.expressions)


@contextlib.contextmanager
def _connection(url: str) -> Iterator[Connection]:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@contextlib.contextmanager
def _configured_owner() -> Iterator[str]:
    yield Settings.from_env(need=("owner_database_url",)).owner_database_url


@contextlib.contextmanager
def _embedded_owner() -> Iterator[str]:
    passwords = {role: secrets.token_urlsafe(24) for role in NOTES}
    with EmbeddedServers.throwaway() as servers:
        make_database(servers.superuser_url, DATABASE, passwords)
        yield servers.postgres.url("hehu_owner", passwords["hehu_owner"], DATABASE)
