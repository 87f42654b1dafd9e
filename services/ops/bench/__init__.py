"""`hehu bench`: each figure beside a floor measured in the same run, on servers of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import click

from services.ops.bench.latency import latency
from services.ops.bench.missed_to_webhook import missed_to_webhook
from services.ops.bench.pages import pages
from services.ops.bench.pipeline import pipeline, pipeline_1000
from services.ops.bench.result import RUNS, Result, Trial, table, written_into
from services.ops.bench.rls import rls
from services.ops.bench.sweep import sweep
from shared.kernel.clock import CHINA

BENCHES: dict[str, Callable[[Trial], Result]] = {
    "pipeline": pipeline,
    "pipeline_1000": pipeline_1000,
    "latency": latency,
    "missed_to_webhook": missed_to_webhook,
    "pages": pages,
    "sweep": sweep,
    "rls": rls,
}


@click.command("bench")
@click.argument("names", nargs=-1)
@click.option("--runs", type=click.IntRange(1), default=RUNS, help="How often each way is run.", show_default=True)
@click.option("--write", type=click.Path(exists=True, path_type=Path), help="Put the figures into this document too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
def bench(names: Sequence[str], runs: int, write: Path | None, as_json: bool) -> None:
    """Measure pipeline, pipeline_1000, latency, missed_to_webhook, pages, sweep, rls, or all of them.

    Takes minutes and both cores.
    """
    if unknown := set(names) - set(BENCHES):
        raise click.UsageError(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    results = []
    for name in names or BENCHES:
        results.append(BENCHES[name](Trial(_saying(name), runs)))
        if not as_json:
            click.echo(results[-1].line())
    if write:
        written_into(write, table(results, on=datetime.now(CHINA).date(), runs=runs))
    if as_json:
        rows = [result.as_json() for result in results]
        click.echo(json.dumps(rows if len(rows) != 1 else rows[0], ensure_ascii=False, indent=1))


def _saying(name: str) -> Callable[[str], None]:
    """Progress goes to standard error, so that `--json` stays one document."""
    return lambda said: click.echo(f"  {name}: {said}", err=True)
