"""What a fork of the nursery is made to be before it becomes a process of Hehu (`Fleet.start(first=…)`)."""

import os
import time
from dataclasses import replace
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared import subscriptions
from shared.kernel import database
from shared.kernel.probe import ProbeSent, answer_probe


def hurried() -> None:
    """Whoever is silent within a transaction for HEHU_IDLE seconds loses it."""
    given, wanted = f"'{database.IDLE_SECONDS}s'", f"'{os.environ['HEHU_IDLE']}s'"
    assert given in database.BIND.text
    assert given in database.BEGIN
    database.BIND = text(database.BIND.text.replace(given, wanted))
    database.BEGIN = database.BEGIN.replace(given, wanted)


def slow_probes() -> None:
    """Each probe takes HEHU_SLOW seconds, within its transaction: work is in hand for that long."""
    seconds = float(os.environ["HEHU_SLOW"])

    def run(session: Session, sent: ProbeSent, *, now: datetime) -> None:
        answer_probe.run(session, sent, now=now)
        time.sleep(seconds)

    subscriptions.SUBSCRIPTIONS[ProbeSent] = (replace(answer_probe, run=run),)
