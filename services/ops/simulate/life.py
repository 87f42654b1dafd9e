"""Living the days: the clock goes on, what is due happens, and people do their part of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta

from . import days
from .clock import Clock, Reacting
from .hands import Hands, Own
from .mishaps import MOMENTS
from .scale import Scale

Say = Callable[[str], None]
A_MINUTE = timedelta(minutes=1)


def live(scale: Scale, clock: Clock, reacting: Reacting, hands: Hands, mover: Own, say: Say) -> Counter[str]:
    """Every day from the first, until all that follows from the last one has happened; returns what people did.

    `mover` takes children from one organisation to another while nobody else is at work.
    """
    living = _Living(clock, reacting, hands, mover)
    living.go_to(days.moment(days.STARTS - days.DAY, days.IN_FORCE))
    for number in range(scale.days):
        day = days.STARTS + number * days.DAY
        say(f"day {number + 1} of {scale.days}, {day}")
        living.day(day)
    last = days.moment(days.STARTS + scale.days * days.DAY, days.NIGHT)
    living.go_to(last)
    living.go_to(last + A_MINUTE)  # figures look a second time, some seconds after a change
    return hands.counts() if hands is mover else hands.counts() + mover.counts()


class _Living:
    def __init__(self, clock: Clock, reacting: Reacting, hands: Hands, mover: Own) -> None:
        self.clock, self.reacting, self.hands, self.mover = clock, reacting, hands, mover

    def day(self, day: date) -> None:
        """From night to afternoon; whatever somebody does has had its effect before the next goes to work."""
        self.go_to(days.moment(day, days.NIGHT))
        self.go_to(days.moment(day, days.MORNING))
        self._do(self.hands, "read", day)
        self._do(self.hands, "mend", day)
        self.go_to(days.moment(day, days.NOON))
        self._do(self.hands, "change", day)
        self._do(self.hands, "pair", day)
        self._do(self.mover, "move", day)
        self.go_to(days.moment(day, days.KNOWN))
        self._do(self.hands, "report", day)
        if self.clock.duties_open():
            for at in MOMENTS:
                self.go_to(days.moment(day, at))
                self._do(self.hands, "tell", days.moment(day, at))
        self.go_to(days.moment(day, days.AFTERNOON))
        self._do(self.hands, "work", day)

    def go_to(self, moment: datetime) -> None:
        """Set the clock, and let everything happen that is due by then."""
        self.clock.set(moment)
        self.clock.quiet(self.reacting)

    def _do(self, hands: Hands, what: str, when: date | datetime) -> None:
        hands.do(what, when)
        self.clock.quiet(self.reacting)
