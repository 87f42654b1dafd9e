"""What those who are called about a miss answer, in time, late or never; letters from below; and inboxes read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.care.escalations import usecases as escalations
from shared.kernel.clock import local_day
from shared.notifications import usecases as notifications
from shared.people.rules import Right, Role

from .post import Post

Shares = tuple[tuple[int, float], ...]
# Days until somebody answers, with the share of those who have answered by then; the others never do.
OWN_ANSWERS: Shares = ((0, 0.35), (1, 0.70), (3, 0.80), (6, 0.88))
LETTER_ANSWERS: Shares = ((0, 0.30), (1, 0.60), (3, 0.75), (9, 0.85))
ACTED = 0.5
NOTE = "已和当事人谈过，安排了补做的日子。"
MONDAY = 0

CALLS = text(
    """
    SELECT e.id, e.level, e.recipient_id, e.send_at, i.title, o.window_start, o.id AS occurrence_id,
           coalesce(c.name || coalesce(c.id_no_tail, ''), u.name, '') AS whom
      FROM escalation e
      JOIN occurrence o ON o.tenant_id = e.tenant_id AND o.id = e.occurrence_id
      JOIN plan_item i ON i.tenant_id = o.tenant_id AND i.id = o.item_id
      LEFT JOIN child c ON c.tenant_id = o.tenant_id AND c.id = o.child_id
      LEFT JOIN unit u ON u.tenant_id = o.tenant_id AND u.id = o.unit_id
     WHERE e.state IN ('open', 'lapsed') AND e.recipient_id IS NOT NULL
     ORDER BY e.level DESC, i.title, o.window_start, whom
    """
)
LETTERS = text(
    """
    SELECT m.id, m.kind, m.sent_at, m.params, o.name AS sender
      FROM copied_message m JOIN organisation o ON o.id = m.from_tenant WHERE m.state = 'open'
    """
)


class Answers:
    """Those who answer in one organisation; `counts` says how often."""

    def __init__(self, post: Post) -> None:
        self.post, self.chance = post, post.chance
        self.counts: Counter[str] = Counter()

    def work(self, day: date) -> None:
        """The day's answers."""
        calls = self.post.read(lambda session, _now: session.execute(CALLS).all())
        wanted = [call for call in calls if self._is_day(day, call.send_at, OWN_ANSWERS, *_about(call))]
        by_person = sorted(wanted, key=lambda call: str(call.recipient_id))
        for recipient, own in groupby(by_person, key=lambda call: call.recipient_id):
            # One answer serves all calls to the same person about the same miss.
            self._answer(recipient, list({call.occurrence_id: call for call in own}.values()), day)
        for letter in self.post.read(lambda session, _now: session.execute(LETTERS).all()):
            about = (letter.kind, letter.sender, json.dumps(letter.params, sort_keys=True))
            if self._is_day(day, letter.sent_at, LETTER_ANSWERS, *about):
                self._answer_letter(letter.id, about, day)

    def _is_day(self, day: date, since: datetime, shares: Shares, *about: object) -> bool:
        """Whether this is the day on which it is answered."""
        patience = self.chance.of("answers", self.post.name, *about)
        waits = next((after for after, share in shares if patience < share), None)
        return waits is not None and (day - local_day(since)).days == waits

    def _said(self, *about: object) -> tuple[str, str | None]:
        acted = self.chance.happens(ACTED, "acted", self.post.name, *about)
        return ("acted", NOTE) if acted else ("seen", None)

    def _answer(self, recipient: UUID, calls: Sequence[Any], day: date) -> None:
        by = self.post.actors.get(recipient) or self.post.holding(Role.HEAD, Role.DEPUTY)[0]

        def answer(session: Session, now: datetime) -> None:
            for call in calls:
                said, note = self._said(*_about(call))
                escalations.answer(session, call.id, answer=said, note=note, by=by, now=now)

        self.post.once(f"{day} answers {recipient}", answer)
        self.counts["answers"] += len(calls)

    def _answer_letter(self, letter_id: UUID, about: Sequence[object], day: date) -> None:
        by = next(actor for actor in self.post.actors.values() if actor.may(Right.COPY_ANSWER))
        said, note = self._said(*about)

        def answer(session: Session, now: datetime) -> None:
            notifications.answer_message(session, letter_id, answer=said, note=note, by=by, now=now)

        self.post.once(f"{day} letter {letter_id}", answer)
        self.counts["letters answered"] += 1

    def read_inboxes(self, day: date) -> None:
        """Those who lead read all of theirs once a week."""
        if day.weekday() != MONDAY:
            return
        leading = self.post.holding(Role.HEAD, Role.COUNTY_OFFICER)

        def read(session: Session, now: datetime) -> None:
            for actor in leading:
                notifications.read_all(session, by=actor, now=now)

        self.post.once(f"{day} inboxes", read)


def _about(call: Any) -> tuple[object, ...]:
    return (call.level, call.title, call.window_start, call.whom)
