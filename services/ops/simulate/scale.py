"""How large a county is lived through, for how long, and with whose dice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeVar

One = TypeVar("One")


@dataclass(frozen=True)
class Scale:
    """`organisations` promise care, offices above them come on top; `children` are the left-behind ones on rolls."""

    organisations: int = 40
    children: int = 4000
    days: int = 120
    seed: int = 1
    faults: bool = False


@dataclass(frozen=True)
class Chance:
    """Chance by what it is about, not by when it is asked.

    The same seed decides the same about the same thing, whichever process asks first and however often.
    """

    seed: int

    def of(self, *about: object) -> float:
        """From 0 to below 1."""
        said = "\x1f".join(str(one) for one in (self.seed, *about))
        return int.from_bytes(blake2b(said.encode(), digest_size=6).digest()) / 2**48

    def happens(self, share: float, *about: object) -> bool:
        """True in `share` (0 to 1) of all cases."""
        return self.of(*about) < share

    def below(self, top: int, *about: object) -> int:
        """A whole number from 0 to below `top`."""
        return int(self.of(*about) * top)

    def pick(self, among: Sequence[One], *about: object) -> One:
        """One of them; `among` comes in an order that is no accident."""
        return among[self.below(len(among), *about)]
