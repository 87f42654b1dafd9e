"""What a benchmark found, and how it is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Any

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
