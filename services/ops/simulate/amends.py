"""What is thought better of: records declared void or corrected the day after, promises excused, excuses taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from shared.care import excuse_usecases, record_usecases
from shared.people.rules import Actor

from . import days
from .care import Running
from .post import Post

VOIDED, CORRECTED = 0.01, 0.01
EXCUSED, WITHDRAWN = 0.015, 0.3
SLIP, EXCUSE = "误录", "孩子随父母到外地，这一段不在家。"

FRESH = text(
    """
    SELECT r.id, r.kind, r.doer_id, r.version, r.on_day, coalesce(c.name || coalesce(c.id_no_tail, ''), '') AS whom
      FROM care_record r
      LEFT JOIN child c ON c.tenant_id = r.tenant_id AND c.id = r.child_id
     WHERE r.state = 'valid' AND r.on_day = :day ORDER BY r.kind, whom, r.id
    """
)


class Amends:
    """The second thoughts of one organisation; `counts` says how many there were."""

    def __init__(self, post: Post) -> None:
        self.post, self.chance = post, post.chance
        self.counts: Counter[str] = Counter()

    def mend(self, day: date) -> None:
        """The slips of the last working day."""
        before = days.workday_before(self.post.kind, day)
        for row in self.post.read(lambda session, _now: session.execute(FRESH, {"day": before}).all()):
            about = (self.post.name, row.kind, row.whom, row.on_day)
            if self.chance.happens(VOIDED, "void", *about):
                self._void(row, day)
            elif self.chance.happens(CORRECTED, "correct", *about):
                self._correct(row, day)

    def _void(self, row: Row[tuple[object, ...]], day: date) -> None:
        by = self.post.acting(row.doer_id)

        def void(session: Session, now: datetime) -> None:
            record_usecases.void_record(session, row.id, reason=SLIP, by=by, now=now)

        self.post.once(f"{day} void {row.id}", void)
        self.counts["voided"] += 1

    def _correct(self, row: Row[tuple[object, ...]], day: date) -> None:
        """It was a day earlier."""
        by, changes = self.post.acting(row.doer_id), {"on_day": row.on_day - days.DAY}

        def correct(session: Session, now: datetime) -> None:
            record_usecases.correct_record(session, row.id, version=row.version, changes=changes, by=by, now=now)

        self.post.once(f"{day} correct {row.id}", correct)
        self.counts["corrected"] += 1

    def decide(self, rows: Sequence[Running], day: date) -> list[Running]:
        """Excuses by the administrator, for what is somebody else's to do; some are taken back the next day.

        Returns what is left to do.
        """
        by, excused = self.post.administrator, set()
        for row in self._to_excuse(rows, by):
            on = self._excuse_day(row)
            if row.state == "open" and on == day:
                self._excuse(row.id, by, day)
                excused.add(row.id)
            elif row.state == "excused" and self._takes_back(row, day):
                self._withdraw(row.id, by, day)
        return [row for row in rows if row.id not in excused]

    def _to_excuse(self, rows: Sequence[Running], by: Actor) -> Iterator[Running]:
        for row in rows:
            own = row.doer_id == by.membership_id or row.subject_kind != "child"
            if not own and self.chance.happens(EXCUSED, "excuse", self.post.name, *row.about):
                yield row

    def _takes_back(self, row: Running, day: date) -> bool:
        yesterday = self._excuse_day(row) == days.workday_before(self.post.kind, day)
        return yesterday and self.chance.happens(WITHDRAWN, "withdraw", self.post.name, *row.about)

    def _excuse_day(self, row: Running) -> date:
        length = (row.window_end - row.window_start).days + 1
        after = self.chance.below(length, "excuse day", self.post.name, *row.about)
        return days.workday_from(self.post.kind, row.window_start + timedelta(days=after))

    def _excuse(self, occurrence_id: UUID, by: Actor, day: date) -> None:
        def excuse(session: Session, now: datetime) -> None:
            excuse_usecases.excuse(session, occurrence_id, reason=EXCUSE, by=by, now=now)

        self.post.once(f"{day} excuse {occurrence_id}", excuse)
        self.counts["excused"] += 1

    def _withdraw(self, occurrence_id: UUID, by: Actor, day: date) -> None:
        def withdraw(session: Session, now: datetime) -> None:
            excuse_usecases.withdraw_excuse(session, occurrence_id, by=by, now=now)

        self.post.once(f"{day} withdraw {occurrence_id}", withdraw)
        self.counts["withdrawn"] += 1
