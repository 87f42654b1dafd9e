"""Who acts, as far as this room needs to know: the Actor of the people's room, which stands above this one."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID


class Clerk(Protocol):
    """Somebody in the bound organisation; rights are asked for by their names (`Right` in shared/people/rules.py)."""

    @property
    def person_id(self) -> UUID:
        """The person behind it."""

    @property
    def tenant_id(self) -> UUID:
        """The organisation they act in."""

    @property
    def organisation_kind(self) -> str:
        """Its kind."""

    def require(self, right: str) -> None:
        """Raises NotAllowed."""
