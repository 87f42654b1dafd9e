"""Reads: the inbox with its names filled in, deliveries, letters from below, and who has read what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from shared.care.escalations.queries import member_names, organisation_names
from shared.children.models import Child
from shared.incidents.rules import sees_protective
from shared.kernel.database import load
from shared.kernel.errors import N_
from shared.kernel.together import Read, Steps
from shared.organisations.models import Unit
from shared.people.kept import Kept
from shared.people.models import Membership
from shared.people.rules import Actor

from .kinds import GROUPS, KINDS, TITLES, Word
from .models import CopiedMessage, Delivery, Notice

Place = str | int | date | datetime | Word
PROTECTIVE_KINDS = [kind for kind, about in KINDS.items() if about.protective]
FALLBACKS = {"subject": Word(N_("本单位")), "doer": Word(N_("没有安排")), "organisation": Word(N_("没有安排"))}


@dataclass(frozen=True)
class NoticeView:
    """A notice as it is shown: `sentence` has the places of `places`; Words among them are to be translated."""

    id: UUID
    kind: str
    group: str
    sentence: str
    places: dict[str, Place]
    link: str | None
    urgent: bool
    recipient_id: UUID
    created_at: datetime
    read_at: datetime | None


def inbox(actor: Actor, *, group: str | None = None, unread: bool = False) -> Select[tuple[Notice]]:
    """The actor's notices, unread ones first, then the newest; an API key sees the organisation's."""
    wanted = select(Notice).where(_own(actor))
    if group in GROUPS:
        wanted = wanted.where(Notice.kind.in_([kind for kind, about in KINDS.items() if about.group == group]))
    if unread:
        wanted = wanted.where(Notice.read_at.is_(None))
    return wanted.order_by(Notice.read_at.is_not(None), Notice.created_at.desc(), Notice.id.desc())


def _own(actor: Actor) -> ColumnElement[bool]:
    if actor.membership_id is None:
        return Notice.kind.not_in(PROTECTIVE_KINDS)
    return Notice.recipient_id == actor.membership_id


@Read
def unread_count(_session: Session, actor: Actor) -> Steps[int]:
    """How many of the actor's notices are unread."""
    [[(count,)]] = yield [_unread.asked(actor=actor)]
    return int(count)


@Kept
def _unread(*, actor: Actor) -> Select[tuple[int]]:
    wanted = select(func.count()).select_from(Notice)
    return wanted.where(Notice.recipient_id == actor.membership_id, Notice.read_at.is_(None))


def views(session: Session, notices: Sequence[Notice]) -> list[NoticeView]:
    """The notices with their places filled, in four reads however many there are."""
    names = _names(session, [notice.params for notice in notices])
    return [_view(notice, names) for notice in notices]


def _names(session: Session, params: Sequence[dict[str, Any]]) -> dict[str, str]:
    def ids(key: str) -> list[UUID]:
        return [UUID(one[key]) for one in params if one.get(key)]

    found: dict[UUID, str] = {}
    for model, key in ((Child, "child_id"), (Unit, "unit_id")):
        if wanted := ids(key):
            found |= dict(session.execute(select(model.id, model.name).where(model.id.in_(wanted))).tuples().all())
    if wanted := ids("doer_id"):
        found |= member_names(session, wanted)
    if wanted := ids("from_tenant"):
        found |= organisation_names(session, wanted)
    return {str(id): name for id, name in found.items()}


def _view(notice: Notice, names: dict[str, str]) -> NoticeView:
    about = KINDS[notice.kind]
    return NoticeView(
        id=notice.id,
        kind=notice.kind,
        group=about.group,
        sentence=about.sentence,
        places=places(notice.params, names),
        link=notice.link,
        urgent=notice.urgent,
        recipient_id=notice.recipient_id,
        created_at=notice.created_at,
        read_at=notice.read_at,
    )


def places(params: dict[str, Any], names: dict[str, str]) -> dict[str, Place]:
    """Ids become names, codes become Words, times become times."""
    found: dict[str, Place] = dict(FALLBACKS)
    for key, value in params.items():
        if key in TITLES and value in TITLES[key]:
            found[key] = Word(TITLES[key][value])
        elif key in ("known_at", "due_at"):
            found[key] = datetime.fromisoformat(value)
        elif key in ("from", "until"):
            found[key] = date.fromisoformat(value)
        elif key in PLACE_OF and value in names:
            found[PLACE_OF[key]] = names[value]
        elif isinstance(value, (str, int)):
            found.setdefault(key, value)
    return found


PLACE_OF = {"child_id": "subject", "unit_id": "subject", "doer_id": "doer", "from_tenant": "organisation"}


@dataclass(frozen=True)
class Reader:
    """Who was told of a case, and whether they have read it."""

    name: str
    kind: str
    told_at: datetime
    read_at: datetime | None


def readers(session: Session, link: str) -> list[Reader]:
    """Everybody who got a notice that leads to `link` (已读/未读), the earliest first."""
    rows = session.execute(
        select(Membership.name, Notice.kind, Notice.created_at, Notice.read_at)
        .join(Membership, Membership.id == Notice.recipient_id)
        .where(Notice.link == link)
        .order_by(Notice.created_at, Membership.name)
    )
    return [Reader(*row) for row in rows.tuples()]


@dataclass(frozen=True)
class DeliveryView:
    """A message on its way; `kind` says of what, never about whom."""

    id: UUID
    kind: str
    title: str
    channel: str
    recipient: str
    state: str
    error: str | None
    attempts: int
    alarm: bool
    created_at: datetime
    state_at: datetime
    may_resend: bool


DELIVERY_STATES = ("queued", "sending", "sent", "delivered", "read", "failed", "unknown")


def visible_deliveries(actor: Actor) -> ColumnElement[bool]:
    """Messages to people, and not those to other systems.  That there is a protective matter is itself protected."""
    to_people = Delivery.recipient_id.is_not(None)
    return to_people if sees_protective(actor) else to_people & Delivery.kind.not_in(PROTECTIVE_KINDS)


def deliveries(actor: Actor, *, state: str | None = None) -> Select[tuple[Delivery]]:
    """Messages of the organisation, the newest first."""
    wanted = select(Delivery).where(visible_deliveries(actor))
    if state in DELIVERY_STATES:
        wanted = wanted.where(Delivery.state == state)
    return wanted.order_by(Delivery.created_at.desc(), Delivery.id.desc())


def delivery_views(session: Session, rows: Sequence[Delivery]) -> list[DeliveryView]:
    """The messages with their recipients' names."""
    names = member_names(session, [row.recipient_id for row in rows])
    return [
        DeliveryView(
            id=row.id,
            kind=row.kind,
            title=GROUPS[KINDS[row.kind].group],
            channel=row.channel,
            recipient=names[row.recipient_id] if row.recipient_id else "",
            state=row.state,
            error=row.error,
            attempts=row.attempts,
            alarm=row.urgent,
            created_at=row.created_at,
            state_at=row.state_at,
            may_resend=row.state in ("failed", "unknown"),
        )
        for row in rows
    ]


@dataclass(frozen=True)
class LetterView:
    """What a supervised organisation sent up: codes and counts."""

    id: UUID
    kind: str
    organisation: str
    params: dict[str, Any]
    places: dict[str, Place]
    sent_at: datetime
    state: str
    answer: str | None
    note: str | None
    answered_by: str | None
    answered_at: datetime | None


def letters(*, state: str | None = "open") -> Select[tuple[CopiedMessage]]:
    """Letters from below, the oldest open one first."""
    wanted = select(CopiedMessage)
    if state:
        wanted = wanted.where(CopiedMessage.state == state)
    return wanted.order_by(CopiedMessage.state.desc(), CopiedMessage.sent_at, CopiedMessage.id)


def letter_views(session: Session, rows: Iterable[CopiedMessage]) -> list[LetterView]:
    """The letters with the names of organisations and of those who answered."""
    rows = list(rows)
    names = organisation_names(session, [row.from_tenant for row in rows])
    people = member_names(session, [row.answered_by for row in rows])
    return [
        LetterView(
            id=row.id,
            kind=row.kind,
            organisation=names.get(row.from_tenant, ""),
            params=row.params,
            places=places(_times_named(row.params), {}),
            sent_at=row.sent_at,
            state=row.state,
            answer=row.answer,
            note=row.note,
            answered_by=people.get(row.answered_by) if row.answered_by else None,
            answered_at=row.answered_at,
        )
        for row in rows
    ]


def letter(session: Session, letter_id: UUID) -> LetterView:
    """One letter.  Raises NotFound."""
    (found,) = letter_views(session, [load(session, CopiedMessage, letter_id)])
    return found


def _times_named(params: dict[str, Any]) -> dict[str, Any]:
    """A letter calls its window as the event does."""
    named = {"window_start": "from", "window_end": "until"}
    return {named.get(key, key): value for key, value in params.items() if value is not None}
