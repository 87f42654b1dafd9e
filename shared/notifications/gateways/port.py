"""What a gateway is: it takes a message with a stable id and says what it calls it, or why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True)
class Message:
    """`id` stays the same however often it is handed over; `to` is a mobile number."""

    id: UUID
    to: str
    text: str


class DeliveryFailed(Exception):
    """The gateway did not take the message; `permanent`: it never will."""

    def __init__(self, reason: str, *, permanent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent


class Gateway(Protocol):
    """One way out."""

    def send(self, message: Message) -> str:
        """Hand over; returns the gateway's own id.  Raises DeliveryFailed; anything else means: nobody knows."""
        ...
