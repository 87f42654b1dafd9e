"""`python -m services.worker.alone ACTOR TENANT REACTION`: one reaction in a process of its own (R27)."""

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


def main(actor: str, tenant: str, row: str) -> None:
    """Count it and do it; where it hangs the process ends, whatever it hangs in."""
    os.environ.pop("HEHU_CRASH_AT", None)  # the worker was to die there
    settings = settings_of("database_url", "rollup_database_url", "field_keys")
    signal.setitimer(signal.ITIMER_REAL, settings.hang_seconds)
    work(build(settings), [(UUID(tenant), [UUID(row)])], How.APART, way=WAYS[actor])


if __name__ == "__main__":
    main(*sys.argv[1:])
