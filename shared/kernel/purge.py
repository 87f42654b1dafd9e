"""What is not kept for ever, and the statement that deletes it (hehu_system)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Expiry:
    """Rows of `table` go when `column` (database time) lies longer ago than `after`."""

    table: str
    column: str
    after: timedelta


EXPIRIES: tuple[Expiry, ...] = (
    Expiry("idempotency_key", "created_at", timedelta(days=7)),  # its answers hold what pages show of children
    Expiry("login_session", "last_seen_at", timedelta(days=180)),  # ended, or idle far longer than one may be
    Expiry("invitation", "expires_at", timedelta(days=180)),  # name and number of people who may never have come
    Expiry("password_reset", "expires_at", timedelta(days=180)),
)


def purge(session: Session, expiry: Expiry) -> int:
    """Delete what has expired in one table.  Returns how many rows.

    One statement, not batches: nobody waits for these rows, and an hourly run finds an hour's worth.
    """
    expired = text(f"DELETE FROM {expiry.table} WHERE {expiry.column} < now() - :after")
    return session.connection().execute(expired, {"after": expiry.after}).rowcount
