"""All proofs, and one round through them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from shared import subscriptions
from shared.care.plan_rules import NEVER_DUE
from shared.kernel.database import Database
from shared.kernel.event_types import EVENTS
from shared.kernel.ids import first_id
from shared.kernel.pulse import PARTS
from shared.notifications.kinds import KINDS

from .effects import EFFECTS
from .outbox import OUTBOX
from .proof import Finding, Proof, look
from .timed import TIMED

PROOFS: tuple[Proof, ...] = (*TIMED, *OUTBOX, *EFFECTS)
LATELY = timedelta(days=2)
EVER = timedelta(days=800)  # this school year and the last
LONGEST = "SET LOCAL statement_timeout = '{minutes}min'; SET LOCAL work_mem = '32MB'"


def given(*, silence: float, whole: bool) -> dict[str, Any]:
    """What the proofs ask with: the last two days, or (`whole`) two school years; `silence` in seconds."""
    now = datetime.now(UTC)
    lately_id = first_id(now - LATELY)
    duties = [(name, one) for name, reactors in subscriptions.by_event_name().items() for one in reactors]
    return {
        "age": EVER if whole else LATELY,
        "whole": whole,
        "since_id": first_id(now - EVER) if whole else lately_id,
        "lately_id": lately_id,
        "silence": timedelta(seconds=silence),
        "parts": list(PARTS),
        "names": [name for name, _ in duties],
        "versions": [EVENTS[name].version for name, _ in duties],
        "reactors": [reactor.name for _, reactor in duties],
        "wanted": [json.dumps(reactor.only) for _, reactor in duties],
        "never_due": list(NEVER_DUE),
        "sent_kinds": [name for name, kind in KINDS.items() if kind.sms],
    }


def audit(
    database: Database, asked: Mapping[str, Any], proofs: Sequence[Proof] = PROOFS, *, minutes: int = 1
) -> list[Finding]:
    """Look at each proof in a transaction of its own; one that cannot be looked at in that time is a finding too."""
    found = []
    for proof in proofs:
        try:
            with database.transaction(None) as session:
                session.execute(text(LONGEST.format(minutes=minutes)))
                found.append(look(session, proof, asked))
        except SQLAlchemyError as trouble:
            found.append(_unproved(proof, trouble))
    return [one for one in found if one is not None]


def _unproved(proof: Proof, trouble: SQLAlchemyError) -> Finding:
    return Finding(
        check=proof.name,
        says=f"could not look for {proof.says}",
        to_do="see the auditor's log and PostgreSQL's",
        count=1,
        some=(type(trouble).__name__,),
    )
