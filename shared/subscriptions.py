"""Who reacts to what, on one screen."""

from __future__ import annotations

from shared.care.events import PairingChanged
from shared.care.pairing_reactors import reassign_after_pairing
from shared.kernel.event_types import Event
from shared.kernel.events import CopySent, receive_copy
from shared.kernel.probe import ProbeSent, answer_probe
from shared.kernel.reactions import Reactor
from shared.kernel.timers import TimedTable

COPY = Reactor(name="copy", queue="copy", run=receive_copy)  # done by the bell as hehu_system, never by a worker

SUBSCRIPTIONS: dict[type[Event], tuple[Reactor, ...]] = {
    CopySent: (COPY,),
    PairingChanged: (reassign_after_pairing,),
    ProbeSent: (answer_probe,),
}

TIMED_TABLES: tuple[TimedTable, ...] = ()


def by_event_name() -> dict[str, tuple[Reactor, ...]]:
    """Event name → its reactors, as `record()` wants it."""
    return {event.name: reactors for event, reactors in SUBSCRIPTIONS.items()}


def by_name() -> dict[str, Reactor]:
    """Reactor name → reactor, as the worker wants it."""
    return {reactor.name: reactor for reactors in SUBSCRIPTIONS.values() for reactor in reactors}
