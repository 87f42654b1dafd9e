"""Works off everything that is due and open in this process, without Redis: for the tests and for `hehu simulate`.

`python -m services.worker.drain` does it once for each line on its standard input, and answers with how much it was.
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from uuid import UUID

from shared import subscriptions
from shared.bootstrap import House, build
from shared.kernel import reactions
from shared.kernel.reactions import COPY_QUEUE, QUEUES
from shared.kernel.settings import Settings
from shared.kernel.telemetry import start_logs

from .bell import MOST_PER_CLAIM, carry, line, messages
from .calling import WAYS
from .sweeper import sweep_table
from .work import work


def sweep_all(house: House) -> int:
    """Move everything that is due, in all timed tables; returns how many rows moved."""
    return sum(sweep_table(house, timed) for timed in subscriptions.TIMED_TABLES)


def drain(house: House) -> int:
    """React until nothing due is open; a failed reaction waits for its back-off and is left.  Returns how many."""
    done = 0
    lease = timedelta(seconds=house.settings.lease_seconds)
    while True:
        with line(house) as connection:
            claimed = [
                one
                for queue in (*QUEUES, COPY_QUEUE)
                for one in reactions.claim(connection, queue, lease=lease, most=MOST_PER_CLAIM)
            ]
        carry(house, [one for one in claimed if one.queue == COPY_QUEUE])
        for message in messages([one for one in claimed if one.queue != COPY_QUEUE]):
            batch, how = message.args
            ids = [(UUID(tenant), [UUID(one) for one in some]) for tenant, some in batch]
            work(house, ids, how, way=WAYS[message.actor_name])
        done += len(claimed)
        if not claimed:
            return done


def main() -> None:
    """A round for each line, until standard input ends."""
    start_logs()
    need = ("database_url", "system_database_url", "rollup_database_url", "field_keys")
    house = build(Settings.from_env(os.environ, need=need))
    print("ready", flush=True)
    for _ in sys.stdin:
        print(sweep_all(house) + drain(house), flush=True)


if __name__ == "__main__":
    main()
