"""What the story asks again and again: is it so, is it so yet, and what does the API say."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from .browser import Page, api

WAIT_SECONDS = 30.0
EVERY_SECONDS = 0.3
LONGEST_SAID = 600
Answer = TypeVar("Answer")


class NotSo(Exception):
    """Something is not as it must be; the message says what was found."""


def expect(found: object, wanted: object, what: str) -> None:
    """Raises NotSo where they differ."""
    if found != wanted:
        raise NotSo(f"{what}: {found}, not {wanted}")


def until(ask: Callable[[], Answer], wanted: Callable[[Answer], bool], what: str) -> Answer:
    """Ask until the answer is as wanted; gives up after 30 s.  Raises NotSo with the last answer."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not wanted(answer := ask()):
        if time.monotonic() > deadline:
            raise NotSo(f"{what}: after {WAIT_SECONDS:.0f} s still {str(answer)[:LONGEST_SAID]}")
        time.sleep(EVERY_SECONDS)
    return answer


def until_done(ask: Callable[[], int], what: str) -> None:
    """Wait while what is left (`ask`) grows less; gives up when it has not for 30 s.  Raises NotSo."""
    least, deadline = ask(), time.monotonic() + WAIT_SECONDS
    while left := ask():
        if left < least:
            least, deadline = left, time.monotonic() + WAIT_SECONDS
        elif time.monotonic() > deadline:
            raise NotSo(f"{what}: for {WAIT_SECONDS:.0f} s no fewer than {least}")
        time.sleep(EVERY_SECONDS)


def ok(page: Page) -> Page:
    """The page itself.  Raises NotSo for any answer but 200."""
    if page.status != 200:
        raise NotSo(f"{page.url} answered {page.status}: {page.words[:300]}")
    return page


def figure(page: Page, pattern: str) -> str:
    """The group of a pattern in the page's words.  Raises NotSo where it does not stand there."""
    found = re.search(pattern, ok(page).words)
    if found is None:
        raise NotSo(f"{page.url} does not say {pattern}: {page.words[:400]}")
    return found[1]


@dataclass(frozen=True)
class Resources:
    """The API of one organisation, by its key."""

    address: str
    slug: str
    key: str

    def page(self, name: str, **wanted: str) -> dict[str, Any]:
        """`{items, total}`, at most a hundred of them."""
        asked = urlencode({"page_size": "100", **wanted})
        found: dict[str, Any] = api(self.address, f"/orgs/{self.slug}/{name}/?{asked}", self.key)
        return found

    def total(self, name: str, **wanted: str) -> int:
        """How many there are."""
        return int(self.page(name, **wanted)["total"])

    def items(self, name: str, **wanted: str) -> list[dict[str, Any]]:
        """All of them."""
        found: list[dict[str, Any]] = []
        number = 1
        while True:
            page = self.page(name, page=str(number), **wanted)
            found += page["items"]
            if len(found) >= page["total"] or not page["items"]:
                return found
            number += 1
