"""What a benchmark found, and how it is said."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import psutil

RUNS = 5


@dataclass(frozen=True)
class Trial:
    """How often each way is run, and where progress is said."""

    say: Callable[[str], None]
    runs: int = RUNS


@dataclass(frozen=True)
class Result:
    """A figure, the floor of the same run and their ratio; medians of the runs."""

    name: str
    value: float
    unit: str
    higher_is_better: bool
    floor: float | None
    ratio: float | None
    details: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The shape of `design/interfaces.md`."""
        return {
            "name": self.name,
            "value": round(self.value, 4),
            "unit": self.unit,
            "higher_is_better": self.higher_is_better,
            "floor": None if self.floor is None else round(self.floor, 4),
            "ratio": None if self.ratio is None else round(self.ratio, 3),
            "details": self.details,
        }

    def line(self) -> str:
        """For a person."""
        floor = "" if self.floor is None else f", floor {self.floor:,.2f}"
        ratio = "" if self.ratio is None else f", ratio {self.ratio:.2f}"
        details = ", ".join(f"{name} {value}" for name, value in self.details.items())
        return f"{self.name}: {self.value:,.2f} {self.unit}{floor}{ratio} ({details})"


def in_turn(ours: Callable[[], float], floor: Callable[[], float], trial: Trial) -> list[list[float]]:
    """So many runs of each, one after the other, so that a noisy minute meets both; [ours, floor]."""
    found: list[list[float]] = [[], []]
    for run in range(trial.runs):
        found[0].append(ours())
        found[1].append(floor())
        trial.say(f"run {run + 1} of {trial.runs}: {found[0][-1]:,.2f} against {found[1][-1]:,.2f}")
    return found


def medians(found: list[list[float]]) -> tuple[float, float]:
    """Median of ours and of the floor."""
    return median(found[0]), median(found[1])


def spread(values: list[float]) -> str:
    """Lowest to highest, for the details."""
    return f"{min(values):,.2f}–{max(values):,.2f}"


BEGIN, END = "<!-- figures: hehu bench --write -->", "<!-- end of figures -->"


def table(results: Sequence[Result], *, on: date, runs: int) -> str:
    """The figures as Markdown, with the day and the kind of machine."""
    memory = psutil.virtual_memory().total // 2**30
    said = f"{on.isoformat()}, {os.cpu_count()} cores, {memory} GiB, medians of {runs}."
    rows = [f"| {one.name} | {_row(one)} |" for one in results]
    return "\n".join([said, "", "| benchmark | figure | floor | ratio | besides |", "|---|---|---|---|---|", *rows])


def _row(one: Result) -> str:
    floor = "" if one.floor is None else f"{one.floor:,.2f}"
    ratio = "" if one.ratio is None else f"{one.ratio:.2f}"
    details = "; ".join(f"{name}: {value}" for name, value in one.details.items())
    return f"{one.value:,.2f} {one.unit} | {floor} | {ratio} | {details}"


def written_into(path: Path, figures: str) -> None:
    """Put the table between the two marks of a document.  Raises ValueError where it has none."""
    before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{path} has no place for the figures")
    path.write_text(f"{before}{BEGIN}\n{figures}\n{END}{after}", encoding="utf-8")
