"""The other end of a webhook: a server that keeps what it was handed and answers what it is told to."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook


@dataclass
class Got:
    """One letter as it came in."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """What a receiver tells repeats by."""
        return self.headers["webhook-id"]

    def checked(self, secret: str) -> dict[str, Any]:
        """The content.  Raises WebhookVerificationError where the signature is not that of `secret`."""
        found: dict[str, Any] = Webhook(secret).verify(self.body, self.headers)
        return found


@dataclass
class Receiver:
    """`status` is what it answers from now on, `refused` a word whose letters it refuses; `hold`: it waits first."""

    url: str = ""
    status: int = 204
    refused: bytes | None = None
    got: list[Got] = field(default_factory=list)
    hold: threading.Event = field(default_factory=threading.Event)
    location: str | None = None

    def ids(self) -> list[str]:
        return [one.id for one in self.got]


def _handler(made: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            made.got.append(Got(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            made.hold.wait(30)
            self.send_response(400 if made.refused and made.refused in body else made.status)
            if made.location:
                self.send_header("location", made.location)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A receiver on loopback."""
    made = Receiver()
    made.hold.set()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(made)) as server:
        server.daemon_threads = True
        made.url = f"http://127.0.0.1:{server.server_port}/hook"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield made
        made.hold.set()
        server.shutdown()
