"""Asks for pages as fast as it can, or at a steady rate; costs next to nothing itself."""

from __future__ import annotations

import itertools
import re
import socket
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import urlencode

from urllib3 import PoolManager

CONNECTIONS = 8
TOKEN = re.compile(r'name="(csrf_token|form_token)" value="([^"]+)"')
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)
READY_SECONDS = 60
BUFFER = 1 << 18


@dataclass(frozen=True)
class Page:
    """A page of a server on this machine, asked for by somebody who is logged in there."""

    port: int
    path: str
    cookie: str = ""
    packed: bool = False  # as browsers ask: compressed

    def request(self) -> bytes:
        """As it goes over the line."""
        coding = "gzip" if self.packed else "identity"
        lines = [f"GET {self.path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", f"Accept-Encoding: {coding}"]
        return "\r\n".join([*lines, f"Cookie: {self.cookie}", "", ""]).encode()


def ask(line: socket.socket, request: bytes) -> bytes:
    """The body of a 200.  Raises AssertionError for anything else."""
    line.sendall(request)
    answer = line.recv(BUFFER)
    while (end := answer.find(b"\r\n\r\n")) < 0:
        answer += line.recv(BUFFER)
    assert answer.startswith(b"HTTP/1.1 200 "), answer[:200]
    length = LENGTH.search(answer, 0, end + 2)
    assert length, answer[:end]
    body = answer[end + 4 :]
    while len(body) < int(length[1]):
        body += line.recv(BUFFER)
    return body


def body_of(page: Page) -> bytes:
    """The page, once."""
    with closing(_line(page.port)) as line:
        return ask(line, page.request())


def per_second(page: Page, seconds: float) -> float:
    """Answers a second over eight kept connections, each asking again as soon as it was answered."""
    request = page.request()

    def go_on(until: float) -> int:
        with closing(_line(page.port)) as line:
            for count in itertools.count():
                if time.perf_counter() > until:
                    return count
                ask(line, request)
        return 0

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        started = time.perf_counter()
        counted = sum(threads.map(go_on, [started + seconds] * CONNECTIONS))
        return counted / (time.perf_counter() - started)


def waits(pages: Sequence[Page], *, rate: float, seconds: float) -> list[float]:
    """Milliseconds from when each answer was due to be asked for: `rate` a second, in turn, however slow the others."""
    requests = [page.request() for page in pages]
    due = [number / rate for number in range(int(rate * seconds))]
    started = time.perf_counter() + 0.2

    def go(lane: int) -> Iterator[float]:
        with closing(_line(pages[0].port)) as line:
            for number in range(lane, len(due), CONNECTIONS):
                time.sleep(max(0.0, started + due[number] - time.perf_counter()))
                ask(line, requests[number % len(requests)])
                yield (time.perf_counter() - started - due[number]) * 1000

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        found = threads.map(lambda lane: list(go(lane)), range(CONNECTIONS))
        return [wait for lane in found for wait in lane]


def _line(port: int) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", port), timeout=60)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


def wait_until_open(port: int) -> None:
    """Until somebody listens there."""
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        try:
            return _line(port).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise TimeoutError(f"nobody listens on port {port}")


def log_in(port: int, phone: str, password: str) -> str:
    """The cookie of a new session."""
    http, address = PoolManager(), f"http://127.0.0.1:{port}/log-in"
    page = http.request("GET", address)
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    fields = {"phone": phone, "password": password, **dict(TOKEN.findall(page.data.decode()))}
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    answer = http.request("POST", address, body=urlencode(fields), headers=headers, redirect=False, retries=False)
    assert answer.status == 303, answer.status
    return str(answer.headers["Set-Cookie"].partition(";")[0])
