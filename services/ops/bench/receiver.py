"""The other end of `missed_to_webhook`: takes letters, tells them apart by their id, checks the signature of a sample.

`GET /` answers `{"got", "different", "checked", "wrong"}`.
"""

from __future__ import annotations

import asyncio
import json
import os

from standardwebhooks import Webhook, WebhookVerificationError

SAMPLE = 20  # every twentieth is checked
TAKEN = b"HTTP/1.1 204 No Content\r\n\r\n"


class Book:
    """What came in."""

    def __init__(self, secret: str) -> None:
        self.signer = Webhook(secret)
        self.ids: set[str] = set()
        self.got = self.checked = self.wrong = 0

    def take(self, headers: dict[str, str], body: bytes) -> None:
        """Note one letter."""
        self.got += 1
        self.ids.add(headers.get("webhook-id", ""))
        if self.got % SAMPLE == 0:
            self.checked += 1
            try:
                self.signer.verify(body, headers)
            except WebhookVerificationError:
                self.wrong += 1

    def answer(self) -> bytes:
        """The figures as an HTTP answer."""
        figures = {"got": self.got, "different": len(self.ids), "checked": self.checked, "wrong": self.wrong}
        said = json.dumps(figures).encode()
        return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(said), said)


async def _serve(book: Book, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            if first.startswith("POST"):
                book.take(headers, body)
            writer.write(TAKEN if first.startswith("POST") else book.answer())
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()  # the other side has gone


async def main() -> None:
    """Listen until ended."""
    book = Book(os.environ["HEHU_BENCH_SECRET"])
    port = int(os.environ["HEHU_BENCH_PORT"])
    server = await asyncio.start_server(lambda reader, writer: _serve(book, reader, writer), "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
