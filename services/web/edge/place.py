"""Where a request stands: API or page, our own origin or a foreign one, and the names of our cookies."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app, request

PUBLIC_URL = "HEHU_PUBLIC_URL"


def is_api() -> bool:
    """Whether a program is asking."""
    return request.path.startswith("/api/")


def is_ours(address: str) -> bool:
    """Whether an Origin or Referer is this site, as the browser or as the settings name it."""
    public = urlsplit(current_app.config[PUBLIC_URL]).netloc
    return urlsplit(address).netloc in {request.host, public}


def local_path(address: str | None, otherwise: str) -> str:
    """An address of this site to go on to; anything that could lead elsewhere becomes `otherwise`."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")):
        return otherwise
    return address if address.isprintable() and "\\" not in address else otherwise


def is_https() -> bool:
    """Whether the public address is https; only then may cookies be `Secure` and `__Host-`."""
    return str(current_app.config[PUBLIC_URL]).startswith("https://")


def cookie_name(name: str) -> str:
    """`__Host-` ties a cookie to this very host; browsers refuse it on http."""
    return f"__Host-{name}" if is_https() else name
