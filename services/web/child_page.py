"""What a child's page gathers from several rooms."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from services.web import care_words, child_words
from shared.care.pairing_queries import carers_of
from shared.care.record_queries import child_occurrences, timeline
from shared.children import file_queries, usecases
from shared.incidents.models import Incident, IncidentChild
from shared.incidents.queries import visible_incidents
from shared.kernel.clock import app_now
from shared.kernel.together import Read, Steps, together
from shared.people.kept import Kept
from shared.people.rules import Actor, Right

MOST_CARERS = 20
SECTIONS: tuple[tuple[str, ...], ...] = (
    ("sex", "birth_date", "ethnic_group", "student_no", "school_grade", "boarding", "hukou_kind", "entered_on"),
    ("left_behind", "away_reason", "carer_kind", "guardianship_grade", "home_address", "family_phone"),
    ("study_level", "hobbies", "family_situation", "remark"),
)


def gathered(session: Session, actor: Actor, child_id: UUID, *, number: str | None = None) -> dict[str, Any]:
    """Everything `children/show.html` draws; that it was looked at is kept."""
    now = app_now(session)
    _, file, (history, looks), carers, incidents, records, promises = together(
        session,
        usecases.note_view.steps(session, child_id, by=actor),  # no file in sight: the transaction is undone
        file_queries.child_file.steps(session, actor, child_id),
        file_queries.histories.steps(session, child_id),
        carers_of.steps(session, actor, child_id, limit=MOST_CARERS),
        _open_incidents.steps(session, actor, child_id),
        timeline.steps(session, actor, child_id),
        child_occurrences.steps(session, actor, child_id, now=now),
    )
    return {
        "file": file,
        "number": number,
        "sections": SECTIONS,
        "carers": carers,
        "incidents": incidents,
        "history": history,
        "looks": looks,
        "words": child_words,
        "writes": actor.may(Right.CHILD_WRITE),
        "around": care_words.child_timeline(actor, child_id, records=records, promises=promises, now=now),
    }


@Read
def _open_incidents(_session: Session, actor: Actor, child_id: UUID) -> Steps[int]:
    [[(count,)]] = yield [_incidents.asked(actor=actor, child_id=child_id)]
    return int(count)


@Kept
def _incidents(*, actor: Actor, child_id: UUID) -> Select[tuple[int]]:
    """How many open incidents the child stands in, of those the actor may see."""
    about = select(IncidentChild.incident_id).where(IncidentChild.child_id == child_id)
    wanted = visible_incidents(actor, state="open").where(Incident.id.in_(about)).order_by(None)
    return select(func.count()).select_from(wanted.subquery())
