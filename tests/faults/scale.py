"""How much of the numbers of R1–R48: all of them under `make faults`, a tenth on every change."""

import os

FULL = os.environ.get("HEHU_FAULTS") == "full"
SHARE = 10


def times(number: int, share: int = SHARE) -> int:
    """`number` in the full set, a tenth or another share (at least one) in the short one."""
    return number if FULL else max(1, number // share)
