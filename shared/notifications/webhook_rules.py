"""What other systems may hear of, what is written to them, and which addresses are taken.  Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from shared.kernel.errors import N_, Invalid

MOST_WEBHOOKS = 10
SECRET_PLACE = "webhook.secret"  # what its ciphertext is bound to
MOST_TRIES = 5
PAUSED_AFTER = 5  # rounds in a row in which nothing was taken: about a quarter of an hour
WAITS = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
LOCAL_NAMES = ("localhost", "local", "internal", "home.arpa")

NOT_AN_ADDRESS = N_("请填写以 https:// 开头的网址，不含用户名、密码和 #。")
NOT_PUBLIC = N_("这个网址在内部网络里，请填写互联网上能访问的网址。")


@dataclass(frozen=True)
class Told:
    """A kind of event in words, and the fields of it that are passed on: ids, codes and times."""

    title: str
    fields: tuple[str, ...]


_PROMISE = ("occurrence_id", "item_id", "kind", "child_id", "unit_id", "doer_id", "window_start")
TOLD: dict[str, Told] = {
    "occurrence.overdue": Told(N_("承诺已过期"), _PROMISE),
    "occurrence.missed": Told(N_("承诺没有做到"), _PROMISE),
    "record.written": Told(N_("登记了走访或联系"), ("record_id", "kind", "child_id", "occurrence_ids")),
    "incident.opened": Told(N_("上报了突发事件"), ("incident_id", "known_at")),
    "incident.step_breached": Told(N_("突发事件的告知超时"), ("incident_id", "step_id", "tell")),
    "incident.closed": Told(N_("突发事件已办结"), ("incident_id",)),
}
NOT_TRIED = "webhook.not_tried"  # its turn did not come in this round


def body(name: str, payload: Mapping[str, Any], *, event_id: UUID, at: datetime, organisation: UUID) -> str:
    """The JSON of a letter: `type`, `timestamp`, `data` (standardwebhooks.com); a repeat is the same text."""
    fields = TOLD[name].fields if name in TOLD else ()
    data = {"organisation_id": str(organisation), "event_id": str(event_id)}
    data |= {field: payload[field] for field in fields if field in payload}
    return json.dumps({"type": name, "timestamp": at.isoformat(), "data": data}, separators=(",", ":"))


@dataclass(frozen=True)
class Standing:
    """How an address fares.  `wait`: it took nothing this time; `paused`: nothing for too long."""

    paused: bool = False
    wait: timedelta | None = None


def verdict(error: str | None, tries: int, standing: Standing) -> tuple[str, timedelta | None]:
    """The state of a delivery after its `tries`-th try, and after what time it is tried again (None: it is not)."""
    if error is None:
        return "sent", None
    if error == NOT_TRIED:
        return "queued", timedelta()
    if standing.paused:
        return "queued", None
    if tries >= MOST_TRIES:
        return "failed", None
    return "queued", standing.wait or WAITS[tries - 1]


def check_url(url: str, *, local: bool) -> str:
    """The address as it is kept.  Raises Invalid at `url`.  `local`: http and loopback are taken too.

    This spares people a mistake; what a name leads to is looked at when it is connected to.
    """
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise _wrong(NOT_AN_ADDRESS) from None
    schemes = ("https", "http") if local else ("https",)
    extra = parts.username is not None or parts.password is not None or "#" in url or "\\" in url
    if parts.scheme not in schemes or not host or extra or not url.isascii() or any(sign.isspace() for sign in url):
        raise _wrong(NOT_AN_ADDRESS)
    if not local and _is_inside(host):
        raise _wrong(NOT_PUBLIC)
    return url


def host_of(url: str) -> str:
    """What people recognise an address by."""
    return urlsplit(url).hostname or url


def _wrong(said: str) -> Invalid:
    return Invalid("webhook.url", errors={"url": [said]})


def _is_inside(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.rstrip(".").endswith(LOCAL_NAMES)
