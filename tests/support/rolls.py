"""Puts children on the rolls of the cast and takes them off, and looks at what counts where."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row
from sqlalchemy import update

from shared.children.events import ChildChanged, ChildExited, ChildRegistered
from shared.children.identity_rows import keep_identity
from shared.children.models import Child
from shared.kernel.clock import app_now
from shared.kernel.events import record
from tests.support.cast import Cast, Company
from tests.support.cluster import dsn


@dataclass
class Rolls:
    """Puts people on rolls and takes them off; `person` is any name for one real person."""

    cast: Cast

    def arrive(self, company: Company, person: str, *, left_behind: bool = True) -> UUID:
        """Onto the roll, in one transaction with identity and event."""
        with company.transaction() as session:
            key = session.info["crypto"].keyed_hash(f"{id(self)}{person}", purpose="person")
            child = Child(name="某某", pinyin="moumou", left_behind=left_behind, person_key=key)
            session.add(child)
            session.flush()
            keep_identity(session, [child.id])
            record(session, ChildRegistered(at=app_now(session), child_id=child.id))
        return child.id

    def change(self, company: Company, child_id: UUID, event: type[Any] = ChildChanged, **values: Any) -> None:
        """Anything about a child that is there."""
        with company.transaction() as session:
            session.execute(update(Child).where(Child.tenant_id == company.id, Child.id == child_id).values(**values))
            keep_identity(session, [child_id])
            record(session, event(at=app_now(session), child_id=child_id))

    def leave(self, company: Company, child_id: UUID) -> None:
        """Off the roll."""
        self.change(company, child_id, ChildExited, status="exited")

    def counting(self, child_ids: Iterable[UUID]) -> set[UUID]:
        """Which of these rows count, as hehu_backup sees it."""
        query = "SELECT id FROM child_identity WHERE id = ANY(%s) AND counts_here"
        with psycopg.connect(dsn(self.cast.urls.backup)) as connection:
            return {row[0] for row in connection.execute(query, [list(child_ids)])}

    def fact(self, company: Company) -> dict[str, Any]:
        """The organisation's row of figures."""
        with psycopg.connect(dsn(self.cast.urls.backup)) as connection:
            cursor = connection.cursor(row_factory=dict_row)
            row = cursor.execute("SELECT * FROM org_fact WHERE tenant_id = %s", [company.id]).fetchone()
        assert row is not None
        return row
