"""Rosters in hand and those of before: the preview in pages, what is wrong grouped by how to mend it, the history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, text
from sqlalchemy.orm import Session, aliased

from shared.kernel.database import tenant_of
from shared.kernel.errors import NotFound
from shared.organisations.models import Unit
from shared.people.models import Membership
from shared.people.rules import Actor, Right, require

from . import import_rows
from .facts import Fact
from .models import Child, RosterImport, RosterRow

SHOWS = ("new", "updated", "unchanged", "wrong", "absent", "warned")


@dataclass(frozen=True)
class ImportView:
    """A roster in hand, or one of before."""

    id: UUID
    file_name: str
    roster_kind: str
    as_of: date
    state: str
    counts: Mapping[str, int]
    file_notes: Sequence[Mapping[str, str]]
    new_units: Sequence[str]
    created_at: datetime
    expires_at: datetime
    confirmed_at: datetime | None
    by: str | None
    confirmed_by: str | None

    def rows_kept(self, now: datetime) -> bool:
        """Whether its rows can still be looked at."""
        return self.state in ("open", "confirmed") and now < self.expires_at


@dataclass(frozen=True)
class PreviewRow:
    """A row of the file and what it would do; `findings` are (place and remedy, masked value)."""

    id: UUID
    sheet: str
    row_no: int
    action: str
    child_id: UUID | None
    name: str
    facts: Mapping[str, Fact]
    changes: Sequence[tuple[str, Fact, Fact]]
    findings: Sequence[tuple[Mapping[str, str], str | None]]


@dataclass(frozen=True)
class Mistake:
    """One cell that keeps a row from being taken in."""

    code: str
    hint: str
    sheet: str
    row_no: int
    column: str
    header: str
    name: str
    value: str | None


@dataclass(frozen=True)
class AbsentChild:
    """On our list, not in the file."""

    id: UUID
    name: str
    unit_name: str | None
    left_behind: bool


def _select() -> Select[Any]:
    writer, confirmer = aliased(Membership), aliased(Membership)
    return (
        select(
            RosterImport.id,
            RosterImport.file_name,
            RosterImport.roster_kind,
            RosterImport.as_of,
            RosterImport.state,
            RosterImport.counts,
            RosterImport.file_notes,
            RosterImport.new_units,
            RosterImport.created_at,
            RosterImport.expires_at,
            RosterImport.confirmed_at,
            writer.name.label("by"),
            confirmer.name.label("confirmed_by_name"),
        )
        .outerjoin(writer, writer.person_id == RosterImport.by_id)
        .outerjoin(confirmer, confirmer.person_id == RosterImport.confirmed_by)
    )


def imports(session: Session, actor: Actor, *, limit: int, offset: int = 0) -> tuple[list[ImportView], int]:
    """One page of the rosters of this organisation, the latest first, and how many there are."""
    require(actor, Right.ROSTER_IMPORT)
    total = session.scalar(select(func.count()).select_from(RosterImport)) or 0
    ordered = _select().order_by(RosterImport.created_at.desc(), RosterImport.id.desc()).limit(limit).offset(offset)
    return [ImportView(*row) for row in session.execute(ordered)], total


def import_view(session: Session, actor: Actor, import_id: UUID) -> ImportView:
    """One roster.  Raises NotFound, NotAllowed."""
    require(actor, Right.ROSTER_IMPORT)
    row = session.execute(_select().where(RosterImport.id == import_id)).one_or_none()
    if row is None:
        raise NotFound("roster_import.not_found")
    return ImportView(*row)


def preview(
    session: Session, actor: Actor, import_id: UUID, *, show: str | None, limit: int, offset: int = 0
) -> tuple[list[PreviewRow], int]:
    """One page of the rows of an action, of those with a remark (warned), or (None) of the whole file."""
    require(actor, Right.ROSTER_IMPORT)
    wanted = select(RosterRow).where(RosterRow.import_id == import_id, RosterRow.action != "absent")
    if show == "warned":
        wanted = wanted.where(RosterRow.action != "wrong", func.jsonb_array_length(RosterRow.findings) > 0)
    elif show is not None:
        wanted = wanted.where(RosterRow.action == show)
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = session.scalars(wanted.order_by(RosterRow.id).limit(limit).offset(offset))
    return [_preview_row(session, row) for row in rows], total


def _preview_row(session: Session, row: RosterRow) -> PreviewRow:
    sealed = import_rows.unseal(session, row.id, row.sealed)
    shown = [*sealed.shown, *[None] * (len(row.findings) - len(sealed.shown))]
    return PreviewRow(
        id=row.id,
        sheet=row.sheet,
        row_no=row.row_no,
        action=row.action,
        child_id=row.child_id,
        name=str(sealed.facts.get("name") or ""),
        facts=sealed.facts,
        changes=sealed.changes,
        findings=list(zip(row.findings, shown, strict=True)),
    )


MISTAKES = text(
    """
    SELECT r.id, r.sheet, r.row_no, r.sealed, f.value AS finding, f.ordinality - 1 AS place
      FROM roster_row r, jsonb_array_elements(r.findings) WITH ORDINALITY AS f
     WHERE r.tenant_id = :tenant AND r.import_id = :import AND r.action = 'wrong'
     ORDER BY f.value ->> 'code', r.id, f.ordinality
     LIMIT :limit OFFSET :offset
    """
)
MISTAKES_TOTAL = text(
    """
    SELECT coalesce(sum(jsonb_array_length(findings)), 0)
      FROM roster_row WHERE tenant_id = :tenant AND import_id = :import AND action = 'wrong'
    """
)


def mistakes(
    session: Session, actor: Actor, import_id: UUID, *, limit: int, offset: int = 0
) -> tuple[list[Mistake], int]:
    """One page of what keeps rows from being taken in, one remedy after the other."""
    require(actor, Right.ROSTER_IMPORT)
    given = {"tenant": tenant_of(session), "import": import_id}
    total = int(session.execute(MISTAKES_TOTAL, given).scalar_one())
    rows = session.execute(MISTAKES, given | {"limit": limit, "offset": offset})
    return [_mistake(session, row) for row in rows], total


def _mistake(session: Session, row: Any) -> Mistake:
    sealed = import_rows.unseal(session, row.id, row.sealed)
    finding = row.finding
    return Mistake(
        code=finding["code"],
        hint=finding["hint"],
        sheet=row.sheet,
        row_no=row.row_no,
        column=finding["column"],
        header=finding["header"],
        name=str(sealed.facts.get("name") or ""),
        value=sealed.shown[row.place] if row.place < len(sealed.shown) else None,
    )


def absent(
    session: Session, actor: Actor, import_id: UUID, *, limit: int, offset: int = 0
) -> tuple[list[AbsentChild], int]:
    """One page of the children on our list who are not in the file; nobody is ended by that."""
    require(actor, Right.ROSTER_IMPORT)
    wanted = (
        select(Child.id, Child.name, Unit.name, Child.left_behind)
        .join(RosterRow, RosterRow.child_id == Child.id)
        .outerjoin(Unit, Unit.id == Child.unit_id)
        .where(RosterRow.import_id == import_id, RosterRow.action == "absent")
    )
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    ordered = wanted.order_by(Child.pinyin, Child.id).limit(limit).offset(offset)
    return [AbsentChild(*row) for row in session.execute(ordered)], total
