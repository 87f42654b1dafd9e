"""Messages through a gateway: what state they are in, whatever happens in the call."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from shared.kernel.clock import app_now
from shared.kernel.errors import Conflict, NotAllowed, NotFound
from shared.kernel.events import record
from shared.kernel.probe import ProbeSent
from shared.kernel.settings import Settings
from shared.notifications import sending, usecases
from shared.notifications.gateways import chosen
from shared.notifications.gateways.port import DeliveryFailed, Message
from shared.notifications.gateways.sms_file import SmsFile
from shared.notifications.models import Delivery
from tests.support.cast import Cast, Company


class Book:
    """A gateway that writes down what it was handed; `answer` may raise, and is called before it takes note."""

    def __init__(self, answer: Callable[[], None] = lambda: None, *, late: bool = False) -> None:
        self.answer, self.late = answer, late
        self.taken: list[Message] = []

    def send(self, message: Message) -> str:
        if not self.late:
            self.answer()
        self.taken.append(message)
        if self.late:
            self.answer()
        return f"book:{len(self.taken)}"


class PowerCut(BaseException):
    """Ends a process in the middle of a call."""


def cut() -> None:
    raise PowerCut


def refuse(*, permanent: bool) -> Callable[[], None]:
    def answer() -> None:
        raise DeliveryFailed("gateway.busy", permanent=permanent)

    return answer


@pytest.fixture
def school(cast: Cast) -> Company:
    return cast.school


def queue(company: Company, *, urgent: bool = False, kind: str = "missed.E2") -> UUID:
    """A queued message to the head."""
    with company.transaction() as session:
        event = ProbeSent(at=sending_now(session), probe_id=uuid4())
        record(session, event)
        row = Delivery(
            event_id=event.id,
            recipient_id=company.head.membership_id,
            channel="sms",
            kind=kind,
            params={},
            urgent=urgent,
            state_at=event.at,
        )
        session.add(row)
        session.flush()
        return row.id


def sending_now(session: Session) -> datetime:
    return app_now(session)


def hand_over(company: Company, delivery_id: UUID, gateway: Book | None) -> None:
    """What the reactor does in its transaction."""
    with company.transaction() as session:
        session.info["sms_gateway"] = gateway
        sending.send(session, [delivery_id], now=sending_now(session))


def state(company: Company, delivery_id: UUID) -> Delivery:
    with company.transaction() as session:
        row: Delivery = session.get_one(Delivery, (company.id, delivery_id))
        return row


@pytest.fixture(params=[False, True], ids=["notice", "alarm"])
def urgent(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def test_a_message_is_sent_with_its_own_id_and_names_nobody(cast, school, urgent):
    book, delivery = Book(), queue(school, urgent=urgent)

    hand_over(school, delivery, book)

    (message,) = book.taken
    assert message.id == delivery
    assert message.to == cast.phone(school.head)
    assert message.text == "您有一条紧急通知，请登录呵护查看"
    assert (state(school, delivery).state, state(school, delivery).gateway_id) == ("sent", "book:1")


def test_a_message_that_was_sent_is_not_sent_again(school, urgent):
    book, delivery = Book(), queue(school, urgent=urgent)

    hand_over(school, delivery, book)
    hand_over(school, delivery, book)

    assert len(book.taken) == 1


def test_sending_is_committed_before_the_call(school, urgent):
    delivery = queue(school, urgent=urgent)
    seen: list[str] = []
    book = Book(lambda: seen.append(state(school, delivery).state))

    hand_over(school, delivery, book)

    assert seen == ["sending"]


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
def test_after_a_crash_in_the_call_a_notice_is_unknown_and_not_sent_again(school, late):
    book, delivery = Book(cut, late=late), queue(school)

    with pytest.raises(PowerCut):
        hand_over(school, delivery, book)
    in_between = state(school, delivery).state
    book.answer = lambda: None
    hand_over(school, delivery, book)

    assert in_between == "sending"
    assert state(school, delivery).state == "unknown"
    assert len(book.taken) == int(late)


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
def test_after_a_crash_in_the_call_an_alarm_is_sent_again_with_the_same_id(school, late):
    book, delivery = Book(cut, late=late), queue(school, urgent=True)

    with pytest.raises(PowerCut):
        hand_over(school, delivery, book)
    book.answer = lambda: None
    hand_over(school, delivery, book)

    assert state(school, delivery).state == "sent"
    assert {message.id for message in book.taken} == {delivery}
    assert len(book.taken) == 1 + late


def test_a_refusal_for_good_fails_at_once_and_is_an_event(cast, school):
    delivery = queue(school)

    hand_over(school, delivery, Book(refuse(permanent=True)))

    assert (state(school, delivery).state, state(school, delivery).error) == ("failed", "gateway.busy")
    assert [one["reason"] for one in cast.events(school, "delivery.failed")] == ["gateway.busy"]


def test_a_busy_gateway_is_tried_five_times_and_then_given_up(cast, school):
    book, delivery = Book(refuse(permanent=False)), queue(school)

    for _ in range(4):
        with pytest.raises(sending.TryLater):
            hand_over(school, delivery, book)
        assert state(school, delivery).state == "queued"
    hand_over(school, delivery, book)

    assert state(school, delivery).state == "failed"
    assert len(cast.events(school, "delivery.failed")) == 1


def test_without_a_gateway_the_message_fails_plainly(cast, school, urgent):
    delivery = queue(school, urgent=urgent)

    hand_over(school, delivery, None)

    assert (state(school, delivery).state, state(school, delivery).error) == ("failed", "gateway.none")


def test_a_failed_message_is_sent_again_by_a_leader_under_the_same_id(cast, school, tmp_path):
    delivery = queue(school)
    hand_over(school, delivery, None)

    with school.transaction() as session:
        usecases.resend(session, delivery, by=school.head, now=sending_now(session))

    assert cast.events(school, "delivery.queued")[-1]["delivery_id"] == str(delivery)
    book = Book()
    hand_over(school, delivery, book)
    assert [message.id for message in book.taken] == [delivery]


def test_only_failed_messages_are_sent_again_and_only_by_leaders_of_the_house(cast, school):
    delivery = queue(school)
    with school.transaction() as session, pytest.raises(Conflict):
        usecases.resend(session, delivery, by=school.head, now=sending_now(session))

    with school.transaction() as session, pytest.raises(NotAllowed):
        usecases.resend(session, delivery, by=school.teacher, now=sending_now(session))
    with cast.stranger.transaction() as session, pytest.raises(NotFound):
        usecases.resend(session, delivery, by=cast.stranger.head, now=sending_now(session))


def test_that_there_is_a_protective_matter_is_hidden_from_a_script(school):
    script = replace(school.head, membership_id=None)
    delivery = queue(school, urgent=True, kind="incident.protective")
    with school.transaction() as session:
        session.execute(update(Delivery).where(Delivery.id == delivery).values(state="failed"))

    with school.transaction() as session, pytest.raises(NotFound):
        usecases.resend(session, delivery, by=script, now=sending_now(session))


def test_the_file_gateway_appends_one_line_a_message(tmp_path: Path):
    file = tmp_path / "out" / "sms.jsonl"
    gateway = chosen.sms(Settings(sms_url=f"file:{file}"))
    messages = [Message(uuid4(), "13800000000", "您好"), Message(uuid4(), "13800000001", "再见")]

    assert gateway is not None
    ids = [gateway.send(message) for message in messages]

    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [line["id"] for line in lines] == [str(message.id) for message in messages]
    assert lines[0] == {"id": str(messages[0].id), "to": "13800000000", "text": "您好"}
    assert ids[0] == f"file:{messages[0].id}"


def test_a_file_that_cannot_be_written_can_be_tried_again(tmp_path: Path):
    (tmp_path / "full").mkdir()

    with pytest.raises(DeliveryFailed) as failed:
        SmsFile(tmp_path / "full").send(Message(uuid4(), "13800000000", "您好"))

    assert not failed.value.permanent


def test_settings_without_an_address_name_no_gateway():
    assert chosen.sms(Settings()) is None
    assert chosen.sms(Settings(sms_url="carrier-pigeon:home")) is None
