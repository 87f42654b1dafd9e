"""The way out to addresses that others chose: public ones alone, no redirects, nobody holds a thread for ever."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import uuid4

import pytest

from shared.kernel.errors import Invalid
from shared.notifications.gateways import public_http, webhook
from shared.notifications.gateways.public_http import AddressRefused, addresses, is_public
from shared.notifications.gateways.webhook import Letter, Line, WebhookGateway
from shared.notifications.webhook_rules import check_url
from tests.support.receiver import Receiver, receiver

SECRET = "whsec_" + "QUJD" * 11


@pytest.fixture
def other() -> Iterator[Receiver]:
    """Another system."""
    with receiver() as made:
        yield made


def line(url: str, letters: int = 1) -> Line:
    return Line(url, SECRET, [Letter(uuid4(), "{}") for _ in range(letters)])


def posted(url: str, letters: int = 1, *, local: bool = True) -> list[str | None]:
    one = line(url, letters)
    WebhookGateway(local=local).post([one])
    return one.answers


INSIDE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.5.4",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1%eth0",
    "fd00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "2001:0:1::",
]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_within_a_network_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "223.5.5.5", "2400:3200::1", "::ffff:8.8.8.8"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


WRONG = [
    "http://example.com/",
    "ftp://example.com/",
    "https://",
    "https://user:secret@example.com/",
    "https://example.com/#part",
    "https://localhost/",
    "https://server/",
    "https://printer.local/",
    "https://db.internal/",
    "https://127.0.0.1/",
    "https://10.1.2.3:8443/",
    "https://[::1]/",
    "https://169.254.169.254/latest/meta-data",
    "https://example.com:99999/",
    "https://exa mple.com/",
    "https://例子.com/",
    "javascript:alert(1)",
    "https:\\\\example.com",
]


@pytest.mark.parametrize("url", WRONG)
def test_an_address_that_cannot_be_meant_is_refused_when_it_is_typed(url: str) -> None:
    with pytest.raises(Invalid):
        check_url(url, local=False)


def named(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Let every name lead to `answers`, one after the other; returns the addresses that were connected to."""
    replies, reached = iter(answers), list[str]()

    def look_up(_host: str, port: int, **_: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in next(replies)]

    def connect(address: tuple[str, int], *_: object, **__: object) -> socket.socket:
        reached.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(public_http, "create_connection", connect)
    return reached


def test_a_name_that_leads_inside_is_not_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    reached = named(monkeypatch, ["10.0.0.5"], ["8.8.8.8", "127.0.0.1"])

    assert posted("https://evil.example/", local=False) == ["webhook.address"]
    assert posted("https://half-evil.example/", local=False) == ["webhook.address"]
    assert reached == []


def test_a_name_is_looked_up_once_and_that_address_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    reached = named(monkeypatch, ["8.8.8.8"])  # a second question would find no answer

    assert posted("https://rebinding.example/", local=False) == ["webhook.unreachable"]
    assert reached == ["8.8.8.8"]


def test_loopback_is_let_in_by_the_setting_alone() -> None:
    assert addresses("127.0.0.1", 80, local=True) == ["127.0.0.1"]
    with pytest.raises(AddressRefused):
        addresses("127.0.0.1", 80, local=False)
    with pytest.raises(AddressRefused):
        addresses("192.168.1.1", 80, local=True)


def test_a_redirect_is_not_followed(other: Receiver) -> None:
    other.status, other.location = 307, other.url + "/elsewhere"

    assert posted(other.url) == ["webhook.status_307"]
    assert [letter.path for letter in other.got] == ["/hook"]


def test_letters_come_in_their_order_over_one_connection(other: Receiver) -> None:
    one = line(other.url, 20)

    WebhookGateway(local=True).post([one])

    assert one.answers == [None] * 20
    assert other.ids() == [str(letter.id) for letter in one.letters]


def test_an_address_nobody_answers_at_ends_its_line_and_no_other(other: Receiver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        closed = f"http://127.0.0.1:{free.getsockname()[1]}/"
    dead, alive = line(closed, 3), line(other.url, 3)

    WebhookGateway(local=True).post([dead, alive])

    assert dead.answers == ["webhook.unreachable"] * 3
    assert alive.answers == [None] * 3


def drip(client: socket.socket, ended: threading.Event) -> None:
    """One sign at a time."""
    with client, suppress(OSError):  # it is cut off, which is the point
        client.sendall(b"HTTP/1.1 200 OK\r\nx: ")
        while not ended.wait(0.02):
            client.sendall(b"x")


def serve_drops(server: socket.socket, ended: threading.Event) -> None:
    """Whoever comes gets drops."""
    while not ended.is_set():
        with suppress(TimeoutError):
            client, _ = server.accept()
            threading.Thread(target=drip, args=(client, ended)).start()


@contextmanager
def dripping() -> Iterator[str]:
    """A server that answers one sign at a time, for ever."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        ended = threading.Event()
        thread = threading.Thread(target=serve_drops, args=(server, ended))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        finally:
            ended.set()
            thread.join()


def test_an_endless_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch, other: Receiver) -> None:
    monkeypatch.setattr(webhook, "CUT_AFTER", 0.5)
    gateway = WebhookGateway(local=True)
    with dripping() as url:
        slow, quick = line(url, 3), line(other.url, 3)

        gateway.post([slow, quick])
        gateway._threads.shutdown(wait=False)
        for thread in gateway._threads._threads:
            thread.join(5)

        assert slow.answers[:3] == ["webhook.timeout"] * 3
        assert quick.answers == [None] * 3
        assert not any(thread.is_alive() for thread in gateway._threads._threads), "they are free again"


def test_whoever_never_got_a_thread_is_not_taken_for_slow(monkeypatch: pytest.MonkeyPatch, other: Receiver) -> None:
    monkeypatch.setattr(webhook, "CUT_AFTER", 0.5)
    monkeypatch.setattr(webhook, "LINES", 1)
    gateway = WebhookGateway(local=True)
    with dripping() as url:
        slow, behind = line(url), line(other.url, 3)

        gateway.post([slow, behind])

    assert slow.answers[:1] == ["webhook.timeout"]
    assert behind.answers == ["webhook.not_tried"] * 3


def test_a_line_that_takes_long_leaves_the_rest_for_the_next_round(
    monkeypatch: pytest.MonkeyPatch, other: Receiver
) -> None:
    monkeypatch.setattr(webhook, "START_WITHIN", -1.0)
    one = line(other.url, 3)

    WebhookGateway(local=True).post([one])

    assert one.answers == ["webhook.not_tried"] * 3
