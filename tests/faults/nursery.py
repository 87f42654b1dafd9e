"""Starts Hehu's processes by forking from one that has imported everything: a restart takes no second of imports.

Reads one JSON line per start on standard input, answers with the pid.  What runs in the fork is what `hehu` runs.
"""

import gc
import json
import os
import signal
import sys
from typing import Any

from services.worker import processes


def main() -> None:
    """Fork on demand until standard input ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are buried at once
    gc.freeze()
    print("ready", flush=True)
    for line in sys.stdin:
        wanted = json.loads(line)
        pid = os.fork()
        if pid == 0:
            run(wanted)
        print(pid, flush=True)


def run(wanted: dict[str, Any]) -> None:
    """Become the process; never returns."""
    log = os.open(wanted["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.update(wanted["environ"])
    code = 1
    try:
        processes.run_clock() if wanted["what"] == "clock" else processes.run_worker()
        code = 0
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
