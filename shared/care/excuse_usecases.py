"""Excusing a promise: a second person gives a reason, and may take it back while the promise could still be kept."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.children.models import Child
from shared.kernel.audit import audit
from shared.kernel.errors import N_, Conflict
from shared.kernel.events import record as happened
from shared.people.rules import Actor, Right, require

from . import closing, scope
from . import record_rules as rules
from .events import ExcuseWithdrawn, OccurrenceExcused
from .models import Occurrence

ENDED = {
    "missed": N_("这件事已经记为未做，不能再免除。请在提醒里写明原因和补救办法。"),
    "done": N_("这件事已经完成，不用免除。"),
    "late": N_("这件事已经完成，不用免除。"),
    "excused": N_("这件事已经免除。"),
    "void": N_("这件事已经作废。"),
}


def excuse(session: Session, occurrence_id: UUID, *, reason: str, by: Actor, now: datetime) -> Occurrence:
    """Excuse an open promise.  The second person is the unit head or a keeper, never the doer.

    Raises NotFound, NotAllowed; Conflict `occurrence.<state>` where it is not open: what is missed stays missed.
    """
    row = _to_decide(session, occurrence_id, by=by)
    if row.state != "open":
        raise Conflict(f"occurrence.{row.state}", ENDED[row.state])
    row.state, row.alert_at, row.ended_at = "excused", None, now
    row.excuse, row.excused_by = reason, by.membership_id
    audit(session, "occurrence.excused", by=by.person_id, subject_kind="occurrence", subject_id=row.id)
    happened(session, OccurrenceExcused(at=now, actor_id=by.person_id, occurrence_id=row.id, child_id=row.child_id))
    return row


def withdraw_excuse(session: Session, occurrence_id: UUID, *, by: Actor, now: datetime) -> None:
    """Open it again, until it would have been missed.  Raises NotFound, NotAllowed, Conflict."""
    row = _to_decide(session, occurrence_id, by=by)
    if not closing.reopen_excused(session, row.id, now=now):
        raise Conflict("occurrence.not_excused", N_("已经过了期限，不能撤销。"))
    session.refresh(row)
    audit(session, "occurrence.excuse_withdrawn", by=by.person_id, subject_kind="occurrence", subject_id=row.id)
    happened(session, ExcuseWithdrawn(at=now, actor_id=by.person_id, occurrence_id=row.id, child_id=row.child_id))


def _to_decide(session: Session, occurrence_id: UUID, *, by: Actor) -> Occurrence:
    require(by, Right.EXCUSE)
    row = scope.occurrence_in_scope(session, by, occurrence_id, lock=True)
    unit_id = row.unit_id or session.scalars(select(Child.unit_id).where(Child.id == row.child_id)).first()
    heads = unit_id is not None and unit_id in scope.headed_units(session, by)
    rules.require_second_person(by, row.doer_id, heads_unit=heads)
    return row
