"""`python -m services.worker.alone`: reactions one by one, in a process that is theirs (R27)."""

from __future__ import annotations

import os
import signal
import sys
from uuid import UUID

from shared.bootstrap import build
from shared.kernel.reactions import How

from .calling import WAYS
from .starting import settings_of
from .work import work


def main() -> None:
    """Count and do each that comes on standard input as `ACTOR TENANT REACTION`, and name it when it has ended.

    Where one hangs the process ends, whatever it hangs in.
    """
    os.environ.pop("HEHU_CRASH_AT", None)  # the worker was to die there
    settings = settings_of("database_url", "rollup_database_url", "field_keys")
    house = build(settings)
    for line in sys.stdin:
        actor, tenant, row = line.split()
        signal.setitimer(signal.ITIMER_REAL, settings.hang_seconds)
        work(house, [(UUID(tenant), [UUID(row)])], How.APART, way=WAYS[actor])
        signal.setitimer(signal.ITIMER_REAL, 0)
        print(row, flush=True)


if __name__ == "__main__":
    main()
