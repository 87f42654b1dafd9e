"""Looks at a message before it is worked on, and shows afterwards that work is done."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID

import dramatiq
import redis
import structlog
from dramatiq.middleware import Middleware, SkipMessage
from sqlalchemy.exc import OperationalError

from shared.kernel.crash import crash_point
from shared.kernel.pulse import Pulse
from shared.kernel.reactions import How

log = structlog.get_logger()


class Guard(Middleware):
    """Refuses what the bell never sends, and takes off the road for good what is begun.

    Whoever dies over a message leaves nothing that Dramatiq could hand on uncounted: the bell rings again, and counts
    (R27).  What was fetched and not begun it does hand on.

    `fail()` first: Dramatiq logs any other exception raised here and runs the actor all the same.
    """

    def before_process_message(self, broker: Any, message: Any) -> None:
        """Raises SkipMessage for arguments that are not tenants and ids."""
        try:
            batch, how = message.args
            How(how)
            if not [(UUID(tenant), UUID(one)) for tenant, ids in batch for one in ids]:
                raise ValueError("nothing to react to")
        except (ValueError, TypeError, AttributeError) as wrong:
            log.warning("message_refused", message_id=message.message_id, reason=type(wrong).__name__)
            message.fail()
            raise SkipMessage from wrong
        crash_point("after_receive")
        with suppress(redis.RedisError):  # away: then nobody hands anything on either
            broker.do_ack(message.queue_name, message.options["redis_message_id"])

    def after_ack(self, _broker: dramatiq.Broker, _message: Any) -> None:
        """Nothing is left to lose here."""
        crash_point("after_ack")


class Beating(Middleware):
    """Whoever has worked on a message of a queue shows that this queue is worked on."""

    def __init__(self, pulse: Pulse) -> None:
        self.pulse = pulse

    def after_process_message(
        self, _broker: dramatiq.Broker, message: Any, *, result: Any = None, exception: BaseException | None = None
    ) -> None:
        """Nothing is shown where the database is away: then no work was done either."""
        if exception is None:
            with suppress(OperationalError):
                self.pulse.beat(f"worker:{message.queue_name}")
