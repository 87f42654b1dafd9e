"""`hehu worker` and `hehu clock`."""

from __future__ import annotations

import click

from shared.kernel.reactions import QUEUES

from .processes import run_clock, run_worker


@click.command("worker")
@click.option("--queues", default=",".join(QUEUES), help=f"Comma-separated: {', '.join(QUEUES)}.")
def worker(queues: str) -> None:
    """React to what the bell rings."""
    chosen = [one for one in queues.split(",") if one]
    if unknown := set(chosen) - set(QUEUES):
        raise click.UsageError(f"no such queue: {', '.join(sorted(unknown))}; there are {', '.join(QUEUES)}")
    run_worker(chosen)


@click.command("clock")
@click.option("--only", type=click.Choice(["bell", "sweeper"]), help="One part alone.")
def clock(only: str | None) -> None:
    """Ring for open reactions and sweep what is due."""
    run_clock(only)
