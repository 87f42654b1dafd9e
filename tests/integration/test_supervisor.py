"""The supervisor: a crashed child comes back, a hopeless one is named, nothing is left behind."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from services.ops.supervisor import CannotStart, Program, Supervisor, end_leftovers

STEADY = "import time; print('steady', flush=True); time.sleep(600)"


def program(name: str, code: str, *arguments: object) -> Program:
    return Program(name, [sys.executable, "-c", code, *map(str, arguments)], os.environ)


def wait_for(what: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.02)


@pytest.fixture
def said() -> list[str]:
    return []


def supervisor(folder: Path, said: list[str], *programs: Program) -> Supervisor:
    return Supervisor(programs, folder=folder, say=said.append)


def test_a_child_that_was_killed_is_started_again_and_said_so(tmp_path, said):
    house = supervisor(tmp_path, said, program("worker", STEADY))
    house.start()
    first = house.pid("worker")
    assert first is not None

    os.kill(first, signal.SIGKILL)

    def is_back() -> bool:
        house.watch()
        return house.pid("worker") not in (None, first)

    wait_for(is_back)
    house.stop()
    assert "worker ended by itself (code -9)" in said[0]


def test_a_child_that_cannot_start_is_named_with_its_last_words(tmp_path, said):
    failing = [sys.executable, "-c", "print('port 1 is forbidden'); raise SystemExit(3)"]
    house = supervisor(tmp_path, said, Program("web", failing, os.environ, is_ready=lambda: False))

    with pytest.raises(CannotStart) as refused:
        house.start()

    assert "web does not start: port 1 is forbidden" in refused.value.message


def test_children_end_in_the_opposite_order_of_their_start(tmp_path, said):
    code = """if True:
        import signal, sys, time
        def note(number, frame):
            open(sys.argv[1], "a").write(sys.argv[2])
            sys.exit(0)
        signal.signal(signal.SIGTERM, note)
        open(sys.argv[1] + sys.argv[2], "w").close()
        time.sleep(600)
    """
    ended = tmp_path / "ended"
    programs = [program(name, code, ended, name) for name in ("worker", "clock", "web")]
    house = supervisor(tmp_path, said, *programs)
    house.start()
    wait_for(lambda: all(Path(f"{ended}{name}").exists() for name in ("worker", "clock", "web")))

    house.stop()

    assert ended.read_text() == "webclockworker"


def test_children_that_a_killed_supervisor_has_left_are_ended_by_the_next(tmp_path, said):
    killed = supervisor(tmp_path, said, program("worker", STEADY))
    killed.start()
    left = psutil.Process(killed.pid("worker"))

    end_leftovers(tmp_path, said.append)

    assert not left.is_running() or left.status() == psutil.STATUS_ZOMBIE
    assert said == ["ended 1 processes that an earlier run had left behind"]
    killed.stop()


def test_a_stranger_who_got_the_same_process_id_is_left_alone(tmp_path, said):
    (tmp_path / "children.json").write_text(f"[[{os.getpid()}, 12345.0]]")

    end_leftovers(tmp_path, said.append)

    assert said == []
