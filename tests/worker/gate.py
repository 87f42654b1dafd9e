"""The processes of production, started as `hehu` starts them, until they end: for tests in which they must refuse."""

import os
import subprocess
import sys

from tests.support.cast import settings_of
from tests.support.cluster import Urls

PROCESSES = {
    "web": (["web", "--port", "0"], "HEHU_DATABASE_URL"),
    "worker": (["worker"], "HEHU_DATABASE_URL"),
    "bell": (["clock", "--only", "bell"], "HEHU_SYSTEM_DATABASE_URL"),
    "sweeper": (["clock", "--only", "sweeper"], "HEHU_SYSTEM_DATABASE_URL"),
    "auditor": (["auditor"], "HEHU_AUDITOR_DATABASE_URL"),
}
AT_ONCE = 2
SECONDS = 60
# What an NTP that lost its way does to a process: its clock alone is another one.
AHEAD = """
import sys, time
real, ahead = time.time, float(sys.argv.pop(1))
time.time = lambda: real() + ahead
from services.ops.main import main
sys.exit(main())
"""


def start(
    urls: Urls, process: str, *, database_url: str | None = None, ahead: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Run it, as another role or with its clock `ahead` seconds, until it ends; one that goes on running fails."""
    arguments, variable = PROCESSES[process]
    settings = settings_of(urls)
    given = urls.environment() | {"HEHU_SECRET_KEY": settings.secret_key, "HEHU_FIELD_KEYS": settings.field_keys}
    if database_url is not None:
        given[variable] = database_url
    program = ["-m", "services.ops.main"] if ahead is None else ["-c", AHEAD, str(ahead)]
    command = [sys.executable, *program, *arguments]
    return subprocess.run(command, env=os.environ | given, capture_output=True, text=True, timeout=SECONDS, check=False)


def refused_in_one_line(ended: subprocess.CompletedProcess[str]) -> bool:
    """Exit code 2, one line for the operator, nothing else."""
    return ended.returncode == 2 and ended.stdout == "" and ended.stderr.count("\n") == 1 and "拒绝启动" in ended.stderr
