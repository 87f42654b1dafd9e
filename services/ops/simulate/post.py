"""An organisation at work: who serves in it now, and doing a thing exactly once, whatever breaks meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from shared.bootstrap import House
from shared.kernel.clock import app_now
from shared.organisations.models import Organisation
from shared.people import arrivals
from shared.people.models import Membership
from shared.people.rules import ADMIN_OF_KIND, Actor, Role

from .scale import Chance

MOST_TRIES = 200
AGAIN_SECONDS = 0.1
# As the web does for a request that is sent again: whether the first try was committed, nobody knows but this row.
FIRST_TIME = text(
    """
    INSERT INTO idempotency_key (tenant_id, id, scope, key, body_hash)
    VALUES (:tenant, hehu_uuid7(), 'simulate', :key, '')
    ON CONFLICT (tenant_id, scope, key) DO NOTHING RETURNING id
    """
)


class Post:
    """One organisation; actors are looked up once, and again after people have come or gone (`forget`)."""

    def __init__(self, house: House, row: Organisation, chance: Chance) -> None:
        self.house, self.row, self.chance = house, row, chance
        self.name, self.kind = row.name, row.kind

    def read(self, asked: Callable[[Session, datetime], Any]) -> Any:
        """The answer of a transaction that writes nothing."""
        return self._try(asked, None)

    def once(self, key: str, deed: Callable[[Session, datetime], None]) -> bool:
        """Do it in one transaction; a connection that is cut makes us try again.  False: it had been done before."""
        done: bool = self._try(deed, key)
        return done

    def _try(self, deed: Callable[[Session, datetime], Any], key: str | None) -> Any:
        for _ in range(MOST_TRIES):
            try:
                with self.house.app.transaction(self.row.id) as session:
                    if key and session.execute(FIRST_TIME, {"tenant": self.row.id, "key": key}).first() is None:
                        return False
                    answer = deed(session, app_now(session))
                return True if key else answer
            except DBAPIError as cut:
                if not (cut.connection_invalidated or isinstance(cut, OperationalError)):
                    raise
                kept = cut
                time.sleep(AGAIN_SECONDS)
        raise kept

    @cached_property
    def actors(self) -> dict[UUID, Actor]:
        """Who serves now, by membership."""
        found: dict[UUID, Actor] = self.read(self._actors)
        return found

    def _actors(self, session: Session, _now: datetime) -> dict[UUID, Actor]:
        serving = session.scalars(select(Membership).where(Membership.until_on.is_(None)).order_by(Membership.name))
        people = [(one.id, arrivals.actor_in(session, one.person_id, self.row)) for one in serving.all()]
        return {membership: actor for membership, actor in people if actor}

    def forget(self) -> None:
        """People have come or gone."""
        self.__dict__.pop("actors", None)

    def holding(self, *roles: Role) -> Sequence[Actor]:
        """Who has one of these roles, those of the first role first, then by name."""
        return [actor for role in roles for actor in self.actors.values() if role in actor.roles]

    @property
    def administrator(self) -> Actor:
        """Who may do everything here."""
        return self.holding(ADMIN_OF_KIND[self.kind])[0]

    def acting(self, membership_id: UUID | None) -> Actor:
        """A member as who acts; the administrator for nobody, and for somebody who has left."""
        found = self.actors.get(membership_id) if membership_id else None
        return found or self.administrator
