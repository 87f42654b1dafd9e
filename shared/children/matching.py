"""Which child on the roll a row of a roster is about, and what it would change.  Pure.

A number decides before a student number, and that before a name with a birth date; no child is taken twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from .facts import Fact

Facts = Mapping[str, Fact]
Key = Callable[[Facts], Hashable | None]
# What a roster may change; status is left to people, and what is computed to us.
NOT_COMPARED = frozenset({"id_no", "unit_id"})


@dataclass(frozen=True)
class Known:
    """A child on our list, whether it is still there or has left; `facts` with `unit` as the unit's name."""

    id: UUID
    facts: Facts
    id_hash: str | None = None
    status: str = "active"
    exit_reason: str | None = None
    version: int = 1

    @property
    def active(self) -> bool:
        return self.status == "active"


@dataclass(frozen=True)
class Incoming:
    """A row that may be taken in.  Its facts are what it states."""

    facts: Facts
    id_hash: str | None = None


@dataclass(frozen=True)
class Match:
    """`known` is the child the row is about, None for a new one; `repeats` is an earlier row about the same child."""

    known: Known | None = None
    repeats: int | None = None
    possible: bool = False


def changes(facts: Facts, id_hash: str | None, known: Known) -> list[str]:
    """The names of the facts that the row states otherwise than our file."""
    found = [
        name
        for name, value in facts.items()
        if name not in NOT_COMPARED and value != _plain(known.facts.get(name), value)
    ]
    if id_hash and id_hash != known.id_hash:
        found.append("id_no")
    if not known.active:
        found.append("status")
    return sorted(found)


def _plain(ours: Fact, theirs: Fact) -> Fact:
    return False if ours is None and theirs is False else ours


@dataclass
class _Search:
    """The rows still without a child and the children still without a row."""

    rows: Sequence[Incoming]
    free: dict[UUID, Known]
    found: dict[int, Match] = field(default_factory=dict)

    def take(self, row: int, known: Known) -> None:
        self.found[row] = Match(known)
        del self.free[known.id]

    def by(self, key_of_row: Key, key_of_known: Key, *, alone: Callable[[Incoming, Known], bool]) -> None:
        """Pair rows and children of one key: those that agree in everything, then the last of each if `alone` lets."""
        rows: dict[Hashable, list[int]] = defaultdict(list)
        children: dict[Hashable, list[Known]] = defaultdict(list)
        for number, row in enumerate(self.rows):
            if number not in self.found and (key := key_of_row(row.facts)) is not None:
                rows[key].append(number)
        for known in self.free.values():
            if (key := key_of_known(known.facts)) is not None:
                children[key].append(known)
        for key, numbers in rows.items():
            self._pair(numbers, children[key], alone)

    def _pair(self, numbers: list[int], candidates: list[Known], alone: Callable[[Incoming, Known], bool]) -> None:
        left = []
        for number in numbers:
            row = self.rows[number]
            same = next((known for known in candidates if not changes(row.facts, row.id_hash, known)), None)
            if same:
                self.take(number, same)
                candidates.remove(same)
            else:
                left.append(number)
        if len(left) == len(candidates) == 1 and alone(self.rows[left[0]], candidates[0]):
            self.take(left[0], candidates[0])


def match(rows: Sequence[Incoming], roll: Sequence[Known]) -> list[Match]:
    """One Match for each row, in their order."""
    search = _Search(rows, {known.id: known for known in roll})
    repeats = _repeats(rows)
    search.found = {number: Match(repeats=earlier) for number, earlier in repeats.items()}
    by_hash = {known.id_hash: known for known in roll if known.id_hash}
    for number, row in enumerate(rows):
        if number not in repeats and row.id_hash in by_hash:
            search.take(number, by_hash[row.id_hash])
    search.by(_student, _student, alone=lambda _row, _known: True)
    search.by(_name_and_birth, _name_and_birth, alone=_no_other_number)
    search.by(_name_without_birth, _name, alone=lambda _row, _known: False)
    names = {_name(known.facts) for known in search.free.values()}
    return [search.found.get(number) or Match(possible=_name(row.facts) in names) for number, row in enumerate(rows)]


def _repeats(rows: Sequence[Incoming]) -> dict[int, int]:
    first: dict[str, int] = {}
    again: dict[int, int] = {}
    for number, row in enumerate(rows):
        if row.id_hash and first.setdefault(row.id_hash, number) != number:
            again[number] = first[row.id_hash]
    return again


def _no_other_number(row: Incoming, known: Known) -> bool:
    """Two different numbers are two children, whatever their names."""
    return not (row.id_hash and known.id_hash and row.id_hash != known.id_hash)


def _student(facts: Facts) -> Hashable | None:
    """A student number with the name: some schools give the numbers anew each year."""
    return (facts["student_no"], _name(facts)) if facts.get("student_no") else None


def _name_and_birth(facts: Facts) -> Hashable | None:
    return (_name(facts), facts["birth_date"]) if facts.get("birth_date") else None


def _name_without_birth(facts: Facts) -> Hashable | None:
    return None if facts.get("birth_date") else _name(facts)


def _name(facts: Facts) -> str:
    return str(facts.get("name") or "")
