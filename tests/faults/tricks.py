"""What a fork of the nursery is made to be before it becomes a process of Hehu (`Fleet.start(first=…)`)."""

import os
import time
from dataclasses import replace
from datetime import datetime

from dramatiq.brokers.redis import RedisBroker
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared import subscriptions
from shared.kernel import database
from shared.kernel.probe import ProbeSent, answer_probe
from shared.notifications.gateways.port import Message
from shared.notifications.gateways.sms_file import SmsFile


def hurried() -> None:
    """Whoever is silent within a transaction for HEHU_IDLE seconds loses it."""
    given, wanted = f"'{database.IDLE_SECONDS}s'", f"'{os.environ['HEHU_IDLE']}s'"
    assert given in database.BIND.text
    assert given in database.BEGIN
    database.BIND = text(database.BIND.text.replace(given, wanted))
    database.BEGIN = database.BEGIN.replace(given, wanted)


def failing_probes() -> None:
    """No probe is answered."""

    def run(session: Session, sent: ProbeSent, *, now: datetime) -> None:
        raise RuntimeError("never")

    subscriptions.SUBSCRIPTIONS[ProbeSent] = (replace(answer_probe, run=run),)


def forgetful_redis() -> None:
    """What Dramatiq lays aside as failed is deleted after a second."""
    given = RedisBroker.__init__.__kwdefaults__
    assert given is not None
    given["dead_message_ttl"] = 1000


def slow_probes() -> None:
    """Each probe takes HEHU_SLOW seconds, within its transaction: work is in hand for that long."""
    seconds = float(os.environ["HEHU_SLOW"])

    def run(session: Session, sent: ProbeSent, *, now: datetime) -> None:
        answer_probe.run(session, sent, now=now)
        time.sleep(seconds)

    subscriptions.SUBSCRIPTIONS[ProbeSent] = (replace(answer_probe, run=run),)


def slow_provider() -> None:
    """Whoever takes messages needs HEHU_SLOW seconds: half before they count as taken, half until it says so."""
    seconds, take = float(os.environ["HEHU_SLOW"]), SmsFile.send

    def send(self: SmsFile, message: Message) -> str:
        time.sleep(seconds / 2)
        taken = take(self, message)
        time.sleep(seconds / 2)
        return taken

    setattr(SmsFile, "send", send)  # noqa: B010  # a method of the product
