"""`hehu simulate`: a county lived through on a fast clock, and then everything in it compared with everything else."""

from __future__ import annotations

import json
import sys

import click

from . import days
from .installation import installation
from .outcome import Outcome, run
from .scale import Scale

WIDTH = 11  # of a check's name


@click.command("simulate")
@click.option("--orgs", default=40, show_default=True, type=click.IntRange(2, 300), help="Organisations that care.")
@click.option("--children", default=4000, show_default=True, type=click.IntRange(10, 100_000), help="Left behind.")
@click.option("--days", "length", default=120, show_default=True, type=click.IntRange(1, days.MOST_DAYS))
@click.option("--faults", is_flag=True, help="Kill processes, flush Redis and cut connections meanwhile.")
@click.option("--seed", default=1, show_default=True, help="The same seed lives the same days.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
def simulate(*, orgs: int, children: int, length: int, faults: bool, seed: int, as_json: bool) -> None:
    """Live through a county's days on throw-away data, then compare everything in it; exit 0 or 1.

    Servers of its own are started and removed, unless HEHU_DATABASE_URL and its like name an empty database.
    """
    with installation() as made:
        outcome = run(made, Scale(orgs, children, length, seed, faults), _progress)
    click.echo("\r\033[K", err=True, nl=False) if sys.stderr.isatty() else None
    click.echo(json.dumps(outcome.as_json(), ensure_ascii=False, indent=1) if as_json else _told(outcome))
    sys.exit(0 if outcome.ok else 1)


def _progress(said: str) -> None:
    """One line that is written over, on a terminal alone."""
    if sys.stderr.isatty():
        click.echo(f"\r\033[K  {said}", err=True, nl=False)


def _told(outcome: Outcome) -> str:
    """What was lived through, a line for each check, and the digest."""
    scale, lived = outcome.scale, outcome.lived
    size = f"{scale.organisations} organisations, {scale.children:,} children, {scale.days} days, seed {scale.seed}"
    lines = [f"lived   {size}, in {outcome.seconds:.0f} s"]
    lines += [
        f"{title:<6}  {_counts(counts)}" for title, counts in (("done", lived.done), ("faults", lived.faults)) if counts
    ]
    for name, finding in outcome.findings.items():
        lines.append(f"{'ok' if finding.ok else 'FAILED':<6}  {name:<{WIDTH}}  {finding.line()}")
    return "\n".join([*lines, f"digest  {outcome.digest}"])


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items()))
