"""Every event has exactly the reactions that the subscriptions give it, all done; nothing is parked, open or due."""

from __future__ import annotations

import json

from services.ops.simulate.clock import WAITING
from shared import subscriptions
from shared.kernel.reactions import HEARS

from .books import Books, Finding, differences

STATES = """
    SELECT count(*) AS reactions, count(*) FILTER (WHERE state = 'open') AS open,
           count(*) FILTER (WHERE state = 'parked') AS parked, max(attempts) AS attempts FROM reaction
"""


def check(books: Books) -> Finding:
    """Reactions by event against the subscriptions."""
    duties = ", ".join(
        f"('{event}', '{reactor.name}', '{json.dumps(reactor.only)}')"
        for event, reactors in subscriptions.by_event_name().items()
        for reactor in reactors
    )
    wanted = f"""
        SELECT e.tenant_id, e.id, duty.reactor FROM event e
          JOIN (VALUES {duties}) AS duty (name, reactor, wanted) ON duty.name = e.name AND e.{HEARS}
    """
    _, wrong = differences(books, "reactions", wanted, "SELECT tenant_id, event_id, reactor FROM reaction")
    found, waiting = books.one(STATES), books.one(f"SELECT * FROM ({WAITING}) AS waiting (open, due)")
    left = {"open": found["open"], "parked": found["parked"], "due and not swept": waiting["due"]}
    not_done = tuple(f"{count} {state}" for state, count in left.items() if count)
    said = f"{found['reactions']:,} reactions done, none parked"
    return Finding(said, {"reactions": found["reactions"], "parked": found["parked"]}, (*wrong, *not_done))
