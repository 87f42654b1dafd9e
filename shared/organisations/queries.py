"""Reads about areas, organisations, requests, units and terms, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session, aliased

from shared.kernel.database import tenant_of

from .models import Application, Area, CountyTerm, Organisation, Supervision, Term, Unit
from .rules import BureauKind, Kind, Place


@dataclass(frozen=True)
class AreaNode:
    """An area with its depth below the county (0) and the ids from the county down to it."""

    id: UUID
    parent_id: UUID | None
    kind: str
    name: str
    slug: str
    path: tuple[UUID, ...]

    @property
    def depth(self) -> int:
        """0 for the county, 1 for townships, 2 below them."""
        return len(self.path) - 1


@dataclass(frozen=True)
class ApplicationView:
    """A request to join, as the county's list shows it."""

    id: UUID
    kind: str
    bureau_kind: str | None
    name: str
    area: str
    contact_name: str
    contact_phone: str
    state: str
    reason: str | None
    applied_at: datetime
    decided_at: datetime | None
    organisation_id: UUID | None
    organisation_slug: str | None


@dataclass(frozen=True)
class TermView:
    """A term; `of_county` when it is the county's."""

    id: UUID
    name: str
    starts_on: date
    ends_on: date
    of_county: bool


def counties(session: Session) -> Sequence[Organisation]:
    """The county offices of this installation, by name; usually one."""
    wanted = select(Organisation).where(Organisation.kind == Kind.COUNTY, Organisation.status == "active")
    return session.scalars(wanted.order_by(Organisation.name)).all()


def areas_of_own_county(session: Session) -> list[AreaNode]:
    """The tree of the county in which the bound organisation lies: each area before those below it, by name."""
    own = select(Organisation.area_id).where(Organisation.id == tenant_of(session)).scalar_subquery()
    return area_tree(session, session.execute(select(own)).scalar_one())


def area_tree(session: Session, area_id: UUID) -> list[AreaNode]:
    """The whole tree of the county around an area, in reading order."""
    up = select(Area.id, Area.parent_id).where(Area.id == area_id).cte("up", recursive=True)
    up = up.union_all(select(Area.id, Area.parent_id).where(Area.id == up.c.parent_id))
    down = select(Area).join(up, up.c.id == Area.id).where(up.c.parent_id.is_(None)).cte("down", recursive=True)
    down = down.union_all(select(Area).where(Area.parent_id == down.c.id))
    rows = {row.id: row for row in session.execute(select(down))}
    paths: dict[UUID, tuple[UUID, ...]] = {}
    for row in rows.values():
        paths[row.id] = _path(row.id, rows)
    nodes = [AreaNode(r.id, r.parent_id, r.kind, r.name, r.slug, paths[r.id]) for r in rows.values()]
    return sorted(nodes, key=lambda node: [rows[one].name for one in node.path])


def _path(area_id: UUID, rows: Mapping[UUID, Row[Any]]) -> tuple[UUID, ...]:
    path = [area_id]
    while (parent := rows[path[0]].parent_id) in rows:
        path.insert(0, parent)
    return tuple(path)


def places_of_county(session: Session, area_id: UUID) -> list[Place]:
    """Every organisation of the county around an area, as the supervision lines look at it."""
    paths = {node.id: node.path for node in area_tree(session, area_id)}
    rows = session.execute(
        select(Organisation.id, Organisation.kind, Organisation.bureau_kind, Organisation.area_id).where(
            Organisation.area_id.in_(paths)
        )
    )
    return [
        Place(row.id, Kind(row.kind), BureauKind(row.bureau_kind) if row.bureau_kind else None, paths[row.area_id])
        for row in rows
    ]


def applications(session: Session, *, state: str | None = None) -> list[ApplicationView]:
    """The requests at the bound county office; open ones first (the oldest leading), then the latest decisions."""
    founded = aliased(Organisation)
    wanted = (
        select(Application, Area.name, founded.slug)
        .join(Area, Area.id == Application.area_id)
        .outerjoin(founded, founded.id == Application.organisation_id)
        .order_by(Application.state != "open", Application.decided_at.desc(), Application.created_at, Application.id)
    )
    if state:
        wanted = wanted.where(Application.state == state)
    return [_application(*row) for row in session.execute(wanted).tuples()]


def _application(row: Application, area: str, slug: str | None) -> ApplicationView:
    return ApplicationView(
        id=row.id,
        kind=row.kind,
        bureau_kind=row.bureau_kind,
        name=row.name,
        area=area,
        contact_name=row.contact_name,
        contact_phone=row.contact_phone,
        state=row.state,
        reason=row.reason,
        applied_at=row.created_at,
        decided_at=row.decided_at,
        organisation_id=row.organisation_id,
        organisation_slug=slug,
    )


def organisations_below(area_id: UUID, *, superior_id: UUID) -> Select[Any]:
    """Organisations on an area and below it that `superior_id` supervises; a statement, to be paged."""
    tree = select(Area.id).where(Area.id == area_id).cte("tree", recursive=True)
    tree = tree.union_all(select(Area.id).where(Area.parent_id == tree.c.id))
    below = select(Supervision.subordinate_id).where(Supervision.superior_id == superior_id)
    return (
        select(
            Organisation.id,
            Organisation.slug,
            Organisation.name,
            Organisation.kind,
            Organisation.bureau_kind,
            Area.name.label("area"),
            Area.slug.label("area_slug"),
            Organisation.status,
        )
        .join(Area, Area.id == Organisation.area_id)
        .where(Organisation.area_id.in_(select(tree.c.id)), Organisation.id.in_(below))
        .order_by(Area.name, Organisation.kind, Organisation.name, Organisation.id)
    )


def own_terms(session: Session) -> list[TermView]:
    """The bound organisation's own terms, in order; a county office's own are the county's."""
    if terms := _county_terms_if_office(session):
        return terms
    rows = session.scalars(select(Term).order_by(Term.starts_on))
    return [TermView(row.id, row.name, row.starts_on, row.ends_on, of_county=False) for row in rows]


def terms(session: Session) -> list[TermView]:
    """The terms that count in the bound organisation, in order: its own, or the county's where it has none."""
    return own_terms(session) or county_terms(session)


def county_terms(session: Session) -> list[TermView]:
    """The terms of the county in which the bound organisation lies, in order."""
    top = areas_of_own_county(session)[0].id
    rows = session.scalars(select(CountyTerm).where(CountyTerm.area_id == top).order_by(CountyTerm.starts_on))
    return [TermView(row.id, row.name, row.starts_on, row.ends_on, of_county=True) for row in rows]


def _county_terms_if_office(session: Session) -> list[TermView]:
    kind = session.scalar(select(Organisation.kind).where(Organisation.id == tenant_of(session)))
    return county_terms(session) if kind == Kind.COUNTY else []


def unit_order() -> tuple[object, ...]:
    """Grades, classes of a grade, then whatever has no grade, as they were entered."""
    return (Unit.grade.nulls_last(), Unit.position, func.length(Unit.name), Unit.name)


def unit_choices(session: Session) -> list[tuple[str, str]]:
    """(id, name) of the units children and members belong to, for a select; grade units are not among them."""
    rows = session.execute(
        select(Unit.id, Unit.name).where(Unit.kind != "grade").order_by(*unit_order())  # type: ignore[arg-type]
    )
    return [(str(row.id), row.name) for row in rows]
