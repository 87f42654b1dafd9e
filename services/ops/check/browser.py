"""A browser without a screen: keeps cookies, reads forms with their hidden tokens, and sends them back filled in."""

from __future__ import annotations

import http.cookiejar
import io
import json
import secrets
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

WAIT_SECONDS = 30
File = tuple[str, bytes]  # its name, its bytes
Values = Mapping[str, "str | Sequence[str] | File"]


@dataclass
class HtmlForm:
    """A form as it stands on the page: what it would send without anybody touching it."""

    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """An answer: its address after all redirects, its words without tags, its forms and its links."""

    status: int
    url: str
    html: str
    words: str
    forms: Sequence[HtmlForm]
    links: Sequence[str]

    def form(self, action: str = "") -> HtmlForm:
        """The form whose path ends with `action`; of several the last: the page's own comes after its head's."""
        paths = [(urllib.parse.urlsplit(one.action).path, one) for one in self.forms if one.method == "post"]
        found = [one for path, one in paths if path.endswith(action)]
        if not found:
            raise LookupError(f"no form for {action!r} on {self.url} ({self.status}): {self.words[:200]}")
        return found[-1]


class Browser:
    """One person's browser on `address`; redirects are followed, no answer raises."""

    def __init__(self, address: str) -> None:
        self._address = address
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), jar)

    def get(self, path: str) -> Page:
        """Open a page."""
        return self._open(urllib.request.Request(urllib.parse.urljoin(self._address, path)))

    def send(self, page: Page, values: Values, *, action: str = "") -> Page:
        """Fill in a form of the page and press its button; a sequence ticks several."""
        form = page.form(action)
        body, kind = _multipart({**form.values, **values})
        return self._open(urllib.request.Request(form.action, data=body, headers={"Content-Type": kind}))

    def log_in(self, phone: str, password: str) -> Page:
        """With mobile number and password."""
        return self.send(self.get("/log-in"), {"phone": phone, "password": password}, action="log-in")

    def _open(self, request: urllib.request.Request) -> Page:
        request.add_header("Accept-Language", "zh")
        try:
            with self._opener.open(request, timeout=WAIT_SECONDS) as answer:
                return _page(answer.status, answer.url, answer.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return _page(refused.code, refused.url, refused.read())


def api(address: str, path: str, key: str) -> Any:
    """The JSON of an address of the API."""
    request = urllib.request.Request(f"{address}/api/v1{path}", headers={"Authorization": f"Bearer {key}"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=WAIT_SECONDS) as answer:
        return json.load(answer)


def _page(status: int, url: str, body: bytes) -> Page:
    html = body.decode(errors="replace")
    reader = _Reader(url)
    reader.feed(html)
    return Page(status, url, html, " ".join("".join(reader.words).split()), reader.forms, reader.links)


class _Reader(HTMLParser):
    """Collects forms, links and words of a page."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url, self.forms, self.links, self.words = url, [], [], []
        self._form: HtmlForm | None = None
        self._by_id: dict[str, HtmlForm] = {}
        self._select = self._area = ""

    forms: list[HtmlForm]
    links: list[str]
    words: list[str]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Forms, their fields, links."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = HtmlForm(
                urllib.parse.urljoin(self.url, given.get("action") or self.url), given.get("method", "get").lower()
            )
            self.forms.append(self._form)
            self._by_id[given.get("id", "")] = self._form
        elif tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "input":
            self._input(given)
        elif tag == "select":
            self._select = given.get("name", "")
        elif tag == "option" and self._select and "selected" in given:
            self._keep(self._select, given.get("value", ""))
        elif tag == "textarea":
            self._area = given.get("name", "")
            self._keep(self._area, "")
        self.words.append(" ")

    def handle_endtag(self, tag: str) -> None:
        """Where a form, a choice or a text ends."""
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""
        self.words.append(" ")

    def handle_data(self, data: str) -> None:
        """Words, or what stands in a text field."""
        if self._area and self._form:
            self._form.values[self._area][-1] += data
        self.words.append(data)

    def _input(self, given: Mapping[str, str]) -> None:
        kind = given.get("type", "text")
        if kind in ("submit", "button", "file", "reset") or not given.get("name"):
            return
        if kind in ("checkbox", "radio") and "checked" not in given:
            return
        self._keep(given["name"], given.get("value", "on" if kind == "checkbox" else ""), of=given.get("form", ""))

    def _keep(self, name: str, value: str, *, of: str = "") -> None:
        """Into the form around it, or into the one that it names."""
        form = self._by_id.get(of) if of else self._form
        if form is not None and name:
            form.values.setdefault(name, []).append(value)


def _multipart(values: Values) -> tuple[bytes, str]:
    mark = secrets.token_hex(16)
    body = io.BytesIO()
    for name, value in values.items():
        if isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], bytes):
            _part(body, mark, f'{name}"; filename="{value[0]}', value[1])
            continue
        for one in [value] if isinstance(value, str) else value:
            _part(body, mark, name, str(one).encode())
    body.write(f"--{mark}--\r\n".encode())
    return body.getvalue(), f"multipart/form-data; boundary={mark}"


def _part(body: io.BytesIO, mark: str, name: str, content: bytes) -> None:
    body.write(f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode())
    body.write(content + b"\r\n")
