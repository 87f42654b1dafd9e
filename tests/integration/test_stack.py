"""A whole installation: it starts with its data, outlives what is killed, and leaves nothing behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.ops import stack
from services.ops.kept import LogIn
from shared.kernel.errors import DomainError
from shared.kernel.settings import Settings
from tests.support.cluster import project_root

pytestmark = [pytest.mark.faults, pytest.mark.slow]

SOMEBODY = LogIn("管理员", "13800000000", "not so secret", "/log-in", "the county's table")


@pytest.fixture
def data() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="hehu-test-"))
    folder.chmod(0o711)
    yield folder / "data"
    stack.remove(folder / "data", print)
    shutil.rmtree(folder)


class Loader:
    """Counts how often data is asked for."""

    calls = 0

    def __call__(self, settings: Settings) -> list[LogIn]:
        assert settings.database_url
        self.calls += 1
        return [SOMEBODY]


def watch_until(running: stack.Stack, what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not what():
        assert time.monotonic() < deadline, "it did not come about in time"
        running.watch(print)
        time.sleep(0.05)


@pytest.mark.full
def test_data_is_loaded_once_and_its_log_ins_are_kept_for_us_alone(data):
    load, port = Loader(), stack.free_port()

    for _ in range(2):
        with stack.running(data, port=port, load=load, say=print, durable=False) as running:
            assert stack.answers(port)
            assert list(running.log_ins) == [SOMEBODY]

    assert load.calls == 1
    assert not stack.answers(port)
    for name in ("secrets.json", "log-ins.json", "environment"):
        assert (data / name).stat().st_mode & 0o777 == 0o600


def test_whatever_is_killed_comes_back(data):
    port = stack.free_port()
    with stack.running(data, port=port, load=Loader(), say=print, durable=False) as running:
        for name in ("web", "worker", "clock", "auditor"):
            pid = running.supervisor.pid(name)
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
        running.servers.postgres.kill()
        running.servers.valkey.kill()

        names = ("web", "worker", "clock", "worker-alarm", "auditor")
        watch_until(running, lambda: stack.answers(port) and all(map(running.supervisor.pid, names)))


def test_after_kill_9_of_everything_above_them_the_next_run_ends_what_was_left(data):
    port = stack.free_port()
    code = """
        import sys, time
        from pathlib import Path
        from services.ops import stack
        with stack.running(Path(sys.argv[1]), port=int(sys.argv[2]), load=lambda s: [], say=lambda s: None):
            print("up", flush=True)
            time.sleep(600)
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(data), str(port)]
    with subprocess.Popen(command, cwd=project_root(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.kill()
    said: list[str] = []

    with stack.running(data, port=port, load=Loader(), say=said.append, durable=False):
        assert stack.answers(port)

    assert "ended 5 processes that an earlier run had left behind" in said


def test_a_taken_port_is_one_line_and_leaves_nothing_running(data):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        with pytest.raises(DomainError) as refused:
            stack.running(data, port=port, load=Loader(), say=print, durable=False).__enter__()

    assert refused.value.message == f"port {port} is taken by another program: choose another with --port"
    assert not (data / "servers" / "postgres" / "postmaster.pid").exists()


def test_a_first_start_that_was_interrupted_begins_again(data):
    def fail(settings: Settings) -> list[LogIn]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stack.running(data, port=stack.free_port(), load=fail, say=print, durable=False).__enter__()
    load = Loader()

    with stack.running(data, port=stack.free_port(), load=load, say=print, durable=False):
        assert load.calls == 1
