"""Everybody at work in some organisations of the county, in this process or in one of its own."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from multiprocessing.connection import Connection
from traceback import format_exc
from typing import Any, Protocol

from sqlalchemy import func, select

from shared.bootstrap import House, build
from shared.children.models import Child
from shared.kernel.errors import DomainError
from shared.kernel.settings import Settings
from shared.organisations.models import Organisation

from . import days
from .amends import Amends
from .answers import Answers
from .care import Carers, running
from .changes import Changes
from .mishaps import Mishaps
from .offices import CARERS
from .post import Post
from .scale import Chance, Scale

COUNTS = "counts"  # asked of a process: how much was done so far


class Staff:
    """Everybody in one organisation."""

    def __init__(self, post: Post, number: int, size: int, others: Sequence[Post]) -> None:
        self.post = post
        self.cares = post.kind in CARERS
        self.carers, self.amends, self.answers = Carers(post), Amends(post), Answers(post)
        self.changes, self.mishaps = Changes(post, number, size, others), Mishaps(post, size)

    def read(self, day: date) -> None:
        """Inboxes, before anybody writes into them."""
        self.answers.read_inboxes(day)

    def mend(self, day: date) -> None:
        """The slips of the day before."""
        if self.cares and days.works(self.post.kind, day):
            self.amends.mend(day)

    def change(self, day: date) -> None:
        """Comings and goings."""
        if self.cares:
            self.changes.work(day)

    def pair(self, day: date) -> None:
        """Carers for those who have none; what they are promised has been seen to before."""
        if self.cares:
            self.changes.pair(day)

    def move(self, day: date) -> None:
        """A child that goes elsewhere."""
        if self.cares:
            self.changes.move(day)

    def report(self, day: date) -> None:
        """What happened today."""
        if self.mishaps.happens(day):
            self.mishaps.report(day)

    def tell(self, moment: datetime) -> None:
        """Those who must be told of it by now."""
        if self.cares:
            self.mishaps.tell(moment)

    def work(self, day: date) -> None:
        """The afternoon's work."""
        if self.cares and days.works(self.post.kind, day):
            rows = self.amends.decide(self.post.read(running), day)
            self.carers.work(rows, day)
            self.mishaps.close(day)
        self.answers.work(day)

    @property
    def counts(self) -> Counter[str]:
        """What was done so far."""
        parts = (self.carers, self.amends, self.answers, self.changes, self.mishaps)
        return sum((part.counts for part in parts), Counter())


def staff_of(house: House, scale: Scale, *, part: int, parts: int) -> list[Staff]:
    """The staff of every organisation, or of one part of them; the order is that of names."""
    chance = Chance(scale.seed)
    with house.app.transaction(None) as session:
        rows = session.scalars(select(Organisation).order_by(Organisation.kind, Organisation.name)).all()
    posts = [Post(house, row, chance) for row in rows]
    care = [post for post in posts if post.kind in CARERS]
    return [
        Staff(post, number, _left_behind(post), [other for other in care if other is not post])
        for number, post in enumerate(posts)
        if number % parts == part
    ]


def _left_behind(post: Post) -> int:
    counted = select(func.count()).select_from(Child).where(Child.left_behind)
    found: int = post.read(lambda session, _now: session.scalar(counted))
    return found


class Hands(Protocol):
    """Does one thing in all organisations."""

    def do(self, what: str, when: date | datetime) -> None:
        """`what` is the name of a method of Staff."""

    def counts(self) -> Counter[str]:
        """What was done so far."""

    def close(self) -> None:
        """Go home."""


class Own:
    """In this process."""

    def __init__(self, house: House, scale: Scale, *, part: int = 0, parts: int = 1) -> None:
        self.staff = staff_of(house, scale, part=part, parts=parts)

    def do(self, what: str, when: date | datetime) -> None:
        """One organisation after the other."""
        for one in self.staff:
            getattr(one, what)(when)

    def counts(self) -> Counter[str]:
        """What was done so far."""
        return sum((one.counts for one in self.staff), Counter())

    def close(self) -> None:
        """Nothing is ours."""


class Processes:
    """In processes of their own, each with its part of the organisations for good."""

    def __init__(self, settings: Settings, scale: Scale, number: int) -> None:
        spawn = multiprocessing.get_context("spawn")  # a fork would share our connections
        self._pipes: list[Connection] = []
        self._processes = []
        for part in range(number):
            ours, theirs = spawn.Pipe()
            process = spawn.Process(target=serve, args=(theirs, settings, scale, part, number), daemon=True)
            process.start()
            self._pipes.append(ours)
            self._processes.append(process)
        self._answers()

    def do(self, what: str, when: date | datetime) -> None:
        """All of them at once; returns when all have done it."""
        for pipe in self._pipes:
            pipe.send((what, when))
        self._answers()

    def counts(self) -> Counter[str]:
        """What was done so far."""
        for pipe in self._pipes:
            pipe.send((COUNTS, None))
        return sum(self._answers(), Counter())

    def _answers(self) -> list[Any]:
        found = [pipe.recv() for pipe in self._pipes]
        for fine, said in found:
            if not fine:
                raise DomainError("simulate.hands", said.replace("%", "%%"))
        return [said for _, said in found]

    def close(self) -> None:
        """End them."""
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.join()


def serve(pipe: Connection, settings: Settings, scale: Scale, part: int, parts: int) -> None:
    """The life of such a process: do what is asked until nobody asks any more."""
    try:
        own = Own(build(settings), scale, part=part, parts=parts)
        pipe.send((True, None))
        while True:
            what, when = pipe.recv()
            if what != COUNTS:
                own.do(what, when)
            pipe.send((True, own.counts()))
    except EOFError:
        return
    except Exception:  # noqa: BLE001  # whatever it is, the one who asked must hear of it
        pipe.send((False, format_exc()))
