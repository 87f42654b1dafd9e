"""Which children, classes, promises and records somebody may see and write (part 7 of the model)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, exists, false, or_, select, true
from sqlalchemy.orm import Session, aliased

from shared.children.models import Child
from shared.children.queries import visible_children
from shared.kernel.errors import NotFound
from shared.organisations.models import Unit
from shared.people.kept import Kept
from shared.people.models import MemberRole
from shared.people.rules import Actor, Right, Role

from .kinds import NO_TEXT_KINDS
from .models import CareRecord, Occurrence

HEADING_ROLES = (Role.CLASS_TEACHER, Role.GROUP_LEAD)


def headed_units(session: Session, actor: Actor) -> frozenset[UUID]:
    """The units the actor is head, class teacher or group lead of; a carer's unit is not among them."""
    return frozenset(_headed(session, actor=actor).scalars())


def heading(actor: Actor) -> Select[tuple[UUID]]:
    """The same units, to be asked for within another statement."""
    if actor.membership_id is None:
        return select(Unit.id).where(false()).correlate(None)
    led = select(MemberRole.unit_id).where(
        MemberRole.membership_id == actor.membership_id,
        MemberRole.role.in_(HEADING_ROLES),
        MemberRole.unit_id.is_not(None),
    )
    own = or_(Unit.head_id == actor.membership_id, Unit.id.in_(led.correlate(None)))
    return select(Unit.id).where(own).correlate(None)


@Kept
def _headed(*, actor: Actor) -> Select[Any]:
    return heading(actor)


def visible_occurrences(actor: Actor) -> ColumnElement[bool]:
    """Own promises, those to visible children and to own classes; all of them for keepers."""
    if actor.may(Right.RECORD_KEEP):
        return true()
    return or_(
        Occurrence.doer_id == actor.membership_id,
        and_(Occurrence.child_id.is_not(None), _child_is_visible(actor, Occurrence.child_id)),
        Occurrence.unit_id.in_(actor.unit_ids),
    )


def occurrence_in_scope(session: Session, actor: Actor, occurrence_id: UUID, *, lock: bool = False) -> Occurrence:
    """A promise the actor may see.  Raises NotFound, for another organisation's too."""
    wanted = select(Occurrence).where(Occurrence.id == occurrence_id, visible_occurrences(actor))
    if lock:
        wanted = wanted.with_for_update(key_share=True).execution_options(populate_existing=True)
    found = session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound("occurrence.not_found")
    return found


def visible_records(actor: Actor) -> ColumnElement[bool]:
    """What was said to a child: the doer, the unit head and the keepers.  That a call took place: every carer.

    Records of the whole organisation hold nothing of a child and are open to its staff.
    """
    if actor.sees_all_children:
        return true()
    child = aliased(Child)
    in_own_unit = exists().where(child.id == CareRecord.child_id, child.unit_id.in_(heading(actor)))
    return or_(
        CareRecord.doer_id == actor.membership_id,
        CareRecord.subject_kind == "tenant",
        CareRecord.unit_id.in_(actor.unit_ids),
        in_own_unit,
        and_(CareRecord.kind.in_(NO_TEXT_KINDS), _child_is_visible(actor, CareRecord.child_id)),
    )


def record_in_scope(session: Session, actor: Actor, record_id: UUID, *, lock: bool = False) -> CareRecord:
    """A record the actor may read.  Raises NotFound, for another organisation's too."""
    wanted = select(CareRecord).where(CareRecord.id == record_id, visible_records(actor))
    if lock:
        wanted = wanted.with_for_update(key_share=True).execution_options(populate_existing=True)
    found = session.scalars(wanted).one_or_none()
    if found is None:
        raise NotFound("care_record.not_found")
    return found


def _child_is_visible(actor: Actor, child_id: SQLColumnExpression[UUID | None]) -> ColumnElement[bool]:
    return child_id.in_(select(Child.id).where(visible_children(actor)).correlate(None))
