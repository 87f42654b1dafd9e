"""What a roster would do to the roll as it stands: made for the preview and made again for the confirmation."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.organisations.models import Unit
from shared.organisations.unit_usecases import UNIT_OF_KIND

from . import roll
from .facts import Fact
from .matching import Incoming, Known, Match, changes, match
from .roster_facts import unit_key

WITHOUT_UNITS = ("bureau", "county")


@dataclass(frozen=True)
class Step:
    """What one row does: `action` new, updated or unchanged; `changes` are names of facts."""

    action: str
    facts: Mapping[str, Fact]
    match: Match
    changes: Sequence[str] = ()


@dataclass(frozen=True)
class Plan:
    """One Step for each row in order, the roll it was made against, the units by name, and the names that are new."""

    steps: Sequence[Step]
    roll: Mapping[UUID, Known]
    units: Mapping[str, UUID]
    new_units: Sequence[str]


def plan_for(session: Session, rows: Sequence[Mapping[str, Fact]], *, organisation_kind: str) -> Plan:
    """Compare rows that may be taken in with the roll; three statements however many rows there are."""
    units = _units(session, organisation_kind)
    incoming, new_units = _incoming(session, rows, units)
    known = roll.read_roll(session)
    steps = [_step(row, found) for row, found in zip(incoming, match(incoming, list(known.values())), strict=True)]
    return Plan(steps, known, units, new_units)


def _units(session: Session, organisation_kind: str) -> dict[str, UUID]:
    if organisation_kind in WITHOUT_UNITS:
        return {}
    found = select(Unit.name, Unit.id).where(Unit.kind == UNIT_OF_KIND[organisation_kind]).order_by(Unit.position)
    return dict(session.execute(found).tuples().all())


def _incoming(
    session: Session, rows: Sequence[Mapping[str, Fact]], units: Mapping[str, UUID]
) -> tuple[list[Incoming], list[str]]:
    """Rows with their unit under its own name here; 四（2）班 and 四年级二班 are one class."""
    names = {unit_key(name): name for name in reversed(list(units))}
    made: dict[str, None] = {}
    told = []
    for facts in rows:
        unit = facts.get("unit")
        if isinstance(unit, str) and unit not in units:
            unit = names.setdefault(unit_key(unit), unit)
            if unit not in units:
                made[unit] = None
            facts = {**facts, "unit": unit}
        number = facts.get("id_no")
        told.append(Incoming(facts, roll.number_hash(session, number) if isinstance(number, str) else None))
    return told, list(made)


def _step(row: Incoming, found: Match) -> Step:
    if found.repeats is not None:
        return Step("unchanged", row.facts, found)
    if found.known is None:
        return Step("new", row.facts, found)
    if found.known.exit_reason == "died":
        return Step("unchanged", row.facts, found)  # no list brings a child back to life
    changed = changes(row.facts, row.id_hash, found.known)
    return Step("updated" if changed else "unchanged", row.facts, found, changed)


def absent(plan: Plan, *, wrong_names: Collection[str], left_behind_only: bool) -> list[Known]:
    """Who is on our list and not in the file; a row that is wrong still names its child.

    A list of left-behind children alone says nothing about the others.
    """
    named = {step.match.known.id for step in plan.steps if step.match.known}
    return [
        child
        for child in plan.roll.values()
        if child.active
        and child.id not in named
        and child.facts.get("name") not in wrong_names
        and (child.facts.get("left_behind") or not left_behind_only)
    ]
