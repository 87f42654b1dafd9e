"""How often somebody may try: counted in Redis, in this process when Redis is away."""

from __future__ import annotations

from hashlib import sha256

from flask import Flask, request
from flask_limiter import Limiter, RateLimitExceeded
from werkzeug.exceptions import HTTPException

from shared.people.key_rules import KEY_PREFIX

LIMITED_KEY = "hehu"
LOG_IN_BY_ADDRESS = "60 per 15 minutes"  # a whole school may sit behind one address
SIGN_UP = "10 per hour"
LETTER_BOX = "10 per hour"
API = "600 per minute"
PAUSE = 15 * 60  # seconds, where no limit of ours is named
REDIS_TIMEOUT = 0.2  # seconds: a hanging Redis must not hang the page


def client_address() -> str:
    """The address of the client; behind the one proxy of an https installation, the one it names."""
    return request.remote_addr or "unknown"


def api_caller() -> str:
    """The key that a script shows, unreadable; without one its address."""
    shown = request.headers.get("Authorization", "")
    return sha256(shown.encode()).hexdigest() if KEY_PREFIX in shown else client_address()


def pause(wrong: HTTPException) -> int:
    """Seconds after which the limit that was reached counts from the start again."""
    return wrong.limit.limit.get_expiry() if isinstance(wrong, RateLimitExceeded) else PAUSE


limiter = Limiter(key_func=client_address, key_prefix=LIMITED_KEY, headers_enabled=False)


def init_limits(app: Flask, redis_url: str) -> None:
    """Count in Redis with a short time-out; fall back to memory (per process) when it does not answer."""
    app.config.setdefault("RATELIMIT_STORAGE_URI", redis_url or "memory://")
    if redis_url:
        timeouts = {"socket_timeout": REDIS_TIMEOUT, "socket_connect_timeout": REDIS_TIMEOUT}
        app.config.setdefault("RATELIMIT_STORAGE_OPTIONS", timeouts)
        app.config.setdefault("RATELIMIT_IN_MEMORY_FALLBACK_ENABLED", True)
    limiter.init_app(app)
