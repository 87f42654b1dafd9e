"""Writes what a roster does to the roll: children in batches, and one line of each child's history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from shared.kernel.database import tenant_of
from shared.kernel.ids import new_id
from shared.kernel.models import AuditEntry
from shared.people.rules import Actor

from .facts import Fact
from .import_plan import Plan, Step
from .roll import Entry, write_roll


def write_steps(
    session: Session,
    plan: Plan,
    *,
    units: Mapping[str, UUID],
    import_id: UUID,
    by: Actor,
    now: datetime,
    day: date,
) -> list[UUID | None]:
    """Write the new and the updated; returns the child of each step (of a repeated row: of the row it repeats)."""
    ids: list[UUID | None] = []
    entries: list[Entry] = []
    for step in plan.steps:
        entry = _entry(step, units)
        known = step.match.known
        ids.append(entry.id if entry else known.id if known else None)
        if entry:
            entries.append(entry)
    write_roll(session, entries, organisation_kind=by.organisation_kind, now=now, day=day)
    _write_history(session, plan.steps, ids, import_id=import_id, by=by)
    return [
        ids[step.match.repeats] if step.match.repeats is not None else child
        for step, child in zip(plan.steps, ids, strict=True)
    ]


def _entry(step: Step, units: Mapping[str, UUID]) -> Entry | None:
    if step.action == "unchanged":
        return None
    known = step.match.known
    before: Mapping[str, Fact] = known.facts if known else {}
    number = step.facts.get("id_no")
    facts: dict[str, Fact | UUID] = {**before, **step.facts}
    unit = step.facts.get("unit")
    if isinstance(unit, str):
        facts["unit_id"] = units[unit]
    return Entry(
        id=known.id if known else new_id(),
        facts=facts,
        new=known is None,
        id_tail=str(before["id_no"]) if before.get("id_no") else None,
        number=str(number) if number and (known is None or "id_no" in step.changes) else None,
    )


def _write_history(
    session: Session, steps: Sequence[Step], ids: Sequence[UUID | None], *, import_id: UUID, by: Actor
) -> None:
    rows: list[dict[str, Any]] = [
        {
            "tenant_id": tenant_of(session),
            "id": new_id(),
            "person_id": by.person_id,
            "action": "child.register" if step.action == "new" else "child.change",
            "subject_kind": "child",
            "subject_id": child_id,
            "detail": {"fields": list(step.changes), "import": str(import_id)},
            "request_id": session.info.get("request_id"),
        }
        for step, child_id in zip(steps, ids, strict=True)
        if step.action != "unchanged"
    ]
    if rows:
        session.execute(insert(AuditEntry), rows)
