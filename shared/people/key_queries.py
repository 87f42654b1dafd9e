"""Reads about the keys of the bound organisation."""

from __future__ import annotations

from sqlalchemy import Select, select

from shared.kernel.models import ApiKey

from .models import Membership


def keys() -> Select[tuple[ApiKey, str]]:
    """(key, name of who issued it or None): those in use first, the latest first."""
    return (
        select(ApiKey, Membership.name)
        .outerjoin(Membership, Membership.person_id == ApiKey.created_by)
        .order_by(ApiKey.ended_at.is_not(None), ApiKey.created_at.desc(), ApiKey.id)
    )
