"""The roll as a list: search, filters, pages; the same number of statements however many children there are."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, collate, false, func, select
from sqlalchemy.orm import Session

from shared.kernel.together import Read, Steps
from shared.organisations.models import Unit
from shared.people.kept import Kept
from shared.people.rules import Actor

from .models import Child, ChildContact, ChildGram
from .paired import carer_names, has_carer
from .queries import visible_children
from .roll import number_hash

NUMBER_LENGTH = 18
LONGEST_SEARCH = 40


@dataclass(frozen=True)
class RollLine:
    """A child as the roll shows it; `carers` are names, `phone` is that of whoever can be reached first."""

    id: UUID
    name: str
    sex: str | None
    birth_date: date | None
    unit_id: UUID | None
    unit_name: str | None
    left_behind: bool
    is_key: bool
    no_guardian: bool
    risk_level: str | None
    dossier_complete: bool
    status: str
    exit_on: date | None
    carers: str | None
    guardian_name: str | None
    phone: str | None


@dataclass(frozen=True)
class RollFilter:
    """What the roll is narrowed to; the names are those of the address."""

    q: str = ""
    unit: UUID | None = None
    status: str = "active"
    left_behind: bool = False
    key: bool = False
    without_carer: bool = False
    incomplete: bool = False

    @property
    def narrowed(self) -> bool:
        """Whether anything but the plain roll was asked for."""
        return self != RollFilter()


@Read
def roll_lines(
    session: Session, actor: Actor, wanted: RollFilter, *, limit: int, offset: int = 0
) -> Steps[tuple[list[RollLine], int]]:
    """One page of the visible children by pinyin, and how many there are."""
    ticked, found = replace(wanted, q="", unit=None), list(_search(session, wanted.q))
    given: dict[str, Any] = {"actor": actor, "wanted": ticked, "unit": wanted.unit}
    cut: dict[str, Any] = {"limit": limit, "offset": offset}
    if found:  # a statement that holds what somebody typed is not kept
        total = session.scalar(_number.build(**given).where(*found)) or 0
        return [RollLine(*row) for row in session.execute(_lines.build(**given, **cut).where(*found))], total
    [rows, [(total,)]] = yield [_lines.asked(**given, **cut), _number.asked(**given)]
    return [RollLine(*row) for row in rows], total


@Kept
def _number(*, actor: Actor, wanted: RollFilter, unit: UUID | None) -> Select[Any]:
    return select(func.count()).select_from(Child).where(*_conditions(actor, wanted, unit))


@Kept
def _lines(*, actor: Actor, wanted: RollFilter, unit: UUID | None, limit: int, offset: int) -> Select[Any]:
    shown = _select().where(*_conditions(actor, wanted, unit)).order_by(collate(Child.pinyin, "C"), Child.id)
    return shown.limit(limit).offset(offset)


def holder_of(session: Session, actor: Actor, number: str) -> UUID | None:
    """Whose file in the actor's sight holds this number already."""
    held = select(Child.id).where(Child.id_no_hash == number_hash(session, number), visible_children(actor))
    return session.scalar(held)


def _conditions(actor: Actor, wanted: RollFilter, unit: UUID | None) -> Iterable[ColumnElement[bool]]:
    yield visible_children(actor)
    yield Child.status == wanted.status
    if unit is not None:
        yield Child.unit_id == unit
    if wanted.left_behind:
        yield Child.left_behind.is_(True)
    if wanted.key:
        yield Child.is_key.is_(True)
    if wanted.incomplete:
        yield ~Child.dossier_complete
    if wanted.without_carer:
        yield ~has_carer()


def _search(session: Session, typed: str) -> Iterable[ColumnElement[bool]]:
    """Plain equality on pieces: operators that are not leakproof use no index under the policies."""
    if not typed.strip():
        return
    plain = "".join(c for c in unicodedata.normalize("NFKC", typed[:LONGEST_SEARCH]).lower() if c.isalnum())
    if not plain:
        yield false()
    elif len(plain) == NUMBER_LENGTH and plain[:-1].isdigit():
        yield Child.id_no_hash == number_hash(session, plain.upper())
    else:
        for piece in _pieces(plain):
            yield Child.id.in_(select(ChildGram.child_id).where(ChildGram.gram == piece))


def _pieces(plain: str) -> Sequence[str]:
    """A number by its last four; a name in characters by its neighbouring pairs; pinyin and initials as typed."""
    if plain.isascii():
        return [plain[-4:] if plain.isdigit() else plain]
    return [plain] if len(plain) <= 2 else [plain[at : at + 2] for at in range(len(plain) - 1)]


def _select() -> Select[Any]:
    guardian = ChildContact.kind == "guardian"
    reachable = func.coalesce(
        func.max(ChildContact.phone).filter(guardian), func.max(ChildContact.phone), Child.family_phone
    )
    around = select(ChildContact).where(ChildContact.child_id == Child.id).correlate(Child)
    return select(
        Child.id,
        Child.name,
        Child.sex,
        Child.birth_date,
        Child.unit_id,
        Unit.name.label("unit_name"),
        Child.left_behind,
        Child.is_key,
        Child.no_guardian,
        Child.risk_level,
        Child.dossier_complete,
        Child.status,
        Child.exit_on,
        carer_names(),
        around.with_only_columns(func.max(ChildContact.name).filter(guardian)).scalar_subquery(),
        around.with_only_columns(reachable).scalar_subquery(),
    ).outerjoin(Unit, Unit.id == Child.unit_id)


@Read
def units_in_scope(_session: Session, actor: Actor) -> Steps[list[tuple[str, str]]]:
    """(id, name) of the units whose children the actor sees, for a filter or a form."""
    [rows] = yield [_units.asked(actor=actor)]
    return [(str(row.id), row.name) for row in rows]


@Kept
def _units(*, actor: Actor) -> Select[Any]:
    wanted = select(Unit.id, Unit.name).where(Unit.kind.in_(("class", "villager_group", "grid")))
    if not actor.sees_all_children:
        wanted = wanted.where(Unit.id.in_(actor.unit_ids))
    return wanted.order_by(Unit.grade, Unit.position, Unit.name)
