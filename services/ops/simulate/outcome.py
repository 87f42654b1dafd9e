"""One run: a county is founded and lived through; then its digest is taken and everything in it compared."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from . import days, founding, life
from .checks import CHECKS
from .checks.books import Books, Finding
from .clock import Clock, Drains
from .digest import digest
from .faults import Crew
from .founding import County
from .hands import Hands, Own, Processes
from .installation import Installation, dsn
from .scale import Scale

MANY = 1000  # children from which on second processes are worth their start
Say = Callable[[str], None]


@dataclass(frozen=True)
class Lived:
    """A county with days behind it; `done` counts what people did, `faults` what was done to the processes."""

    county: County
    done: Counter[str]
    faults: Counter[str]


@dataclass(frozen=True)
class Outcome:
    """What came of a run.  `tables`: the digest of each, to see where two runs differ."""

    scale: Scale
    lived: Lived
    digest: str
    tables: dict[str, str]
    findings: dict[str, Finding]
    seconds: float

    @property
    def ok(self) -> bool:
        """Every check holds."""
        return all(finding.ok for finding in self.findings.values())

    def as_json(self) -> dict[str, Any]:
        """One document."""
        checks = [
            {"name": name, "ok": found.ok, "said": found.said, "counts": dict(found.counts), "wrong": list(found.wrong)}
            for name, found in self.findings.items()
        ]
        return {
            "ok": self.ok,
            "seed": self.scale.seed,
            "organisations": self.scale.organisations,
            "children": self.scale.children,
            "days": self.scale.days,
            "digest": self.digest,
            "tables": self.tables,
            "done": dict(self.lived.done),
            "faults": dict(self.lived.faults),
            "checks": checks,
            "seconds": round(self.seconds, 1),
        }


def run(made: Installation, scale: Scale, say: Say) -> Outcome:
    """Live through it, and look at what is there."""
    began = time.monotonic()
    lived = live(made, scale, say)
    say("comparing")
    with oracle_of(made) as oracle:
        whole, tables = digest(oracle)  # before the checks: they log in, and are given keys
        books = Books(oracle, lived.county, made)
        findings = {name: check(books) for name, check in CHECKS.items()}
    return Outcome(scale, lived, whole, tables, findings, time.monotonic() - began)


@contextmanager
def oracle_of(made: Installation) -> Iterator[psycopg.Connection[Any]]:
    """Reads everything, as hehu_backup."""
    with psycopg.connect(dsn(made.settings.backup_database_url), autocommit=True) as connection:
        yield connection


def live(made: Installation, scale: Scale, say: Say) -> Lived:
    """Found the county and live through its days; undisturbed until its people are at work."""
    number = 2 if scale.children >= MANY else 1
    with closing(Drains(made, number)) as drains, closing(Clock(made.settings)) as clock:
        clock.set(days.moment(days.STARTS - days.DAY, days.FOUNDED))
        county = founding.found(made.house, scale, say)
        clock.quiet(drains)
        mover = Own(made.house, scale)
        hands: Hands = mover if number == 1 else Processes(made.settings, scale, number)
        with closing(hands):
            if not scale.faults:
                done = life.live(scale, clock, drains, hands, mover, say)
                return Lived(county, done, Counter())
            with closing(Crew(made, scale.seed)) as crew:
                done = life.live(scale, clock, crew, hands, mover, say)
            return Lived(county, done, crew.done)
