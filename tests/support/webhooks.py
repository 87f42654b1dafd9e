"""Addresses that are told of things, what they are told, and a house that may post to this machine."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select, text, update

from shared.bootstrap import House, build
from shared.care.events import RecordWritten
from shared.kernel.clock import app_now
from shared.kernel.events import record
from shared.kernel.ids import new_id
from shared.notifications import webhook_usecases as usecases
from shared.notifications.models import Delivery, Webhook
from tests.support.cast import Company, settings_of
from tests.support.cluster import Urls
from tests.support.receiver import Receiver, receiver

ALL = ("occurrence.overdue", "occurrence.missed", "record.written", "incident.opened")


@pytest.fixture(scope="session")
def house(urls: Urls) -> Iterator[House]:
    """A house that may post to this machine."""
    built = build(replace(settings_of(urls), webhook_local=True))
    yield built
    for database in (built.app, built.system, built.rollup):
        database.close()


@pytest.fixture
def other() -> Iterator[Receiver]:
    """Another system."""
    with receiver() as made:
        yield made


def registered(company: Company, url: str, *events: str) -> tuple[UUID, str]:
    with company.transaction() as session:
        row, secret = usecases.register(session, url=url, events=events or ALL, by=company.admin)
        return row.id, secret


def written(company: Company, count: int = 1) -> list[UUID]:
    """Records of no child: the smallest thing that others may hear of."""
    events = []
    with company.transaction() as session:
        for _ in range(count):
            event = RecordWritten(
                at=app_now(session), record_id=new_id(), kind="visit", child_id=None, occurrence_ids=()
            )
            record(session, event)
            events.append(event.id)
    return events


def deliveries(company: Company) -> list[Delivery]:
    with company.transaction() as session:
        return list(session.scalars(select(Delivery).where(Delivery.webhook_id.is_not(None)).order_by(Delivery.id)))


def webhook(company: Company, webhook_id: UUID) -> Webhook:
    with company.transaction() as session:
        row: Webhook = session.get_one(Webhook, (company.id, webhook_id))
        return row


def let_time_pass(company: Company) -> None:
    """Whatever waits for its next try need not wait any longer."""
    with company.transaction() as session:
        session.execute(
            text("UPDATE reaction SET next_attempt_at = now(), lease_until = '-infinity' WHERE state = 'open'")
        )
        session.execute(update(Webhook).values(retry_at=None))
