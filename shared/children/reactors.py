"""What follows when the time of a roster in hand is over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from shared.kernel.reactions import reactor

from .events import RosterExpired
from .import_usecases import forget_rows


@reactor("children.forget_roster", queue="bulk")
def forget_roster(session: Session, event: RosterExpired, *, now: datetime) -> None:
    """Delete what was staged; once or ten times is the same."""
    forget_rows(session, event.import_id)
