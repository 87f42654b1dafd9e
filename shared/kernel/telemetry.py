"""Logs, traces and figures, with names, phones and ID numbers taken out."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import sentry_sdk
import structlog
from prometheus_client import Counter, Gauge
from structlog.tracebacks import ExceptionDictTransformer

ID_NUMBER = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
PRIVATE_KEYS = ("name", "phone", "id_no", "password", "token", "address", "body", "note", "text", "quote")
HIDDEN = "[hidden]"

REACTIONS = Counter("hehu_reactions_total", "Reactions by outcome", ["reactor", "outcome"])
SWEPT = Counter("hehu_swept_total", "Rows moved by the sweeper", ["table"])


def _gauge(name: str, said: str, *labels: str) -> Gauge:
    """Where the demo's processes share one folder of figures, the latest counts."""
    return Gauge(f"hehu_{name}", said, labels, multiprocess_mode="mostrecent")


# Set by the auditor; an alert for each stands in infra/alerts.
OLDEST_OPEN = _gauge("oldest_open_reaction_seconds", "Age of the oldest open reaction", "queue")
STUCK_LEASES = _gauge("stuck_leases", "Open reactions whose lease ran out and that nobody rang again")
PARKED = _gauge("parked_reactions", "Reactions that failed for good")
SWEEP_LATENESS = _gauge("sweep_lateness_seconds", "How late the most overdue timed row is", "table")
SILENCE = _gauge("silence_seconds", "Since when a part of the machinery has not shown itself", "part")
DELIVERIES = _gauge("deliveries", "Deliveries of the last day", "channel", "state")
DELIVERY_WAIT = _gauge("delivery_wait_seconds", "Age of the oldest delivery that is not sent", "channel")
AUDIT_FINDINGS = _gauge("audit_findings", "Rows a check of the auditor found, at most 1000", "check")
AUDIT_SUCCESS = _gauge("audit_last_success_timestamp_seconds", "When the auditor last found everything in order")


def scrub(value: Any, key: str = "") -> Any:
    """The same structure without phones and ID numbers, and without the values of private keys."""
    if isinstance(value, dict):
        return {k: scrub(v, str(k)) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [scrub(one, key) for one in value]
    if isinstance(value, str):
        private = key.lower() in PRIVATE_KEYS
        return HIDDEN if private else PHONE.sub(HIDDEN, ID_NUMBER.sub(HIDDEN, value))
    return value


def _scrub_log(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: value if key == "event" else scrub(value, key) for key, value in event.items()}


def start_logs(level: int = logging.INFO) -> None:
    """JSON lines on standard error, one per happening."""
    logging.basicConfig(level=level, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _scrub_log,
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),  # they hold names
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def start_sentry(dsn: str) -> None:
    """Sentry without local variables, request bodies or personal data; must run before the broker is built."""
    if dsn:
        sentry_sdk.init(
            dsn=dsn,
            send_default_pii=False,
            include_local_variables=False,
            max_request_body_size="never",
            before_send=lambda event, _hint: scrub(event),
        )
