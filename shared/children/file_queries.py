"""A child's file as its page shows it: facts, contacts, what is missing, and its history in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, true
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session

from shared.kernel.crypto import FieldCrypto
from shared.kernel.errors import NotFound
from shared.kernel.models import AuditEntry
from shared.kernel.together import Read, Steps
from shared.organisations.models import Unit
from shared.people.kept import Kept
from shared.people.models import Membership
from shared.people.rules import Actor

from . import roll, rules
from .facts import CONTACT_COLUMNS, CONTACT_KINDS, Fact, masked_id
from .models import Child, ChildContact
from .queries import visible_children

HISTORY = 30
CHANGES = ("child.register", "child.change", "child.exit", "child.come_back")
LOOKS = ("child.viewed", "child.id_revealed")


@dataclass(frozen=True)
class Contact:
    """Somebody round the child; `facts` by the columns of a contact."""

    kind: str
    facts: Mapping[str, Fact]

    @property
    def title(self) -> str:
        """Father, mother, parents or guardian, not yet translated."""
        return CONTACT_KINDS[self.kind]


@dataclass(frozen=True)
class ChildFile:
    """One child.  `facts` by name, contacts flattened; `number` is masked; `missing` what a whole file still wants."""

    id: UUID
    facts: Mapping[str, Fact]
    unit_id: UUID | None
    unit_name: str | None
    number: str | None
    contacts: Sequence[Contact]
    missing: Sequence[str]
    dossier_complete: bool
    status: str
    entered_on: date
    exit_on: date | None
    exit_reason: str | None
    version: int
    updated_at: datetime

    @property
    def name(self) -> str:
        return str(self.facts["name"])


@dataclass(frozen=True)
class Happening:
    """A line of history: who did what when; `detail` holds names of facts and codes."""

    at: datetime
    who: str | None
    action: str
    detail: Mapping[str, Any]


@Read
def child_file(session: Session, actor: Actor, child_id: UUID) -> Steps[ChildFile]:
    """The file of a child the actor may see.  Raises NotFound."""
    [found, rows] = yield [_child.asked(actor=actor, child_id=child_id), _around.asked(child_id=child_id)]
    if not found:
        raise NotFound("child.not_found")
    child, unit = found[0], rows[0].unit_name
    by_kind = {kind: dict(zip(CONTACT_COLUMNS, known, strict=True)) for _, kind, *known in rows}
    contacts = [Contact(kind, by_kind[kind]) for kind in CONTACT_KINDS if kind in by_kind]
    flat = {f"{one.kind}_{column}": value for one in contacts for column, value in one.facts.items()}
    facts = roll.known(child, unit, flat).facts
    return ChildFile(
        id=child.id,
        facts=facts,
        unit_id=child.unit_id,
        unit_name=unit,
        number=_masked_number(session, child),
        contacts=contacts,
        missing=rules.missing(actor.organisation_kind, facts),
        dossier_complete=child.dossier_complete,
        status=child.status,
        entered_on=child.entered_on,
        exit_on=child.exit_on,
        exit_reason=child.exit_reason,
        version=child.version,
        updated_at=child.updated_at,
    )


@Kept
def _child(*, actor: Actor, child_id: UUID) -> Select[Any]:
    return select(*roll.CHILDREN.columns).where(Child.id == child_id, visible_children(actor))


@Kept
def _around(*, child_id: UUID) -> Select[Any]:
    """The child's unit with each of its contacts, or with none."""
    columns = [getattr(ChildContact, name) for name in CONTACT_COLUMNS]
    return (
        select(Unit.name.label("unit_name"), ChildContact.kind, *columns)
        .select_from(Child)
        .outerjoin(Unit, Unit.id == Child.unit_id)
        .outerjoin(ChildContact, ChildContact.child_id == Child.id)
        .where(Child.id == child_id)
    )


def _masked_number(session: Session, child: Any) -> str | None:
    if child.id_no is None:
        return None
    crypto: FieldCrypto = session.info["crypto"]
    return masked_id(crypto.decrypt(child.id_no, place=roll.ID_PLACE, row=child.id))


@Read
def histories(_session: Session, child_id: UUID) -> Steps[tuple[list[Happening], list[Happening]]]:
    """What was done to the file, and who opened it, the latest first; the caller has asked for scope."""
    [rows] = yield [_histories.asked(child_id=child_id)]
    found = [Happening(*row) for row in rows]
    changes, looks = ([one for one in found if one.action in actions] for actions in (CHANGES, LOOKS))
    return changes[:HISTORY], looks[:HISTORY]


@Kept
def _histories(*, child_id: UUID) -> Select[Any]:
    """The latest of each action by itself: a file opened a thousand times costs no more than a new one."""
    actions = func.unnest(array([*CHANGES, *LOOKS])).table_valued("action").render_derived()
    latest = (
        select(AuditEntry)
        .where(AuditEntry.subject_id == child_id, AuditEntry.action == actions.c.action)
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(HISTORY)
        .lateral("latest")
    )
    return (
        select(latest.c.at, Membership.name, latest.c.action, latest.c.detail)
        .select_from(actions.join(latest, true()))
        .outerjoin(Membership, Membership.person_id == latest.c.person_id)
        .order_by(latest.c.at.desc(), latest.c.id.desc())
    )
