"""Which children somebody may see (model part 7), and the roll as a list."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, or_, select, true
from sqlalchemy.orm import Session

from shared.kernel.errors import NotFound
from shared.people.kept import Kept
from shared.people.rules import Actor, Right

from .models import Child
from .paired import paired_children


def visible_children(actor: Actor) -> ColumnElement[bool]:
    """The whole organisation, or the actor's units and the children the actor is paired with today."""
    if not actor.may(Right.CHILD_READ):
        return false()
    if actor.sees_all_children:
        return true()
    in_units = Child.unit_id.in_(actor.unit_ids)
    if actor.membership_id is None:
        return in_units
    return or_(in_units, Child.id.in_(paired_children(actor.membership_id)))


def child_in_scope(session: Session, actor: Actor, child_id: UUID, *, lock: bool = False) -> Child:
    """A child the actor may see.  Raises NotFound, for another organisation's child too."""
    wanted, values = _in_scope.of(actor=actor, child_id=child_id)
    if lock:
        wanted = wanted.with_for_update(key_share=True, of=Child).execution_options(populate_existing=True)
    child: Child | None = session.scalars(wanted, values).one_or_none()
    if child is None:
        raise NotFound("child.not_found")
    return child


@Kept
def _in_scope(*, actor: Actor, child_id: UUID) -> Select[tuple[Child]]:
    return select(Child).where(Child.id == child_id, visible_children(actor))
