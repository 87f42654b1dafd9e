"""Webhooks: signed, to whom they belong, again with the same id, and never into our own network."""

import json
import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from standardwebhooks import WebhookVerificationError

from services.worker.drain import drain
from shared.incidents.models import Incident
from shared.kernel.clock import app_now
from shared.kernel.ids import new_id
from shared.notifications import webhook_usecases as usecases
from shared.notifications.gateways.webhook import Letter, Line
from shared.notifications.models import Delivery, Notice
from shared.notifications.webhook_rules import NOT_TRIED
from shared.notifications.webhook_sending import Round, keep
from tests.support.cast import Cast
from tests.support.incidents import opened
from tests.support.receiver import Receiver
from tests.support.webhooks import deliveries, house, let_time_pass, other, registered, webhook, written

__all__ = ["house", "other"]


def test_a_letter_is_signed_and_holds_ids_kinds_and_times_alone(cast: Cast, other: Receiver) -> None:
    _, secret = registered(cast.school, other.url)
    (event,) = written(cast.school)

    cast.run_reactions()

    (letter,) = other.got
    content = letter.checked(secret)
    assert content["type"] == "record.written"
    assert set(content["data"]) == {"organisation_id", "event_id", "record_id", "kind", "child_id", "occurrence_ids"}
    assert content["data"]["event_id"] == str(event)
    (row,) = deliveries(cast.school)
    assert (row.state, row.attempts, str(row.id)) == ("sent", 1, letter.id)
    with pytest.raises(WebhookVerificationError):
        letter.checked("whsec_" + "A" * 44)


def test_only_chosen_events_of_the_own_organisation_are_told(cast: Cast, other: Receiver) -> None:
    registered(cast.school, other.url, "occurrence.missed")
    registered(cast.stranger, other.url + "/stranger", "record.written")

    written(cast.school, 3)
    written(cast.kindergarten, 2)
    cast.run_reactions()
    assert other.got == []

    written(cast.stranger)
    cast.run_reactions()

    assert [letter.path for letter in other.got] == ["/hook/stranger"]
    assert json.loads(other.got[0].body)["data"]["organisation_id"] == str(cast.stranger.id)


def test_that_there_is_a_protective_matter_is_not_told(cast: Cast, other: Receiver) -> None:
    registered(cast.school, other.url, "incident.opened")

    shown = opened(cast, cast.school)
    hidden = opened(cast, cast.school, category="violence_abuse")
    with cast.school.transaction() as session:
        assert session.get_one(Incident, (cast.school.id, hidden)).protective

    cast.run_reactions()

    assert [json.loads(letter.body)["data"]["incident_id"] for letter in other.got] == [str(shown)]
    assert all(b"accident" not in letter.body for letter in other.got)


def test_what_was_not_taken_comes_again_under_the_same_id(cast: Cast, other: Receiver) -> None:
    webhook_id, secret = registered(cast.school, other.url)
    other.status = 503
    written(cast.school, 2)

    cast.run_reactions()
    assert [(row.state, row.attempts, row.error) for row in deliveries(cast.school)] == [
        ("queued", 1, "webhook.status_503")
    ] * 2
    assert webhook(cast.school, webhook_id).failures == 1
    other.status = 200
    cast.run_reactions()
    assert len(other.got) == 2, "it is left in peace for a while"
    let_time_pass(cast.school)
    cast.run_reactions()

    assert other.ids()[:2] == other.ids()[2:]
    assert [letter.checked(secret)["type"] for letter in other.got] == ["record.written"] * 4
    assert [(row.state, row.attempts) for row in deliveries(cast.school)] == [("sent", 2)] * 2
    assert webhook(cast.school, webhook_id).failures == 0


def test_one_letter_that_is_refused_five_times_has_failed_and_holds_up_no_other(cast: Cast, other: Receiver) -> None:
    registered(cast.school, other.url, "record.written")
    (refused,) = written(cast.school)
    other.refused = str(refused).encode()
    for _ in range(5):
        written(cast.school)
        cast.run_reactions()
        let_time_pass(cast.school)

    states = {row.event_id: (row.state, row.attempts, row.error) for row in deliveries(cast.school)}
    assert states.pop(refused) == ("failed", 5, "webhook.status_400")
    assert set(states.values()) == {("sent", 1, None)}


def test_an_address_that_takes_nothing_is_paused_and_nothing_is_lost(cast: Cast, other: Receiver) -> None:
    webhook_id, _ = registered(cast.school, other.url)
    other.status = 500
    written(cast.school)
    for _ in range(5):
        cast.run_reactions()
        let_time_pass(cast.school)
    cast.run_reactions()
    assert webhook(cast.school, webhook_id).paused_at is not None
    tries = len(other.got)
    written(cast.school)
    let_time_pass(cast.school)
    cast.run_reactions()
    assert len(other.got) == tries, "a paused address is left in peace"
    with cast.school.transaction() as session:
        told = session.scalars(select(Notice).where(Notice.kind == "webhook.paused")).all()
        assert {notice.recipient_id for notice in told} == {cast.school.admin.membership_id}

    other.status = 200
    with cast.school.transaction() as session:
        assert usecases.resume(session, webhook_id, by=cast.school.admin, now=app_now(session)) == 2
    cast.run_reactions()

    assert [row.state for row in deliveries(cast.school)] == ["sent", "sent"]
    assert len(set(other.ids())) == 2


def test_rounds_side_by_side_that_meet_the_same_fault_count_once(cast: Cast, other: Receiver) -> None:
    webhook_id, _ = registered(cast.school, other.url)
    other.status = 500
    other.hold.clear()
    threads = []
    for _ in range(3):
        written(cast.school)
        threads.append(threading.Thread(target=drain, args=(cast.house,)))
        threads[-1].start()
        while len(other.got) < len(threads):
            time.sleep(0.005)
    other.hold.set()
    for thread in threads:
        thread.join()

    assert len(other.got) == 3
    assert webhook(cast.school, webhook_id).failures == 1


def test_an_address_whose_turn_did_not_come_is_not_failing(cast: Cast, other: Receiver) -> None:
    webhook_id, _ = registered(cast.school, other.url)
    line = Line(other.url, "", [Letter(new_id(), "{}")], [NOT_TRIED])

    with cast.school.transaction() as session:
        keep(session, [Round(webhook_id, 0, line, {line.letters[0].id: 1})])

    assert webhook(cast.school, webhook_id).failures == 0


def in_the_call(cast: Cast, other: Receiver) -> threading.Thread:
    """A worker whose letter the other system has in hand and does not answer."""
    registered(cast.school, other.url)
    written(cast.school)
    other.hold.clear()
    thread = threading.Thread(target=drain, args=(cast.house,))
    thread.start()
    while not other.got:
        time.sleep(0.005)
    return thread


def test_no_transaction_is_open_while_another_system_is_called(cast: Cast, other: Receiver) -> None:
    thread = in_the_call(cast, other)

    with cast.school.transaction() as session:
        idle = "SELECT state FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in trans%'"
        found = session.execute(text(idle)).all()
        row = session.scalars(select(Delivery).with_for_update(nowait=True)).one()
    other.hold.set()
    thread.join()

    assert found == []
    assert row.state == "sending"


def test_a_letter_that_is_on_its_way_is_not_posted_by_a_second_worker(cast: Cast, other: Receiver) -> None:
    thread = in_the_call(cast, other)

    with cast.school.transaction() as session:
        session.execute(text("UPDATE reaction SET lease_until = '-infinity' WHERE state = 'open'"))
    drain(cast.house)
    assert len(other.got) == 1
    other.hold.set()
    thread.join()

    assert [row.state for row in deliveries(cast.school)] == ["sent"]


def test_after_a_crash_in_the_call_the_letter_comes_again_under_the_same_id(cast: Cast, other: Receiver) -> None:
    registered(cast.school, other.url)
    written(cast.school)
    cast.run_reactions()
    with cast.school.transaction() as session:  # as a process that died after the call leaves it
        session.execute(update(Delivery).values(state="sending", state_at=app_now(session) - timedelta(hours=1)))
        session.execute(text("UPDATE reaction SET state = 'open', rings = 1 WHERE reactor = 'webhooks.post'"))
    let_time_pass(cast.school)

    cast.run_reactions()

    assert len(other.got) == 2
    assert len(set(other.ids())) == 1
    assert [(row.state, row.attempts) for row in deliveries(cast.school)] == [("sent", 2)]
