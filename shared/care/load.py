"""What a plan asks for in a term, and of whom: the figures a person sees before putting it into force.  Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from .calendar import Calendar, Rhythm, Window, term_windows

Doer = tuple[UUID | None, str | None]  # a member, or the role nobody in particular holds


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
class Burden:
    """Acts of one kind: in the term, and in a month; 0 a month for what comes less often than that."""

    kind: str
    in_term: int
    a_month: int


@dataclass(frozen=True)
class Share:
    """What one member (doer None: whoever holds the role) has to do."""

    doer_id: UUID | None
    role: str | None
    kinds: tuple[Burden, ...]

    @property
    def total(self) -> int:
        """Acts in the term."""
        return sum(burden.in_term for burden in self.kinds)


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
    in_term: dict[Doer, Counter[str]] = {}
    a_month: Counter[tuple[Doer, str]] = Counter()
    for demand in demands:
        kinds[demand.kind] += demand.total
        acts = demand.windows * demand.times
        for doer_id, subjects in demand.subjects.items():
            doer = (doer_id, None if doer_id else demand.role)
            in_term.setdefault(doer, Counter())[demand.kind] += subjects * acts
            if demand.windows >= months:
                a_month[doer, demand.kind] += -(-subjects * acts // max(1, months))
    shares = [
        Share(*doer, tuple(Burden(kind, count, a_month[doer, kind]) for kind, count in _heaviest(counts.items())))
        for doer, counts in in_term.items()
    ]
    return Load(tuple(_heaviest(kinds.items())), tuple(sorted(shares, key=lambda share: -share.total)))


def _heaviest(counts: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(((kind, count) for kind, count in counts if count), key=lambda pair: (-pair[1], pair[0]))
