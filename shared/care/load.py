"""What a plan asks for in a term, and of whom: the figures a person sees before putting it into force.  Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from .calendar import Calendar, Rhythm, Window, term_windows


@dataclass(frozen=True)
class Demand:
    """One item: how often it is due in the term, and for how many subjects each doer (None: nobody yet) has it."""

    kind: str
    role: str | None
    times: int
    windows: int
    subjects: dict[UUID | None, int]

    @property
    def total(self) -> int:
        """Acts in the term."""
        return sum(self.subjects.values()) * self.windows * self.times


@dataclass(frozen=True)
class Share:
    """What one member (doer None: whoever holds the role) has to do: acts in the term and in a month, by kind."""

    doer_id: UUID | None
    role: str | None
    kinds: tuple[tuple[str, int, int], ...]

    @property
    def total(self) -> int:
        """Acts in the term."""
        return sum(in_term for _, in_term, _ in self.kinds)

    @property
    def a_month(self) -> int:
        """Acts in a month."""
        return sum(monthly for _, _, monthly in self.kinds)


@dataclass(frozen=True)
class Load:
    """Acts in the term by kind, and the shares, the heaviest first."""

    kinds: tuple[tuple[str, int], ...]
    shares: tuple[Share, ...]

    @property
    def total(self) -> int:
        """All acts in the term."""
        return sum(count for _, count in self.kinds)


def windows_in_term(rhythm: Rhythm, calendar: Calendar, term: Window) -> int:
    """How many windows start in the term; a single act counts once."""
    return 1 if rhythm.period == "once" else len(term_windows(rhythm, calendar, term))


def load_of(demands: Sequence[Demand], *, months: int) -> Load:
    """Sums of a term of so many months (at least one); a month's share is rounded up: nobody does half a visit."""
    kinds: Counter[str] = Counter()
    of_doer: dict[tuple[UUID | None, str | None], Counter[str]] = {}
    for demand in demands:
        kinds[demand.kind] += demand.total
        for doer, subjects in demand.subjects.items():
            key = (doer, None if doer else demand.role)
            of_doer.setdefault(key, Counter())[demand.kind] += subjects * demand.windows * demand.times
    shares = [Share(doer, role, _by_kind(counts, max(1, months))) for (doer, role), counts in of_doer.items()]
    return Load(tuple(_heaviest(kinds.items())), tuple(sorted(shares, key=lambda share: -share.total)))


def _by_kind(counts: Counter[str], months: int) -> tuple[tuple[str, int, int], ...]:
    return tuple((kind, count, -(-count // months)) for kind, count in _heaviest(counts.items()))


def _heaviest(counts: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(((kind, count) for kind, count in counts if count), key=lambda pair: (-pair[1], pair[0]))
