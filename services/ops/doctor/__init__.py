"""`hehu doctor`: what is wrong with an installation, one line each, and what to do about it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict

import click

from services.ops.doctor import installation, servers, work
from services.ops.doctor.line import FAIL, OK, WARN, Line
from shared.kernel.settings import Settings, SettingsError


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document and nothing else.")
def doctor(as_json: bool) -> int:
    """Look at settings, servers, queues and what the auditor finds; exit 1 where something fails."""
    lines = []
    for line in examined():
        lines.append(line)
        if not as_json:
            click.echo(str(line))
    counts = {verdict: sum(line.verdict == verdict for line in lines) for verdict in (OK, WARN, FAIL)}
    if as_json:
        click.echo(json.dumps({"counts": counts, "lines": [asdict(line) for line in lines]}, indent=2))
    else:
        click.echo(f"{counts[FAIL]} to mend, {counts[WARN]} to look at, {counts[OK]} in order", err=True)
    return 1 if counts[FAIL] else 0


def examined() -> Iterator[Line]:
    """Everything, in the order in which one fault explains the next.  Wrong settings end it: nothing can be asked."""
    try:
        settings = Settings.from_env()
    except SettingsError as wrong:
        yield from (Line(FAIL, "settings", fault, "mend the variable, or the file it names") for fault in wrong.faults)
        return
    yield from installation.looked_at(settings, os.environ)
    yield from servers.looked_at(settings)
    yield from work.looked_at(settings)
