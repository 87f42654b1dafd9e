"""The demo as a newcomer starts it: log-ins that work, pages that are there, memory, and a second start."""

import contextlib
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from services.ops.check.browser import Browser
from tests.support.cluster import project_root

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(420)]

ROW = re.compile(r"^(\S+)\s+(1\d{10})\s+(\S+)\s+(http://localhost:\d+)(/\S+)", re.MULTILINE)
KINDS_OF_WORK = 7
MOST_MEMORY = 800_000_000  # bytes, all processes of the demo together


@contextlib.contextmanager
def _demo(data: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The running command and all it printed until it was ready."""
    command = [sys.executable, "-m", "services.ops.main", "demo", "--port", "0", "--data", str(data)]
    with subprocess.Popen(command, cwd=project_root(), text=True, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        lines: list[str] = []
        while "Ctrl-C stops all" not in (lines[-1] if lines else ""):
            line = process.stdout.readline()
            assert line, "the demo ended before it was ready"
            lines.append(line)
        try:
            yield process, "".join(lines)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def _memory(process: subprocess.Popen[str]) -> int:
    """PSS: what several processes share counts once.  The servers are no children of the command."""
    started = psutil.Process(process.pid)
    data = started.cmdline()[-1]
    family = [started, *started.children(recursive=True)]
    ours = {one.pid: one for one in [*family, *_servers(data)]}
    return sum(one.memory_full_info().pss for one in ours.values())


def _servers(data: str) -> list[psutil.Process]:
    heads = [one for one in psutil.process_iter(["cmdline"]) if any(data in part for part in one.info["cmdline"] or ())]
    return [process for head in heads for process in (head, *head.children(recursive=True))]


def test_a_newcomer_logs_in_as_everybody_and_finds_the_same_county_the_next_day():
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        with _demo(data) as (process, told):
            people = ROW.findall(told)
            first_pages = [_first_page(*one) for one in people]
            memory = _memory(process)
        began = time.monotonic()
        with _demo(data) as (_, told_again):
            seconds = time.monotonic() - began

    print(f"memory {memory / 1e6:.0f} MB, second start {seconds:.1f} s")
    assert len(people) == KINDS_OF_WORK
    assert first_pages == [200] * KINDS_OF_WORK
    assert memory < MOST_MEMORY
    assert [row[:3] for row in ROW.findall(told_again)] == [row[:3] for row in people]


def _first_page(_who: str, phone: str, password: str, address: str, path: str) -> int:
    browser = Browser(address)
    browser.log_in(phone, password)
    return browser.get(path).status
