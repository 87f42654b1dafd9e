"""Signed letters to other systems' addresses (standardwebhooks.com): many addresses side by side, each one in order."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from uuid import UUID

from standardwebhooks import Webhook as Signer
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, PoolManager, Timeout
from urllib3.exceptions import HTTPError, NewConnectionError, SSLError, TimeoutError
from urllib3.util import parse_url

from ..webhook_rules import NOT_TRIED
from .public_http import WATCHED, AddressRefused, CutOff, Watch, public_http

LINES = 16  # addresses posted to at the same time, in one process
START_WITHIN = 8.0  # seconds after which no further letter of a line is begun
CUT_AFTER = 14.0  # seconds; below the lease, so that nobody else begins meanwhile
EACH = Timeout(connect=3.0, read=5.0)
MOST_READ = 65_536  # bytes of an answer that are read to keep the connection
TIMEOUT, UNREACHABLE, TLS, REFUSED = "webhook.timeout", "webhook.unreachable", "webhook.tls", "webhook.address"
CLOSED_LINE = frozenset({TIMEOUT, UNREACHABLE, TLS, REFUSED})  # the next letter would meet the same


@dataclass(frozen=True)
class Letter:
    """`id` stays the same however often it is posted: the receiver drops what it has had."""

    id: UUID
    body: str


@dataclass
class Line:
    """Letters for one address.  `answers`: for each, in order, None where it was taken, else a code."""

    url: str
    secret: str
    letters: Sequence[Letter]
    answers: list[str | None] = field(default_factory=list)
    watch: Watch = field(default_factory=Watch)


@dataclass(frozen=True)
class WebhookGateway:
    """Posts; `local` allows loopback and plain http, for tests and demos.  Nothing connects before the first letter."""

    local: bool

    @cached_property
    def _http(self) -> PoolManager:
        return public_http(local=self.local)

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(LINES, thread_name_prefix="webhook")

    def post(self, lines: Sequence[Line]) -> None:
        """Post every line's letters and fill its answers; never raises for what an address does."""
        begun = [(line, self._threads.submit(self._post, line)) for line in lines]
        wait([one for _, one in begun], timeout=CUT_AFTER)
        # Slow ones held all the threads: whose turn did not come is not judged, and does not begin once they are cut.
        for _, future in begun:
            future.cancel()
        for line, future in begun:
            if future.done():
                if not future.cancelled():
                    future.result()
                _fill(line, NOT_TRIED)
            else:
                line.watch.cut()
                _fill(line, TIMEOUT)

    def _post(self, line: Line) -> None:
        """The letters one after the other, until one shows that the address cannot be reached."""
        WATCHED.by = line.watch
        signer, until = Signer(line.secret), time.monotonic() + START_WITHIN
        pool, path = self._http.connection_from_url(line.url), parse_url(line.url).request_uri
        for letter in line.letters:
            if line.watch.over or time.monotonic() > until:
                return
            line.answers.append(_judged(line.watch, _posted(pool, path, letter, signer)))
            if line.answers[-1] in CLOSED_LINE:
                _fill(line, line.answers[-1])
                return


def _judged(watch: Watch, answer: str | None) -> str | None:
    """What was cut off meanwhile may look like the end of a good answer."""
    return TIMEOUT if watch.over else answer


def _posted(pool: HTTPConnectionPool, path: str, letter: Letter, signer: Signer) -> str | None:
    """None where it was taken, else why not."""
    try:
        answer = pool.urlopen(
            *("POST", path, letter.body.encode(), _signed(letter, signer)),
            retries=False,
            redirect=False,
            timeout=EACH,
            preload_content=False,
            decode_content=False,
        )
        _finish(answer)
    except AddressRefused:
        return REFUSED
    except NewConnectionError:  # urllib3 counts it among the time-outs
        return UNREACHABLE
    except (TimeoutError, CutOff):
        return TIMEOUT
    except SSLError:
        return TLS
    except HTTPError:
        return UNREACHABLE
    return None if 200 <= answer.status < 300 else f"webhook.status_{answer.status}"


def _signed(letter: Letter, signer: Signer) -> dict[str, str]:
    moment = datetime.now(UTC)  # the receiver compares it with its own clock, whatever ours of promises says
    return {
        "content-type": "application/json",
        "user-agent": "Hehu",
        "webhook-id": str(letter.id),
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": signer.sign(str(letter.id), moment, letter.body),
    }


def _finish(answer: BaseHTTPResponse) -> None:
    """Read a short answer to its end, so that the connection can be used again; cut a long one off."""
    answer.read(MOST_READ)
    if answer.closed:
        answer.release_conn()
    else:
        answer.close()


def _fill(line: Line, code: str | None) -> None:
    """The same answer for all letters that have none."""
    line.answers += [code] * (len(line.letters) - len(line.answers))
