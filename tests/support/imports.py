"""Takes rosters in the way people do: read, stage, confirm; and looks at what the roll holds afterwards."""

import contextlib
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import dict_row
from sqlalchemy import Engine, event

from shared.children import import_usecases as imports
from shared.children.import_queries import PreviewRow
from shared.children.import_queries import preview as preview_rows
from shared.children.models import RosterImport
from shared.people.rules import Actor
from tests.support.cast import Cast, Company
from tests.support.cluster import dsn
from tests.support.rosters import AS_OF, HEAD, Line, xlsx


def roster(*rows: Line, head: Line = HEAD) -> bytes:
    """A workbook with these rows under HEAD."""
    return xlsx([head, *rows])


def staged(cast: Cast, company: Company, by: Actor, data: bytes, *, name: str = "名单.xlsx", day: date = AS_OF) -> Any:
    """A roster in hand."""
    reading = imports.read_roster(data, name, as_of=day, by=by)
    with company.transaction() as session:
        return imports.stage(session, reading, data=data, by=by, now=cast.now())


def confirmed(cast: Cast, company: Company, by: Actor, held: RosterImport) -> RosterImport:
    """The same roster, on the roll."""
    with company.transaction() as session:
        return imports.confirm(session, held.id, by=by, now=cast.now())


def taken_in(cast: Cast, company: Company, by: Actor, data: bytes, **options: Any) -> RosterImport:
    """Staged and confirmed."""
    return confirmed(cast, company, by, staged(cast, company, by, data, **options))


def rows_of(cast: Cast, company: Company, table: str, *, order: str = "id") -> Sequence[dict[str, Any]]:
    """All rows of one organisation in a table, as hehu_backup sees them."""
    with psycopg.connect(dsn(cast.urls.backup)) as connection:
        cursor = connection.cursor(row_factory=dict_row)
        found = cursor.execute(f"SELECT * FROM {table} WHERE tenant_id = %s ORDER BY {order}", [company.id])
        return found.fetchall()


def child_named(cast: Cast, company: Company, name: str) -> dict[str, Any]:
    """The one child of that name."""
    found = [row for row in rows_of(cast, company, "child") if row["name"] == name]
    assert len(found) == 1, f"{len(found)} children are called {name}"
    return found[0]


@contextlib.contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """What goes to the database meanwhile."""
    seen: list[str] = []

    def keep(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", keep)
    yield seen
    event.remove(engine, "before_cursor_execute", keep)


def preview(company: Company, by: Actor, held: RosterImport, show: str) -> Sequence[PreviewRow]:
    """The rows of one tab."""
    with company.transaction() as session:
        return preview_rows(session, by, held.id, show=show, limit=500)[0]
