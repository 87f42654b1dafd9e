"""Keys for scripts: issued with scopes and shown once, listed by their first characters, ended for good."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from shared.kernel.audit import audit
from shared.kernel.database import load
from shared.kernel.errors import N_, Conflict, Invalid
from shared.kernel.models import ApiKey

from .key_rules import KEY_PREFIX, SHOWN, in_order, key_hash, scopes_of
from .rules import Actor, Right, require

RANDOM_BYTES = 32
NOT_OFFERED = N_("本单位的密钥不能有这个范围，请从列表里选择。")
ENDED = N_("这个密钥已经停用。")


def issue(session: Session, *, name: str, scopes: Iterable[str], by: Actor) -> tuple[ApiKey, str]:
    """A new key and its secret, which is kept nowhere.  Raises NotAllowed, Invalid at `scopes`."""
    require(by, Right.API_KEY_WRITE)
    wanted = in_order(scopes)
    if not set(wanted) <= set(scopes_of(by.organisation_kind)):
        raise Invalid("scope.not_offered", errors={"scopes": [NOT_OFFERED]})
    secret = KEY_PREFIX + secrets.token_urlsafe(RANDOM_BYTES)
    key = ApiKey(name=name, prefix=secret[:SHOWN], key_hash=key_hash(secret), scopes=wanted, created_by=by.person_id)
    session.add(key)
    session.flush()
    audit(session, "api_key.issue", by=by.person_id, subject_kind="api_key", subject_id=key.id, scopes=wanted)
    return key, secret


def end(session: Session, key_id: UUID, *, by: Actor, now: datetime) -> ApiKey:
    """End a key at once and for good.  Raises NotAllowed, NotFound, Conflict."""
    require(by, Right.API_KEY_WRITE)
    key = load(session, ApiKey, key_id, lock=True)
    if key.ended_at is not None:
        raise Conflict("api_key.ended", ENDED)
    key.ended_at = now
    audit(session, "api_key.end", by=by.person_id, subject_kind="api_key", subject_id=key.id)
    return key
