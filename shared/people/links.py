"""One-time doors: the token of an invitation or a reset comes from its id and our keys, so it can be shown again.

A copy of the database alone opens nothing: it holds ids and hashes, not the keys.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from shared.kernel.crypto import FieldCrypto
from shared.organisations.usecases import token_hash

INVITATION, RESET = "invitation", "password_reset"
_PLACES = {INVITATION: "join", RESET: "reset"}


def token_of(session: Session, purpose: str, row_id: UUID) -> str:
    """The token (64 hexadecimal digits) of an invitation or a reset."""
    crypto: FieldCrypto = session.info["crypto"]
    return crypto.keyed_hash(str(row_id), purpose=purpose)


def hash_of(session: Session, purpose: str, row_id: UUID) -> str:
    """What is kept of that token."""
    return token_hash(token_of(session, purpose, row_id))


def address_of(session: Session, purpose: str, row_id: UUID, *, slug: str) -> str:
    """The address to hand over: `https://…/o/<slug>/join/<token>`."""
    public: str = session.info["settings"].public_url
    return f"{public}/o/{slug}/{_PLACES[purpose]}/{token_of(session, purpose, row_id)}"
