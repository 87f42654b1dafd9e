"""What follows from a change of carers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from shared.kernel.reactions import reactor

from .doers import resolve_doers
from .events import PairingChanged


@reactor("reassign_after_pairing", once_per_batch=True)
def reassign_after_pairing(session: Session, events: Sequence[PairingChanged], *, now: datetime) -> None:
    """The open promises of these children go to whoever stands in the role now; once or ten times is the same."""
    resolve_doers(session, child_ids={child for event in events for child in event.child_ids})
