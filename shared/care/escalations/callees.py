"""Whom the levels call in one organisation, asked once for all misses of a batch."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from uuid import UUID

from sqlalchemy.orm import Session

from shared.care.models import Occurrence
from shared.people.holders import leaders

from . import queries, rules
from .rules import Level


class Callees:
    """The people and superior organisations as they are at `now`."""

    def __init__(self, session: Session, *, now: datetime) -> None:
        self.session, self.now = session, now
        self._heads: dict[tuple[UUID | None, UUID | None], list[UUID]] = {}

    def of(self, missed: Occurrence, level: Level) -> list[tuple[UUID | None, UUID | None]]:
        """(member, superior organisation) pairs that a level calls."""
        if level is Level.E3:
            return [(None, superior) for superior in self.superiors]
        if level is Level.E2:
            return [(rules.head(missed.doer_id, self.leading), None)]
        return [(rules.unit_head(missed.doer_id, self._above(missed), self.leading), None)]

    @cached_property
    def leading(self) -> list[UUID]:
        """Head, deputy, administrator."""
        return leaders(self.session, now=self.now)

    @cached_property
    def superiors(self) -> list[UUID]:
        """The organisations E3 goes to."""
        return rules.superiors(*queries.superior_lines(self.session))

    def _above(self, missed: Occurrence) -> list[UUID]:
        about = queries.unit_about(self.session, missed)
        if (missed.doer_id, about) not in self._heads:
            found = queries.heads_over(self.session, missed.doer_id, about, now=self.now)
            self._heads[missed.doer_id, about] = found
        return self._heads[missed.doer_id, about]
