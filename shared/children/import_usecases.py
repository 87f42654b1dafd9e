"""Taking in a roster: read, stage, then confirm or withdraw.

1. `read_roster` reads the file (in a process of its own) before any transaction is open.
2. `stage` compares it with the roll and keeps what it would do, encrypted; nothing of the roll changes.
3. `confirm` compares again under the roll's lock and writes in batches; a second confirmation changes nothing.
4. After 24 hours the clock ends what was not confirmed, and its rows go (timed.py, reactors.py).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import PurePath
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from shared.kernel.audit import audit
from shared.kernel.clock import local_day
from shared.kernel.crypto import FieldCrypto
from shared.kernel.database import load, tenant_of
from shared.kernel.errors import N_, Conflict, Invalid
from shared.kernel.events import record
from shared.kernel.ids import new_id
from shared.organisations.unit_usecases import ensure_units
from shared.people.rules import Actor, Right, require

from . import import_plan, import_rows, roll, roster
from .events import RosterConfirmed
from .facts import Fact
from .import_plan import Plan, Step
from .import_writing import write_steps
from .models import Child, RosterImport, RosterRow
from .roster import Reading, Row, Severity
from .roster_facts import facts_of, not_kept

KEPT_FOR = timedelta(hours=24)
LONGEST_NAME = 120
ROSTER_KINDS = {"school": "school", "kindergarten": "kindergarten", "village": "village", "community": "community"}
NO_GUARDIAN = N_("名单上写明无人照料，请立即核实并安排人照料。")
ON_ROLL = N_("名册上已有同名的孩子，请核对是不是同一个人；导入后可以并排核对。")
LEFT = N_("这个孩子已退出名册，确认后会重新在册，请核对。")
DIED = N_("这个孩子已登记去世，不会重新在册；如系登记有误，请在档案里更正。")


def read_roster(data: bytes, file_name: str, *, as_of: date, by: Actor) -> Reading:
    """Read an upload as the kind of list this organisation keeps.  Raises Refused, NotAllowed, Invalid."""
    require(by, Right.ROSTER_IMPORT)
    kind = ROSTER_KINDS.get(by.organisation_kind)
    if kind is None:
        raise Invalid("roster_kind", N_("本单位没有儿童名册可以导入。"))
    return roster.read(data, plain_name(file_name), kind=kind, as_of=as_of)


def plain_name(file_name: str) -> str:
    """The name without folders and control characters, its end kept: the ending says what it is."""
    name = "".join(c for c in PurePath(file_name.replace("\\", "/")).name if c.isprintable())
    return name[-LONGEST_NAME:]


def stage(session: Session, reading: Reading, *, data: bytes, by: Actor, now: datetime) -> RosterImport:
    """Keep what this roster would do; nothing of the roll changes."""
    require(by, Right.ROSTER_IMPORT)
    alone = {(place.sheet, place.row) for place in reading.no_guardian}
    good = [row for row in reading.rows if not row.refused]
    facts = [
        facts_of(row, organisation_kind=by.organisation_kind, no_guardian=(row.sheet, row.row) in alone) for row in good
    ]
    plan = import_plan.plan_for(session, facts, organisation_kind=by.organisation_kind)
    held = _import_row(reading, plan, data=data, by=by, now=now)
    session.add(held)
    session.flush()
    rows = _staged(session, held.id, reading, dict(zip(map(id, good), plan.steps, strict=True)), plan)
    rows += _absent(held.id, reading, plan)
    for row in rows:
        row["tenant_id"] = tenant_of(session)
    if rows:
        session.execute(insert(RosterRow), rows)
    held.counts = _counts(reading, rows)
    audit(session, "roster.stage", by=by.person_id, subject_kind="roster_import", subject_id=held.id, **held.counts)
    return held


def _import_row(reading: Reading, plan: Plan, *, data: bytes, by: Actor, now: datetime) -> RosterImport:
    sheets = [sheet for sheet in reading.sheets if not sheet.ignored]
    notes = [{"code": n.code, "value": n.value, "sheet": n.sheet, "column": n.column} for n in reading.file_notes]
    heads = {column.field: column.title for sheet in sheets for column in sheet.columns}
    notes += [{"code": "column_not_kept", "value": head, "sheet": "", "column": ""} for head in not_kept(heads)]
    return RosterImport(
        id=new_id(),
        file_name=reading.filename,
        file_hash=hashlib.sha256(data).hexdigest(),
        roster_kind=reading.kind,
        as_of=reading.as_of,
        by_id=by.person_id,
        counts={},
        file_notes=notes,
        new_units=list(plan.new_units),
        columns={sheet.name: [column.field for column in sheet.columns] for sheet in sheets},
        expires_at=now + KEPT_FOR,
        alert_at=now + KEPT_FOR,
    )


def _staged(
    session: Session, import_id: UUID, reading: Reading, steps: Mapping[int, Step], plan: Plan
) -> list[dict[str, Any]]:
    alone = {(place.sheet, place.row) for place in reading.no_guardian}
    numbers = _old_numbers(session, plan)
    rows = []
    for row in reading.rows:
        step = steps.get(id(row))
        extra = _own_findings(step, alone=(row.sheet, row.row) in alone)
        rows.append(_row(session, import_id, row, step, extra, numbers))
    return rows


def _row(
    session: Session, import_id: UUID, row: Row, step: Step | None, extra: list[Any], numbers: Mapping[UUID, str]
) -> dict[str, Any]:
    row_id = new_id()
    told = [finding for finding in row.findings if finding.severity is not Severity.REPAIR]
    known = step.match.known if step else None
    sealed = _sealed(row, step, [import_rows.shown_value(row, finding) for finding in told], numbers)
    return {
        "id": row_id,
        "import_id": import_id,
        "sheet": row.sheet,
        "row_no": row.row,
        "action": step.action if step else "wrong",
        "child_id": known.id if known else None,
        "sealed": import_rows.seal(session, row_id, sealed),
        "findings": [import_rows.open_finding(finding) for finding in told] + extra,
        "changes": list(step.changes) if step else [],
    }


def _sealed(
    row: Row, step: Step | None, shown: Sequence[str | None], numbers: Mapping[UUID, str]
) -> import_rows.Sealed:
    if step is None:
        return import_rows.Sealed({"name": str(row.values.get("name") or "")}, (), dict(row.values), shown)
    known = step.match.known
    changed = import_rows.from_to(step.changes, step.facts, known, numbers.get(known.id, "")) if known else []
    return import_rows.Sealed(step.facts, changed, {}, shown)


def _own_findings(step: Step | None, *, alone: bool) -> list[dict[str, Any]]:
    """What only the roll can tell, and that nobody looks after the child."""
    found = [("no_guardian", "guardian_name", NO_GUARDIAN)] if alone else []
    known = step.match.known if step else None
    if step and step.match.possible:
        found.append(("same_name_on_roll", "name", ON_ROLL))
    if known and not known.active:
        found.append(("child_exited", "name", DIED if known.exit_reason == "died" else LEFT))
    return [
        {"column": "", "field": name, "header": "", "code": code, "hint": hint, "severity": "warning"}
        for code, name, hint in found
    ]


def _old_numbers(session: Session, plan: Plan) -> dict[UUID, str]:
    """The numbers on our list that the file states otherwise, to be shown masked."""
    ids = [step.match.known.id for step in plan.steps if step.match.known and "id_no" in step.changes]
    if not ids:
        return {}
    crypto: FieldCrypto = session.info["crypto"]
    found = session.execute(select(Child.id, Child.id_no).where(Child.id.in_(ids), Child.id_no.is_not(None)))
    return {row.id: crypto.decrypt(row.id_no, place=roll.ID_PLACE, row=row.id) for row in found}


def _absent(import_id: UUID, reading: Reading, plan: Plan) -> list[dict[str, Any]]:
    wrong = {str(row.values.get("name")) for row in reading.rows if row.refused and row.values.get("name")}
    only = all(sheet.left_behind_list for sheet in reading.sheets if not sheet.ignored)
    found = import_plan.absent(plan, wrong_names=wrong, left_behind_only=only)
    empty = {"sheet": "", "row_no": 0, "sealed": None, "findings": [], "changes": []}
    return [empty | {"id": new_id(), "import_id": import_id, "action": "absent", "child_id": c.id} for c in found]


def _counts(reading: Reading, rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    by_action = Counter(row["action"] for row in rows)
    return {action: by_action[action] for action in ("new", "updated", "unchanged", "wrong", "absent")} | {
        "rows": reading.rows_total,
        "children": reading.children,
        "left_behind": reading.left_behind,
        "no_guardian": len(reading.no_guardian),
        "warned": sum(1 for row in rows if row["action"] != "wrong" and row["findings"]),
        "repairs": len(reading.repairs),
    }


def confirm(session: Session, import_id: UUID, *, by: Actor, now: datetime) -> RosterImport:
    """Write the roster to the roll.  Confirmed before: nothing happens again.

    The comparison is made anew under the lock of the roll: what changed since the preview counts as it is now.
    Raises NotFound, NotAllowed, Conflict when it was withdrawn or its 24 hours are over.
    """
    require(by, Right.ROSTER_IMPORT)
    held = load(session, RosterImport, import_id, lock=True)
    if held.state == "confirmed":
        return held
    _refuse_ended(held, now)
    roll.lock_roll(session)
    rows = _kept_rows(session, import_id)
    plan = import_plan.plan_for(session, [facts for _, facts in rows], organisation_kind=by.organisation_kind)
    made = ensure_units(session, plan.new_units, organisation_kind=by.organisation_kind) if plan.new_units else {}
    units = {**plan.units, **made}
    ids = write_steps(session, plan, units=units, import_id=held.id, by=by, now=now, day=local_day(now))
    _settle_rows(session, rows, plan, ids)
    done = Counter(step.action for step in plan.steps)
    held.counts = held.counts | {action: done[action] for action in ("new", "updated", "unchanged")}
    held.new_units = list(plan.new_units)
    held.state, held.confirmed_at, held.confirmed_by = "confirmed", now, by.person_id
    audit(session, "roster.confirm", by=by.person_id, subject_kind="roster_import", subject_id=held.id, **held.counts)
    record(session, RosterConfirmed(at=now, actor_id=by.person_id, import_id=held.id))
    return held


def _refuse_ended(held: RosterImport, now: datetime) -> None:
    if held.state == "withdrawn":
        raise Conflict("roster.withdrawn", N_("这份名单已经撤回，没有导入。需要的话请重新上传。"))
    if held.state == "expired" or held.expires_at <= now:
        raise Conflict("roster.expired", N_("这份名单上传已超过 24 小时，请重新上传后再确认。"))


def _kept_rows(session: Session, import_id: UUID) -> list[tuple[RosterRow, Mapping[str, Fact]]]:
    wanted = select(RosterRow).where(
        RosterRow.import_id == import_id, RosterRow.action.in_(("new", "updated", "unchanged"))
    )
    rows = session.scalars(wanted.order_by(RosterRow.id)).all()
    return [(row, import_rows.unseal(session, row.id, row.sealed).facts) for row in rows]


def _settle_rows(
    session: Session, rows: Sequence[tuple[RosterRow, Any]], plan: Plan, ids: Sequence[UUID | None]
) -> None:
    """The rows say what was done, and to whom."""
    done = [
        {"tenant_id": row.tenant_id, "id": row.id, "action": step.action, "child_id": child_id}
        for (row, _), step, child_id in zip(rows, plan.steps, ids, strict=True)
        if (row.action, row.child_id) != (step.action, child_id)
    ]
    if done:
        session.execute(update(RosterRow), done)


def withdraw(session: Session, import_id: UUID, *, by: Actor) -> RosterImport:
    """Drop a roster that is not wanted; again is the same.  Raises NotFound, NotAllowed, Conflict once confirmed."""
    require(by, Right.ROSTER_IMPORT)
    held = load(session, RosterImport, import_id, lock=True)
    if held.state == "confirmed":
        raise Conflict("roster.confirmed", N_("这份名单已经导入，不能撤回。要更正的话，请改好名单再导入一次。"))
    if held.state == "open":
        held.state, held.alert_at = "withdrawn", None
        forget_rows(session, import_id)
        audit(session, "roster.withdraw", by=by.person_id, subject_kind="roster_import", subject_id=held.id)
    return held


def forget_rows(session: Session, import_id: UUID) -> None:
    """Delete the staged rows; the import itself stays in the history."""
    session.execute(delete(RosterRow).where(RosterRow.import_id == import_id))
