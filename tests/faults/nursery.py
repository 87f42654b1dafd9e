"""Starts Hehu's processes by forking from one that has imported everything: a restart takes no second of imports.

Reads one JSON line per start on standard input, answers with the pid.  What runs in the fork is what `hehu` runs;
`first` names what a test does to the fork before (`module:function`), which the product cannot know of.
"""

import gc
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil
from gunicorn.app.wsgiapp import WSGIApplication
from time_machine import travel

from services.web.app import APIS, PAGES
from services.worker import auditor, processes

_away: list[travel] = []


def run_web() -> None:
    """gunicorn as `hehu web` becomes it."""
    sys.argv = ["gunicorn", "-c", "python:services.web.server", "services.web.wsgi:app"]
    WSGIApplication("%(prog)s").run()


WHAT: dict[str, Callable[[], None]] = {
    "web": run_web,
    "worker": processes.run_worker,
    "clock": processes.run_clock,
    "bell": partial(processes.run_clock, "bell"),
    "sweeper": partial(processes.run_clock, "sweeper"),
    "auditor": auditor.run_auditor,
}


def main() -> None:
    """Fork on demand until standard input ends."""
    for room in (*(f"pages.{name}" for name in PAGES), *(f"api.{name}" for name in APIS)):
        import_module(f"services.web.{room}")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are buried at once
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # a fork sets its own; until then none dies of it
    gc.freeze()
    print("ready", flush=True)
    for line in sys.stdin:
        wanted = json.loads(line)
        pid = os.fork()
        if pid == 0:
            run(wanted)
        print(pid, flush=True)
    for left in psutil.Process().children(recursive=True):  # whoever gave the orders was killed
        left.kill()


def run(wanted: dict[str, Any]) -> None:
    """Become the process; never returns."""
    log = os.open(wanted["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # the orders on the other end are not for this one
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGUSR1, partial(_jump, Path(wanted["ahead"])))
    os.environ.update(wanted["environ"])
    code = 1
    try:
        for module, function in (name.split(":") for name in wanted["first"]):
            getattr(import_module(module), function)()
        WHAT[wanted["what"]]()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(code)


def _jump(ahead: Path, *_signal: object) -> None:
    """From now on this process's clock is that many seconds ahead of the machine's (R25)."""
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        return  # it is only starting, and would refuse to
    while _away:
        _away.pop().stop()
    _away.append(travel(time.time() + float(ahead.read_text()), tick=True))
    _away[-1].start()


if __name__ == "__main__":
    main()
