"""Imports the tables of every room, so that the metadata is whole for migrations and checks."""

from sqlalchemy import Connection, text

from shared.care import models as care
from shared.children import models as children
from shared.incidents import models as incidents
from shared.kernel import models as kernel
from shared.kernel.database import Base
from shared.notifications import models as notifications
from shared.organisations import models as organisations
from shared.people import models as people
from shared.rollups import models as rollups

ROOMS = (kernel, organisations, people, children, care, incidents, notifications, rollups)
METADATA = Base.metadata

COLUMNS = text(
    """
    SELECT c.relname AS table, a.attname AS column
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace
       AND a.attnum > 0 AND NOT a.attisdropped
    """
)


def lacking(connection: Connection) -> set[tuple[str, str]]:
    """Every (table, column) of the models that the database does not have.

    More columns are no fault: during an upgrade the old processes go on beside the new shape.
    """
    needed = {(table.name, column.name) for table in METADATA.tables.values() for column in table.columns}
    return needed - {(row.table, row.column) for row in connection.execute(COLUMNS)}
