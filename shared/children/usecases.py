"""The roll by hand: register, change, exit, come back, and look at what is kept covered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.kernel.audit import audit, entry
from shared.kernel.clock import local_day
from shared.kernel.crypto import FieldCrypto
from shared.kernel.database import load
from shared.kernel.errors import N_, Conflict, NotAllowed, NotFound, Refused
from shared.kernel.events import record
from shared.kernel.ids import new_id
from shared.kernel.together import Read, Steps
from shared.organisations.models import Unit
from shared.people.rules import Actor, Right, require

from . import roll, rules
from .events import ChildChanged, ChildExited, ChildRegistered
from .facts import CODES, Fact
from .identity_rows import keep_identity
from .matching import Known
from .models import Child
from .queries import child_in_scope, visible_children

STALE = N_("这份档案刚才有人改过。请看看现在的内容，核对您填的，再保存一次。")
TAKEN = N_("这个身份证号已经在名册上，请打开那份档案修改，不要重复登记。")
TAKEN_UNSEEN = N_("这个身份证号已经在本单位的名册上，请向档案管理员核实，不要重复登记。")
_KNOWN_CODES = frozenset(CODES) | {"left_behind", "is_key", "no_guardian"}


def register(session: Session, *, by: Actor, now: datetime, **given: Any) -> Child:
    """Put a child on the roll; a number fills birth date and sex.

    Raises Refused (409, with the fields) where facts are at odds or the number is taken, NotAllowed, NotFound.
    """
    require(by, Right.CHILD_WRITE)
    roll.lock_roll(session)
    number = given.pop("id_no", None)
    if not by.sees_all_children and given.get("unit_id") is None and len(by.unit_ids) == 1:
        given["unit_id"] = next(iter(by.unit_ids))  # a class teacher registers into the own class
    facts = _checked(session, given, number, by=by, now=now)
    entry = roll.Entry(id=new_id(), facts=facts, new=True, number=number)
    _write(session, entry, by=by, now=now)
    audit(session, "child.register", by=by.person_id, subject_kind="child", subject_id=entry.id)
    record(session, ChildRegistered(at=now, actor_id=by.person_id, child_id=entry.id))
    return load(session, Child, entry.id)


def change(session: Session, child_id: UUID, *, version: int, by: Actor, now: datetime, **given: Any) -> Child:
    """Change what is given, leave the rest; a blank number leaves the one we hold.

    Nothing is written where nothing differs.  Raises NotFound, NotAllowed, Conflict for a stale version, Refused.
    """
    require(by, Right.CHILD_WRITE)
    roll.lock_roll(session)
    child = child_in_scope(session, by, child_id, lock=True)
    if child.version != version:
        raise Conflict("child.stale", STALE)
    known = roll.read_roll(session, [child_id])[child_id]
    number = given.pop("id_no", None)
    if number and roll.number_hash(session, number) == known.id_hash:
        number = None
    changed = _changed(given, known) + (["id_no"] if number else [])
    if not changed:
        return child
    merged = {**known.facts, **given}
    facts = _checked(session, merged, number, by=by, now=now, moved="unit_id" in changed)
    tail = str(known.facts["id_no"]) if known.facts.get("id_no") else None
    _refuse_exited(child)
    _write(session, roll.Entry(child_id, facts, new=False, id_tail=tail, number=number), by=by, now=now)
    _tell_change(session, child_id, changed, known, given, by=by, now=now)
    session.refresh(child)
    return child


def _changed(given: Mapping[str, Any], known: Known) -> list[str]:
    return [name for name, value in given.items() if (value or None) != (known.facts.get(name) or None)]


def _refuse_exited(child: Child) -> None:
    if child.status != "active":
        raise Conflict("child.exited", N_("这个孩子已退出名册。请先恢复在册，再修改档案。"))


def _checked(
    session: Session, facts: Mapping[str, Any], number: str | None, *, by: Actor, now: datetime, moved: bool = True
) -> dict[str, Any]:
    """The facts as they are to stand.  Raises Refused with what is wrong at which field."""
    today = local_day(now)
    told = dict(facts)
    wrong = rules.faults_of(told, today=today)
    if number:
        said, at_odds = rules.read_number(number, told, today=today)
        told |= said
        wrong |= at_odds
    if wrong:
        raise Refused("child.facts", errors=wrong)
    if number:
        _refuse_taken(session, number, by=by)
    if moved:
        _check_unit(session, told.get("unit_id"), by=by)
    told["unit"] = told.get("unit_id")  # the dossier asks only whether there is one
    told["id_no"] = number or facts.get("id_no")
    return told


def _refuse_taken(session: Session, number: str, *, by: Actor) -> None:
    holder = session.scalar(select(Child.id).where(Child.id_no_hash == roll.number_hash(session, number)))
    if holder is None:
        return
    seen = session.scalar(select(Child.id).where(Child.id == holder, visible_children(by)))
    raise Refused("child.number_taken", errors={"id_no": [TAKEN if seen else TAKEN_UNSEEN]})


def _check_unit(session: Session, unit_id: UUID | None, *, by: Actor) -> None:
    if unit_id is None and by.sees_all_children:
        return
    if not by.sees_all_children and unit_id not in by.unit_ids:
        raise NotAllowed("child.unit", N_("您只能登记和修改自己班（组）里的孩子。"))
    if unit_id is not None and session.scalar(select(Unit.id).where(Unit.id == unit_id)) is None:
        raise Refused("unit.not_found", errors={"unit_id": [N_("请从列表里选择。")]})


def _write(session: Session, entry: roll.Entry, *, by: Actor, now: datetime) -> None:
    roll.write_roll(session, [entry], organisation_kind=by.organisation_kind, now=now, day=local_day(now))


def _tell_change(
    session: Session,
    child_id: UUID,
    changed: list[str],
    known: Known,
    given: Mapping[str, Any],
    *,
    by: Actor,
    now: datetime,
) -> None:
    """History keeps from and to of codes; of everything else, only that it changed."""
    coded: dict[str, list[Fact]] = {
        name: [known.facts.get(name), given.get(name)] for name in changed if name in _KNOWN_CODES
    }
    audit(
        session, "child.change", by=by.person_id, subject_kind="child", subject_id=child_id, fields=changed, codes=coded
    )
    record(session, ChildChanged(at=now, actor_id=by.person_id, child_id=child_id, fields=tuple(changed)))


def exit_child(
    session: Session, child_id: UUID, *, reason: str, by: Actor, now: datetime, on_day: date | None = None
) -> Child:
    """Take a child off the roll; its open promises end (plans hear of it).  Nothing is deleted; again is the same.

    Raises NotFound, NotAllowed, Refused for a day that is not between joining and today.
    """
    require(by, Right.CHILD_WRITE)
    child = child_in_scope(session, by, child_id, lock=True)
    if child.status == "exited":
        return child
    day = on_day or local_day(now)
    if not (child.entered_on <= day <= local_day(now)) and on_day is not None:
        raise Refused("child.exit_day", errors={"on_day": [N_("退出日期要在登记以后，不能晚于今天。")]})
    child.status, child.exit_on, child.exit_reason = "exited", day, reason
    child.version, child.updated_at = child.version + 1, now
    keep_identity(session, [child.id])
    audit(session, "child.exit", by=by.person_id, subject_kind="child", subject_id=child.id, reason=reason)
    record(session, ChildExited(at=now, actor_id=by.person_id, child_id=child.id, reason=reason))
    return child


def come_back(session: Session, child_id: UUID, *, by: Actor, now: datetime) -> Child:
    """Take an exit back; promises begin again.  Again is the same.  Raises NotFound, NotAllowed."""
    require(by, Right.CHILD_WRITE)
    child = child_in_scope(session, by, child_id, lock=True)
    if child.status == "active":
        return child
    child.status, child.exit_on, child.exit_reason = "active", None, None
    child.version, child.updated_at = child.version + 1, now
    keep_identity(session, [child.id])
    audit(session, "child.come_back", by=by.person_id, subject_kind="child", subject_id=child.id)
    record(session, ChildChanged(at=now, actor_id=by.person_id, child_id=child.id, fields=("status",)))
    return child


def reveal_number(session: Session, child_id: UUID, *, reason: str, by: Actor) -> str:
    """The whole number, for a reason that is kept with who asked.  Raises NotFound, NotAllowed."""
    require(by, Right.CHILD_WRITE)
    child = child_in_scope(session, by, child_id)
    if child.id_no is None:
        raise NotFound("child.no_number")
    audit(session, "child.id_revealed", by=by.person_id, subject_kind="child", subject_id=child.id, reason=reason)
    crypto: FieldCrypto = session.info["crypto"]
    return crypto.decrypt(child.id_no, place=roll.ID_PLACE, row=child.id)


@Read
def note_view(session: Session, child_id: UUID, *, by: Actor) -> Steps[None]:
    """Keep that somebody opened the file."""
    yield [entry(session, "child.viewed", by=by.person_id, subject_kind="child", subject_id=child_id)]
