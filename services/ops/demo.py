"""`hehu demo`: a whole county on this machine, for looking around."""

import importlib
import os
import signal
import sys
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

import click

from services.ops import stack
from services.ops.demo_data import THINGS, load
from services.ops.kept import LogIn

LEFT_OUT = "HEHU_CHECK_WITHOUT"  # names of processes; the tests show that the check notices
_COLUMNS = ("log in as", "phone", "password", "look at", "")


@click.command()
@click.option("--port", default=8000, show_default=True, help="Port of the web; 0 takes any free one.")
@click.option("--data", default=".hehu", show_default=True, type=click.Path(path_type=Path, file_okay=False))
@click.option("--fresh", is_flag=True, help="Delete the data first.")
@click.option("--check", is_flag=True, help="Run the main job on throw-away data and say how it went; exit 0 or 1.")
def demo(port: int, data: Path, fresh: bool, check: bool) -> None:
    """Start servers, a demo county, web, worker, clock and auditor; Ctrl-C stops all."""
    _on_stop(signal.default_int_handler)
    try:
        if check:
            checking = importlib.import_module("services.ops.check")  # no other start waits for it to load
            sys.exit(0 if checking.check(_say, without=os.environ.get(LEFT_OUT, "").split(",")) else 1)
        if fresh:
            stack.remove(data, _say)
        with stack.running(data, port=port or stack.free_port(), load=load, say=_say) as running:
            click.echo(welcome(running.address, running.log_ins, data))
            stack.watch_until_interrupted(running, _say)
            _on_stop(signal.SIG_IGN)  # asking twice must not leave half of it running
            _say("stopping")
    except KeyboardInterrupt:
        _say("stopped before it was ready")
        sys.exit(1 if check else 0)


def _on_stop(what: "Callable[[int, FrameType | None], object] | signal.Handlers") -> None:
    """Ctrl-C, `kill`, and the terminal going away are one and the same."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, what)


def welcome(address: str, log_ins: Sequence[LogIn], data: Path) -> str:
    """Address, log-ins and what to look at, as a table."""
    rows = [_COLUMNS, *((one.who, one.phone, one.password, address + one.path, one.look_at) for one in log_ins)]
    widths = [max(_width(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    lines = ["  ".join(_padded(cell, width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    table = "\n".join(line.rstrip() for line in lines)
    things = "\n".join(f"  {number}. {thing}" for number, thing in enumerate(THINGS, start=1))
    places = f"Data in {data}, logs in {data}/log; for other commands: set -a; . {data}/environment; set +a"
    return f"\n呵护 Hehu is ready: {address}/\n\n{table}\n\n先看三件事：\n{things}\n\n{places}\nCtrl-C stops all.\n"


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _say(message: str) -> None:
    click.echo(f"  {message}", err=True)
