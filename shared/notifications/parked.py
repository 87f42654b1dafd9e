"""What failed for good in this organisation, and doing it again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from shared.kernel.audit import audit
from shared.kernel.database import tenant_of
from shared.kernel.errors import N_, Conflict, NotFound
from shared.kernel.models import EventRow, ReactionRow
from shared.kernel.reactions import replay as reopen
from shared.people.rules import Actor, Right, require


@dataclass(frozen=True)
class Parked:
    """An effect that failed five times; nothing of it is lost."""

    id: UUID
    reactor: str
    event: str
    happened_at: datetime
    attempts: int
    error: str


def parked() -> Select[tuple[UUID, str, str, datetime, int, str | None]]:
    """Parked reactions of the bound organisation, the oldest first.  Columns alone: a lease may be `-infinity`."""
    return (
        select(
            ReactionRow.id,
            ReactionRow.reactor,
            EventRow.name,
            EventRow.occurred_at,
            ReactionRow.attempts,
            ReactionRow.last_error,
        )
        .join(EventRow, EventRow.id == ReactionRow.event_id)
        .where(ReactionRow.state == "parked")
        .order_by(ReactionRow.created_at, ReactionRow.id)
    )


def view(id: UUID, reactor: str, event: str, happened_at: datetime, attempts: int, error: str | None) -> Parked:
    """One line of the list; of the error its kind alone, since its text may quote a row."""
    return Parked(id, reactor, event, happened_at, attempts, (error or "").partition(":")[0])


def replay(session: Session, reaction_id: UUID, *, by: Actor) -> None:
    """Open a parked reaction again; the bell rings for it.  Raises NotFound, NotAllowed, Conflict."""
    require(by, Right.PARKED_READ)
    if session.scalar(select(ReactionRow.id).where(ReactionRow.id == reaction_id)) is None:
        raise NotFound("reaction.not_found")
    if not reopen(session, tenant_of(session), reaction_id):
        raise Conflict("reaction.not_parked", N_("已经重新处理过了。"))
    audit(session, "reaction.replay", by=by.person_id, subject_kind="reaction", subject_id=reaction_id)
