"""Classes, villager groups, grids and departments: added by paste, renamed, removed while nothing hangs on them."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shared.kernel.audit import audit
from shared.kernel.database import load, tenant_of
from shared.kernel.errors import N_, Conflict, Invalid
from shared.kernel.ids import new_id

from .clerk import Clerk
from .lines import grade_of, grade_title, names_of
from .models import Unit

UNIT_OF_KIND = {
    "school": "class",
    "kindergarten": "class",
    "village": "villager_group",
    "community": "grid",
    "bureau": "department",
    "county": "department",
}
UNIT_TITLES = {
    "class": N_("班级"),
    "grade": N_("年级"),
    "villager_group": N_("村民组"),
    "grid": N_("网格"),
    "department": N_("科室"),
}


def add_units(session: Session, *, names: str, by: Clerk) -> int:
    """Add the units of a pasted list; those already there stay as they are.  Returns how many are new."""
    by.require("unit.write")
    wanted = names_of(names)
    before = session.scalar(select(func.count()).select_from(Unit)) or 0
    found = ensure_units(session, wanted, organisation_kind=by.organisation_kind)
    added = (session.scalar(select(func.count()).select_from(Unit)) or 0) - before
    audit(session, "units.add", by=by.person_id, subject_kind="unit", asked=len(found), added=added)
    return added


def ensure_units(session: Session, names: Iterable[str], *, organisation_kind: str) -> dict[str, UUID]:
    """The units of these names, made where they are not there yet; the classes of a school hang under their grade.

    One statement for the units however many there are; two requests at once make each of them once.
    """
    kind = UNIT_OF_KIND[organisation_kind]
    wanted = list(dict.fromkeys(names))
    grades = {name: grade_of(name) if kind == "class" else None for name in wanted}
    parents = _ensure_grades(session, {grade for grade in grades.values() if grade and grade > 0})
    last = session.scalar(select(func.coalesce(func.max(Unit.position), 0)).where(Unit.kind == kind)) or 0
    rows: list[dict[str, object]] = [
        {"kind": kind, "name": name, "grade": grades[name], "position": last + place}
        | {"parent_id": parents.get(grades[name] or 0)}
        for place, name in enumerate(wanted, start=1)
    ]
    _insert(session, rows)
    found = select(Unit.name, Unit.id).where(Unit.kind == kind, Unit.name.in_(wanted))
    return dict(session.execute(found).tuples().all())


def _ensure_grades(session: Session, grades: set[int]) -> dict[int, UUID]:
    _insert(session, [{"kind": "grade", "name": grade_title(g), "grade": g, "position": g} for g in sorted(grades)])
    found = select(Unit.grade, Unit.id).where(Unit.kind == "grade", Unit.grade.in_(grades))
    return {grade: unit for grade, unit in session.execute(found).tuples() if grade is not None}


def _insert(session: Session, rows: list[dict[str, object]]) -> None:
    if rows:
        tenant = tenant_of(session)
        keyed = [{"tenant_id": tenant, "id": new_id(), **row} for row in rows]
        session.execute(insert(Unit).values(keyed).on_conflict_do_nothing())


def rename_unit(session: Session, unit_id: UUID, *, name: str, by: Clerk) -> Unit:
    """Give a unit another name.  Raises NotFound, NotAllowed, Invalid where the name is taken."""
    by.require("unit.write")
    unit = load(session, Unit, unit_id, lock=True)
    taken = select(Unit.id).where(Unit.kind == unit.kind, Unit.name == name, Unit.id != unit.id)
    if session.scalar(taken):
        raise Invalid("unit.name_taken", errors={"name": [N_("已经有这个名称了。")]})
    unit.name = name
    if unit.kind == "class":
        grade = unit.grade = grade_of(name) or unit.grade
        unit.parent_id = _ensure_grades(session, {grade})[grade] if grade and grade > 0 else None
    audit(session, "unit.rename", by=by.person_id, subject_kind="unit", subject_id=unit.id)
    return unit


def remove_unit(session: Session, unit_id: UUID, *, by: Clerk) -> None:
    """Remove a unit that was entered by mistake.  Raises NotFound, NotAllowed, Conflict while anything hangs on it."""
    by.require("unit.write")
    unit = load(session, Unit, unit_id, lock=True)
    try:
        with session.begin_nested():
            session.delete(unit)
    except IntegrityError as used:
        raise Conflict("unit.in_use", N_("这里还有儿童或人员，请先移到别处，再删除。")) from used
    audit(session, "unit.remove", by=by.person_id, subject_kind="unit", subject_id=unit_id)
