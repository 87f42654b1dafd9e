"""Reads that go to the database together: the way there and back costs more than most answers.

A read is a generator: it yields questions, is sent the rows of each, and returns what it makes of them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from functools import update_wrapper
from itertools import islice
from typing import Any, Concatenate, Generic, NamedTuple, ParamSpec, TypeVar

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

P = ParamSpec("P")
T = TypeVar("T")


class Asked(NamedTuple):
    """A question as the driver takes it."""

    text: str
    values: Mapping[str, Any]


Steps = Generator[Sequence[Asked], Sequence[Sequence[Any]], T]


class Read(Generic[P, T]):
    """A read that can be made by itself, by calling it, or with others: `together(session, read.steps(session, …))`."""

    def __init__(self, steps: Callable[Concatenate[Session, P], Steps[T]]) -> None:
        self.steps = steps
        update_wrapper(self, steps)

    def __call__(self, session: Session, *args: P.args, **kwargs: P.kwargs) -> T:
        """What it finds."""
        found: T = together(session, self.steps(session, *args, **kwargs))[0]
        return found


def together(session: Session, *reads: Steps[Any]) -> list[Any]:
    """What the reads find, in their order; the first questions of all go in one round trip, then the second ones.

    Within a round trip they are answered one after the other, as they stand.
    """
    found: list[Any] = [None] * len(reads)
    answers: dict[int, Any] = dict.fromkeys(range(len(reads)))
    while answers:
        asked: dict[int, Sequence[Asked]] = {}
        for number, rows in answers.items():
            try:
                asked[number] = reads[number].send(rows)
            except StopIteration as end:
                found[number] = end.value
        rows_of = iter(_answers(session, [one for several in asked.values() for one in several]))
        answers = {number: list(islice(rows_of, len(several))) for number, several in asked.items()}
    return found


def _answers(session: Session, asked: Sequence[Asked]) -> list[Sequence[Any]]:
    """Rows with names, for each question; nothing for one that has none."""
    if not asked:
        return []
    session.flush()  # as a read by the object mapper would
    connection = session.connection()
    if len(asked) == 1 or connection.dispatch.before_cursor_execute:  # who listens hears each by itself
        answers = [connection.exec_driver_sql(*one) for one in asked]
        return [answer.all() if answer.returns_rows else () for answer in answers]
    driver: Any = connection.connection.driver_connection
    try:
        with driver.pipeline():
            cursors = [driver.cursor(row_factory=namedtuple_row).execute(*one) for one in asked]
        return [cursor.fetchall() if cursor.description else () for cursor in cursors]
    except psycopg.Error as wrong:
        raise as_elsewhere(connection, driver, wrong) from wrong


def as_elsewhere(connection: Connection, driver: psycopg.Connection[Any], wrong: psycopg.Error) -> BaseException:
    """The driver's error as SQLAlchemy raises it; a connection that is gone does not go back to the others."""
    if driver.closed:
        connection.invalidate(wrong)
    return DBAPIError.instance("asked of the driver", None, wrong, psycopg.Error, connection_invalidated=driver.closed)
