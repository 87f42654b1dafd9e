"""Reads the figures of the organisations an office supervises, as sums and one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, Select, Uuid, cast, func, null, select, tuple_
from sqlalchemy.orm import Session

from shared.kernel.together import Read, Steps
from shared.organisations.models import Area, Organisation, Supervision
from shared.organisations.rules import GRASS_ROOTS, SCHOOLS, Kind
from shared.people.kept import Kept
from shared.people.rules import Actor, Right, require

from .metrics import Figures
from .models import OrgFact
from .rules import silent_since

OF_THE_FACT = tuple(field.name for field in fields(Figures) if hasattr(OrgFact, field.name))
CARE_KINDS = sorted(SCHOOLS | GRASS_ROOTS)


@dataclass(frozen=True)
class Part:
    """The sums of one place or one kind.  `name` is None for what lies on the area itself, `slug` leads further."""

    name: str | None
    slug: str | None
    figures: Figures


@dataclass(frozen=True)
class Board:
    """Sums of an area's organisations, by place and by kind; each of the two adds up to `total`.

    `as_of` is when the last of them was computed (each is computed anew within seconds of a change), `silent` counts
    those without a record for 30 days.
    """

    as_of: datetime | None
    window_from: date | None
    window_until: date | None
    total: Figures
    silent: int
    by_place: Sequence[Part]
    by_kind: Sequence[Part]


@dataclass(frozen=True)
class OrganisationLine:
    """One organisation and its figures; `silent`: no record for 30 days."""

    id: UUID
    slug: str
    name: str
    kind: str
    bureau_kind: str | None
    area: str
    as_of: datetime | None
    last_record_on: date | None
    silent: bool
    figures: Figures


@Read
def board(_session: Session, area_id: UUID, *, by: Actor, today: date) -> Steps[Board]:
    """The figures of the organisations on the area and below it that the actor's office supervises.

    Sums only; within the supervision line the true numbers, small ones too.  Raises NotAllowed.
    """
    require(by, Right.BOARD_READ)
    ours: dict[str, Any] = {"area_id": area_id, "superior_id": by.tenant_id, "since": silent_since(today)}
    [found, parts] = yield [_of_area.asked(**ours), _parts.asked(area_id=area_id)]
    rows = [row._asdict() for row in found]
    total = next(row for row in rows if row["level"] == BOTH)
    return Board(
        as_of=total["as_of"],
        window_from=total["window_from"],
        window_until=total["window_until"],
        total=_figures(total),
        silent=total["silent"],
        by_place=_by_place(parts, rows),
        by_kind=_by_kind(rows),
    )


@Kept
def _of_area(*, area_id: UUID, superior_id: UUID, since: date) -> Select[Any]:
    ours = _supervised(area_id, superior_id)
    sets = func.grouping_sets(tuple_(ours.c.branch), tuple_(ours.c.kind), tuple_())
    wanted = select(
        func.grouping(ours.c.branch, ours.c.kind).label("level"),
        ours.c.branch,
        ours.c.kind,
        func.max(OrgFact.as_of).label("as_of"),
        func.min(OrgFact.window_from).label("window_from"),
        func.max(OrgFact.window_until).label("window_until"),
        func.count().filter(_silent(ours.c.kind, ours.c.since, since)).label("silent"),
        *_sums(ours),
    ).select_from(ours.outerjoin(OrgFact, OrgFact.tenant_id == ours.c.id))
    return wanted.group_by(sets)


BY_PLACE, BY_KIND, BOTH = 0b01, 0b10, 0b11  # GROUPING() of branch and kind: a bit is set where it is summed over


def _supervised(area_id: UUID, superior_id: UUID) -> CTE:
    """The organisations, each with the part of the area it lies in (`branch`, null for the area itself).

    Demo organisations show in a demo county alone.
    """
    top = select(Area.id, cast(null(), Uuid).label("branch")).where(Area.id == area_id)
    tree = top.cte("tree", recursive=True)
    below = select(Area.id, func.coalesce(tree.c.branch, Area.id)).join(tree, Area.parent_id == tree.c.id)
    tree = tree.union_all(below)
    own_demo = select(Organisation.is_demo).where(Organisation.id == superior_id).scalar_subquery()
    lines = (Supervision.subordinate_id == Organisation.id) & (Supervision.superior_id == superior_id)
    return (
        select(
            Organisation.id,
            Organisation.slug,
            Organisation.name,
            Organisation.kind,
            Organisation.bureau_kind,
            Organisation.area_id,
            func.date(Organisation.created_at).label("since"),
            tree.c.branch,
        )
        .join(tree, tree.c.id == Organisation.area_id)
        .join(Supervision, lines)
        .where(Organisation.status == "active", Organisation.is_demo == own_demo)
        .cte("ours")
    )


def _sums(ours: CTE) -> Sequence[ColumnElement[int]]:
    known = func.sum(OrgFact.left_behind).filter(OrgFact.pupils_total.is_not(None))
    found = [
        func.count(ours.c.id).label("organisations"),
        func.count(OrgFact.as_of).label("reported"),
        func.coalesce(known, 0).label("known_left_behind"),
    ]
    return found + [func.coalesce(func.sum(getattr(OrgFact, name)), 0).label(name) for name in OF_THE_FACT]


def _silent(kind: ColumnElement[str], made_on: ColumnElement[date], since: date) -> ColumnElement[bool]:
    return kind.in_(CARE_KINDS) & (func.coalesce(OrgFact.last_record_on, made_on) < since)


def _figures(row: Mapping[Any, Any]) -> Figures:
    return Figures(**{field.name: int(row[field.name]) for field in fields(Figures)})


def _by_place(parts: Sequence[Any], rows: Sequence[Mapping[Any, Any]]) -> list[Part]:
    """Every part of the area in order, those without organisations too: a gap is a finding."""
    found = {row["branch"]: _figures(row) for row in rows if row["level"] == BY_PLACE}
    listed = [Part(row.name, row.slug, found.get(row.id, Figures())) for row in parts]
    return [*listed, Part(None, None, found[None])] if None in found else listed


@Kept
def _parts(*, area_id: UUID) -> Select[Any]:
    return select(Area.id, Area.name, Area.slug).where(Area.parent_id == area_id).order_by(Area.name, Area.id)


def _by_kind(rows: Sequence[Mapping[Any, Any]]) -> list[Part]:
    found = {row["kind"]: _figures(row) for row in rows if row["level"] == BY_KIND}
    return [Part(kind.value, None, found[kind]) for kind in Kind if kind in found]


def organisation_lines(
    area_id: UUID, *, by: Actor, today: date, kind: str | None = None, silent: bool = False
) -> Select[Any]:
    """The same organisations one by one, by place and name, to be paged; read a row with `line_of`.

    Raises NotAllowed.
    """
    require(by, Right.BOARD_READ)
    ours = _supervised(area_id, by.tenant_id)
    is_silent = _silent(ours.c.kind, ours.c.since, silent_since(today))
    columns = [func.coalesce(getattr(OrgFact, name), 0).label(name) for name in OF_THE_FACT]
    wanted = (
        select(
            *(ours.c[name] for name in ("id", "slug", "name", "kind", "bureau_kind")),
            Area.name.label("area"),
            OrgFact.as_of,
            OrgFact.last_record_on,
            is_silent.label("silent"),
            func.num_nonnulls(OrgFact.as_of).label("reported"),
            *columns,
            (func.num_nonnulls(OrgFact.pupils_total) * OrgFact.left_behind).label("known_left_behind"),
        )
        .select_from(ours.join(Area, Area.id == ours.c.area_id).outerjoin(OrgFact, OrgFact.tenant_id == ours.c.id))
        .order_by(Area.name, ours.c.kind, ours.c.name, ours.c.id)
    )
    if kind:
        wanted = wanted.where(ours.c.kind == kind)
    return wanted.where(is_silent) if silent else wanted


def line_of(row: Any) -> OrganisationLine:
    """A row of `organisation_lines`."""
    found = row._mapping
    own = {name: int(found[name] or 0) for name in (*OF_THE_FACT, "reported", "known_left_behind")}
    named = {field.name: found[field.name] for field in fields(OrganisationLine) if field.name != "figures"}
    return OrganisationLine(**named, figures=Figures(organisations=1, **own))
