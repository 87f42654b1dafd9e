"""Who registers an address for webhooks, tries it and ends it, and what is kept of it."""

import pytest

from services.worker.drain import drain
from shared.bootstrap import build
from shared.kernel.clock import app_now
from shared.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from shared.notifications import webhook_usecases as usecases
from tests.support.cast import Cast, settings_of
from tests.support.cluster import Urls
from tests.support.receiver import Receiver
from tests.support.webhooks import ALL, deliveries, house, let_time_pass, other, registered, webhook, written

__all__ = ["house", "other"]


def test_an_administrator_tries_it_out_and_ends_it(cast: Cast, other: Receiver) -> None:
    webhook_id, secret = registered(cast.school, other.url)
    with cast.school.transaction() as session:
        usecases.try_out(session, webhook_id, by=cast.school.admin, now=app_now(session))
    cast.run_reactions()
    assert other.got[0].checked(secret)["type"] == "webhook.tried"

    other.status = 500
    written(cast.school)
    cast.run_reactions()
    with cast.school.transaction() as session:
        usecases.end(session, webhook_id, by=cast.school.admin, now=app_now(session))
    let_time_pass(cast.school)
    written(cast.school)
    cast.run_reactions()

    assert len(other.got) == 2
    assert [(row.state, row.error) for row in deliveries(cast.school)] == [("sent", None), ("failed", "webhook.ended")]
    with cast.school.transaction() as session, pytest.raises(Conflict):
        usecases.resume(session, webhook_id, by=cast.school.admin, now=app_now(session))


def test_only_whoever_keeps_the_keys_may_register_and_nobody_another_organisations(cast: Cast) -> None:
    webhook_id, _ = registered(cast.school, "https://example.com/hook")

    with cast.school.transaction() as session, pytest.raises(NotAllowed):
        usecases.register(session, url="https://example.com/", events=ALL, by=cast.school.head)
    with cast.stranger.transaction() as session, pytest.raises((NotFound, NotAllowed)):
        usecases.end(session, webhook_id, by=cast.stranger.head, now=app_now(session))


def test_an_organisation_has_at_most_ten_addresses(cast: Cast) -> None:
    for number in range(10):
        registered(cast.school, f"https://example.com/{number}")

    with pytest.raises(Conflict):
        registered(cast.school, "https://example.com/one-too-many")


def test_the_secret_is_kept_encrypted(cast: Cast) -> None:
    webhook_id, secret = registered(cast.school, "https://example.com/")

    assert secret.encode() not in webhook(cast.school, webhook_id).secret


def test_without_the_setting_a_local_address_is_refused(cast: Cast, other: Receiver, urls: Urls) -> None:
    strict = build(settings_of(urls))
    with strict.app.transaction(cast.school.id) as session, pytest.raises(Invalid):
        usecases.register(session, url=other.url, events=ALL, by=cast.school.admin)
    registered(cast.school, other.url)
    written(cast.school)

    drain(strict)

    assert other.got == []
    assert [(row.state, row.error) for row in deliveries(cast.school)] == [("queued", "webhook.address")]
    strict.app.close()
    strict.system.close()
    strict.rollup.close()
