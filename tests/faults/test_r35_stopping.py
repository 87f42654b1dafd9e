"""A process that is asked to stop finishes what it has in hand, and goes (R35)."""

import signal

from tests.faults.scale import FULL
from tests.faults.site import Site

GRACE_SECONDS = 30
ROUNDS = 10 if FULL else 1
IN_HAND = 100


def test_r35_a_graceful_stop_finishes_what_it_has_in_hand(site: Site) -> None:
    for _ in range(ROUNDS):
        site.fleet.send(IN_HAND)
        for name in ("worker", "worker2", "clock", "clock2"):
            site.fleet.kill(name, signal.SIGTERM, within=GRACE_SECONDS)
            site.fleet.start(name)

    site.settle()
