"""The books that a check looks into, and what it finds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.rows import dict_row

from services.ops.simulate.founding import County
from services.ops.simulate.installation import Installation

SAMPLE = 3


@dataclass(frozen=True)
class Books:
    """`oracle` reads everything, as hehu_backup; `county` and `made` lead to its pages."""

    oracle: psycopg.Connection[Any]
    county: County
    made: Installation

    def one(self, query: str) -> dict[str, Any]:
        """The one row of a query."""
        row = self.oracle.cursor(row_factory=dict_row).execute(query.encode()).fetchone()
        assert row is not None  # every query here has one
        return row

    def rows(self, query: str) -> list[dict[str, Any]]:
        """All rows of a query."""
        return self.oracle.cursor(row_factory=dict_row).execute(query.encode()).fetchall()


@dataclass(frozen=True)
class Finding:
    """Whether it holds, what was counted, and the first few things that are wrong."""

    said: str
    counts: Mapping[str, int] = field(default_factory=dict)
    wrong: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Nothing is wrong."""
        return not self.wrong

    def line(self) -> str:
        """What was counted, and what is wrong."""
        return "; ".join([self.said, *self.wrong[:SAMPLE]])


@contextmanager
def scratch(oracle: psycopg.Connection[Any], name: str, query: str) -> Iterator[None]:
    """A table of ids for a while, of this connection alone: whoever reads everything may write nothing else."""
    with oracle.transaction(force_rollback=True):
        oracle.execute("SET TRANSACTION READ WRITE")
        oracle.execute(f"CREATE TEMPORARY TABLE {name} AS {query}".encode())
        oracle.execute(f"CREATE INDEX ON {name} (id); ANALYZE {name}".encode())
        yield


def differences(books: Books, what: str, wanted: str, found: str, *, before: str = "") -> tuple[int, tuple[str, ...]]:
    """How many rows the rules ask for, and where what is there differs; both queries have the same columns.

    A row that is there twice, or once too often, is a difference.  `before`: common table expressions of both.
    """
    query = f"""
        WITH {before}{"," if before else ""} wanted AS MATERIALIZED ({wanted}), found AS MATERIALIZED ({found}),
             missing AS MATERIALIZED (SELECT * FROM wanted EXCEPT ALL SELECT * FROM found),
             surplus AS MATERIALIZED (SELECT * FROM found EXCEPT ALL SELECT * FROM wanted)
        SELECT (SELECT count(*) FROM wanted) AS wanted,
               (SELECT count(*) FROM missing) AS missing, (SELECT min(missing::text) FROM missing) AS one_missing,
               (SELECT count(*) FROM surplus) AS surplus, (SELECT min(surplus::text) FROM surplus) AS one_surplus
    """
    row = books.one(query)
    wrong = [
        f"{row[kind]} {what} {kind}, as {row[f'one_{kind}'][:200]}" for kind in ("missing", "surplus") if row[kind]
    ]
    return int(row["wanted"]), tuple(wrong)
