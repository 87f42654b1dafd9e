"""The roll as facts: read whole and written in batches, by hand and by roster alike; no query per child."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, bindparam, delete, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from shared.kernel.crypto import FieldCrypto
from shared.kernel.database import tenant_of
from shared.kernel.ids import new_id
from shared.organisations.models import Organisation, Unit

from . import rules
from .facts import CHILD_FIELDS, CONTACT_COLUMNS, CONTACT_FIELDS, Fact, of_contact
from .identity_rows import keep_identity
from .matching import Known
from .models import Child, ChildContact, ChildGram
from .pinyin import grams, pinyin_key

ID_PLACE = "child.id_no"
TAIL = 4
_COLUMNS = (*CHILD_FIELDS, "unit_id")
# The mapper's own bulk insert leaves out what is null, and so makes a statement of nearly every row.
CHILDREN = cast(Table, Child.__table__)
CONTACTS = cast(Table, ChildContact.__table__)


@dataclass(frozen=True)
class Entry:
    """A child as it is to stand on the roll: all of its facts; `number` only where it is new or another one."""

    id: UUID
    facts: Mapping[str, Fact | UUID]
    new: bool
    id_tail: str | None = None
    number: str | None = None


def lock_roll(session: Session) -> None:
    """One writer of the roll at a time: two clerks must not register one child twice.  Readers do not wait."""
    own = select(Organisation.id).where(Organisation.id == tenant_of(session))
    session.execute(own.with_for_update(key_share=True))


def number_hash(session: Session, number: str) -> str:
    """By which a number is found again within the organisation, and nowhere else."""
    crypto: FieldCrypto = session.info["crypto"]
    return crypto.keyed_hash(number, purpose=f"child:{tenant_of(session)}")


def read_roll(session: Session, child_ids: Collection[UUID] | None = None) -> dict[UUID, Known]:
    """Children with their facts (None: everybody, those who left too), by id; two statements."""
    children = select(Child, Unit.name.label("unit")).outerjoin(Unit, Unit.id == Child.unit_id).order_by(Child.id)
    contacts = select(ChildContact)
    if child_ids is not None:
        children = children.where(Child.id.in_(child_ids))
        contacts = contacts.where(ChildContact.child_id.in_(child_ids))
    around: dict[UUID, dict[str, Fact]] = {}
    for row in session.scalars(contacts.execution_options(populate_existing=True)):
        facts = {f"{row.kind}_{column}": getattr(row, column) for column in CONTACT_COLUMNS}
        around.setdefault(row.child_id, {}).update(facts)
    rows = session.execute(children.execution_options(populate_existing=True))
    return {child.id: known(child, unit, around.get(child.id, {})) for child, unit in rows}


def known(child: Any, unit: str | None, contacts: Mapping[str, Fact]) -> Known:
    """A row of the roll as the rules see it; `id_no` says only that there is a number (its last four)."""
    facts: dict[str, Any] = {name: getattr(child, name) for name in _COLUMNS}
    facts |= {"unit": unit, "id_no": child.id_no_tail, **contacts}
    return Known(
        id=child.id,
        facts={name: value for name, value in facts.items() if value is not None},
        id_hash=child.id_no_hash,
        status=child.status,
        exit_reason=child.exit_reason,
        version=child.version,
    )


def write_roll(session: Session, entries: Sequence[Entry], *, organisation_kind: str, now: datetime, day: date) -> None:
    """Write these children, their contacts, their search index and their identity, in batches.

    A new child joins on `day`; one that had left is back on the roll.  Rows loaded before do not show it.
    """
    if not entries:
        return
    tenant = tenant_of(session)
    rows = [_child_row(session, entry, organisation_kind, tenant=tenant, now=now) for entry in entries]
    new = [row | {"entered_on": day} for row, entry in zip(rows, entries, strict=True) if entry.new]
    _insert(session, new)
    _update(session, [row for row, entry in zip(rows, entries, strict=True) if not entry.new])
    _write_contacts(session, entries, tenant=tenant)
    _write_grams(session, entries)
    keep_identity(session, [entry.id for entry in entries])


def _insert(session: Session, rows: list[dict[str, Any]]) -> None:
    empty = dict.fromkeys(("id_no", "id_no_hash", "person_key", "id_no_tail"))
    if rows:
        session.execute(insert(CHILDREN), [empty | row for row in rows])


def _update(session: Session, rows: list[dict[str, Any]]) -> None:
    """With and without another number apart: one statement has one list of columns."""
    for batch in ([row for row in rows if "id_no" in row], [row for row in rows if "id_no" not in row]):
        if not batch:
            continue
        names = [name for name in batch[0] if name not in ("tenant_id", "id")]
        statement = (
            update(CHILDREN)
            .where(Child.tenant_id == bindparam("b_tenant_id"), Child.id == bindparam("b_id"))
            .values({name: bindparam(f"b_{name}") for name in names} | {"version": Child.version + 1})
        )
        session.execute(statement, [{f"b_{name}": value for name, value in row.items()} for row in batch])


def _child_row(
    session: Session, entry: Entry, organisation_kind: str, *, tenant: UUID, now: datetime
) -> dict[str, Any]:
    facts: dict[str, Any] = dict(entry.facts)
    row: dict[str, Any] = {name: facts.get(name) for name in _COLUMNS}
    for name in ("left_behind", "no_guardian", "is_key"):
        row[name] = bool(row[name])
    row |= {"tenant_id": tenant, "id": entry.id, "pinyin": pinyin_key(str(facts["name"])), "updated_at": now}
    row |= {"dossier_complete": not rules.missing(organisation_kind, facts)}
    row |= {"status": "active", "exit_on": None, "exit_reason": None}
    if entry.number:
        row |= _number_columns(session, entry.id, entry.number)
    return row


def _number_columns(session: Session, child_id: UUID, number: str) -> dict[str, Any]:
    crypto: FieldCrypto = session.info["crypto"]
    return {
        "id_no": crypto.encrypt(number, place=ID_PLACE, row=child_id),
        "id_no_hash": number_hash(session, number),
        "person_key": crypto.keyed_hash(number, purpose="person"),
        "id_no_tail": number[-TAIL:],
    }


def _write_contacts(session: Session, entries: Iterable[Entry], *, tenant: UUID) -> None:
    """A contact of whom nothing is known any more goes; the others are written whole."""
    entries = list(entries)
    rows = [row for entry in entries for row in _contact_rows(entry, tenant)]
    told = {(row["child_id"], row["kind"]) for row in rows}
    old = [entry.id for entry in entries if not entry.new]
    if old:
        held = select(ChildContact.id, ChildContact.child_id, ChildContact.kind).where(ChildContact.child_id.in_(old))
        gone = [row.id for row in session.execute(held) if (row.child_id, row.kind) not in told]
        if gone:
            session.execute(delete(ChildContact).where(ChildContact.id.in_(gone)))
    if rows:
        statement = upsert(CONTACTS)
        changed = {column: statement.excluded[column] for column in CONTACT_COLUMNS}
        whole = statement.on_conflict_do_update(index_elements=["tenant_id", "child_id", "kind"], set_=changed)
        session.execute(whole, rows)


def _contact_rows(entry: Entry, tenant: UUID) -> list[dict[str, Any]]:
    by_kind: dict[str, dict[str, Any]] = {}
    for field in CONTACT_FIELDS:
        contact = of_contact(field)
        if contact and entry.facts.get(field) is not None:
            by_kind.setdefault(contact[0], dict.fromkeys(CONTACT_COLUMNS))[contact[1]] = entry.facts[field]
    key = {"tenant_id": tenant, "child_id": entry.id}
    return [{**key, "id": new_id(), "kind": kind, **columns} for kind, columns in by_kind.items()]


GRAMS = text(
    """
    INSERT INTO child_gram (tenant_id, id, gram, child_id)
    SELECT :tenant, hehu_uuid7(), piece.gram, piece.child_id
      FROM unnest(CAST(:grams AS text[]), CAST(:children AS uuid[])) AS piece (gram, child_id)
    ON CONFLICT (tenant_id, gram, child_id) DO NOTHING
    """
)


def _write_grams(session: Session, entries: Iterable[Entry]) -> None:
    entries = list(entries)
    old = [entry.id for entry in entries if not entry.new]
    if old:
        session.execute(delete(ChildGram).where(ChildGram.child_id.in_(old)))
    pieces = [(gram, entry.id) for entry in entries for gram in sorted(_searchable(entry))]
    given = {"grams": [gram for gram, _ in pieces], "children": [child for _, child in pieces]}
    session.execute(GRAMS, given | {"tenant": tenant_of(session)})


def _searchable(entry: Entry) -> set[str]:
    """The name in its spellings, the last four of the number and of every telephone."""
    name = str(entry.facts["name"])
    tail = entry.number[-TAIL:] if entry.number else entry.id_tail
    phones = [str(value) for field, value in entry.facts.items() if field.endswith("phone") and value]
    digits = ["".join(character for character in phone if character.isdigit()) for phone in phones]
    return (
        set(grams(name, pinyin_key(name))) | {number[-TAIL:] for number in digits} | ({tail.lower()} if tail else set())
    )
