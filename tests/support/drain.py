"""Works off everything that is open in this process, without Redis."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from services.worker.bell import COPY_QUEUE, MOST_PER_CLAIM, carry, messages
from services.worker.work import work
from shared.bootstrap import House
from shared.kernel import reactions
from shared.kernel.reactions import QUEUES


def drain(house: House) -> int:
    """React until nothing due is open; a failed reaction waits for its back-off and is left.  Returns how many."""
    done = 0
    lease = timedelta(seconds=house.settings.lease_seconds)
    while True:
        with house.system.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            claimed = reactions.claim(connection, [*QUEUES, COPY_QUEUE], lease=lease, most=MOST_PER_CLAIM)
        carry(house, [one for one in claimed if one.queue == COPY_QUEUE])
        for message in messages([one for one in claimed if one.queue != COPY_QUEUE]):
            batch, rung_before = message.args
            ids = [(UUID(tenant), [UUID(one) for one in some]) for tenant, some in batch]
            work(house, ids, rung_before=rung_before)
        done += len(claimed)
        if not claimed:
            return done
