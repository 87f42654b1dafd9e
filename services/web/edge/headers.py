"""Security headers, request ids and compression: what every answer carries."""

from __future__ import annotations

import gzip
import io
import secrets

from flask import Flask, Response, g, request

from shared.kernel.ids import new_id

YEAR = 31_536_000
COMPRESSIBLE = ("text/html", "application/json", "application/problem+json", "text/plain", "image/svg+xml")
SMALLEST = 600  # bytes; below, compression costs more than it saves
PADDING = 100  # BREACH: a random length hides what a guess saved (the way Django does it)
PERMISSIONS = "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()"


def init_headers(app: Flask, *, https: bool) -> None:
    """Hang the headers on `app`; HSTS only where the public address is https."""

    @app.before_request
    def begin() -> None:
        g.request_id = new_id().hex
        g.nonce = secrets.token_urlsafe(16)

    @app.after_request
    def finish(response: Response) -> Response:
        _secure(response, https=https)
        _no_store(response)
        return _compressed(response)


def policy(nonce: str) -> str:
    """The content security policy: nothing inline, nothing foreign."""
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self' data: blob:; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; manifest-src 'self'; base-uri 'none'; "
        "object-src 'none'; frame-ancestors 'none'"
    )


def _secure(response: Response, *, https: bool) -> None:
    headers = response.headers
    headers["Content-Security-Policy"] = policy(g.get("nonce") or secrets.token_urlsafe(16))
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = PERMISSIONS
    headers["X-Request-ID"] = g.get("request_id", "")
    if https:
        headers["Strict-Transport-Security"] = f"max-age={YEAR}; includeSubDomains"


def _no_store(response: Response) -> None:
    """Signed-in pages and every answer of the API stay out of all caches."""
    user = g.get("_login_user")  # as far as somebody asked: health checks must not wait for the database
    personal = request.path.startswith(("/api/", "/o/", "/c/", "/f/")) or getattr(user, "is_authenticated", False)
    if personal:
        response.headers["Cache-Control"] = "no-store"
    elif "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "private, no-cache"


def _compressed(response: Response) -> Response:
    """Gzip what is worth it; the file name field of random length is the padding."""
    plain = (
        response.direct_passthrough
        or response.is_streamed
        or "Content-Encoding" in response.headers
        or response.mimetype not in COMPRESSIBLE
    )
    if plain:
        return response
    response.vary.add("Accept-Encoding")
    if not request.accept_encodings["gzip"] or (response.content_length or 0) < SMALLEST:
        return response
    packed = io.BytesIO()
    name = secrets.token_hex(PADDING)[: secrets.randbelow(PADDING)]
    with gzip.GzipFile(filename=name, mode="wb", compresslevel=6, fileobj=packed, mtime=0) as out:
        out.write(response.get_data())
    response.set_data(packed.getvalue())
    response.headers["Content-Encoding"] = "gzip"
    return response
