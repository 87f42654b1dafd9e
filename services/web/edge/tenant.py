"""The organisation of the path, and the transaction that is bound to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import current_app, g
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from services.web.db import db
from shared.kernel.database import bind, commit
from shared.organisations.models import Organisation

if TYPE_CHECKING:
    from .idempotency import Guard

INFO = "hehu_info"
SHORT = "hehu_short"
STANDING = "hehu_standing"
OF_THAT_ADDRESS = select(Organisation).where(Organisation.slug == bindparam("slug"), Organisation.status == "active")


@contextmanager
def transaction() -> Iterator[Session]:
    """One transaction bound to the organisation of the path; commits once at the end, rolls back on any error.

    Under `@once` and in POSTs of the API the commit comes after the answer is known, and keeps it.
    """
    if g.get("organisation") is None:
        raise RuntimeError("no organisation in this path; use unbound()")
    with _opened(g.organisation.id) as session:
        yield session


@contextmanager
def unbound() -> Iterator[Session]:
    """One transaction that sees the global tables alone."""
    with _opened(None) as session:
        yield session


@contextmanager
def bound_to(tenant_id: UUID) -> Iterator[Session]:
    """One transaction bound to an organisation that the path does not name (sign-up, a public link)."""
    with _opened(tenant_id) as session:
        yield session


@contextmanager
def _opened(tenant_id: UUID | None) -> Iterator[Session]:
    standing = _standing_for(tenant_id)
    session: Session = standing or db.session()
    session.info.update(current_app.extensions[INFO], **_request_info())
    guard: Guard | None = g.get("once")
    try:
        if standing is None:
            bind(session, tenant_id)
        if guard and tenant_id:
            guard.claim(session)
        yield session
        if guard and guard.claimed:
            session.flush()  # the guard commits it together with the answer
        else:
            commit(session)
    except BaseException:
        session.rollback()
        raise


def _request_info() -> dict[str, Any]:
    actor = g.get("actor")
    return {"request_id": g.get("request_id"), "actor_id": getattr(actor, "person_id", None)}


@contextmanager
def short() -> Iterator[Session]:
    """A transaction of its own, apart from the request's: for finding out who asks and where; within another, that."""
    if SHORT in g:
        yield g.get(SHORT)
        return
    session = Session(db.engine, expire_on_commit=False, info=dict(current_app.extensions[INFO]))
    setattr(g, SHORT, session)
    try:
        bind(session, None)
        yield session
        if g.get(STANDING) is not session:
            session.commit()
    finally:
        g.pop(SHORT)
        if g.get(STANDING) is not session:
            session.close()


def go_on(session: Session) -> None:
    """Let the page read in this short transaction, if it asks for the organisation that it is bound to by now.

    Nothing was written in it so far: a page that does not ask for it leaves nothing to commit.
    """
    setattr(g, STANDING, session)


def _standing_for(tenant_id: UUID | None) -> Session | None:
    standing: Session | None = g.get(STANDING)
    if standing is None or not standing.in_transaction():
        return None
    if tenant_id is not None and standing.info["tenant_id"] == tenant_id:
        return standing
    standing.close()
    return None


def let_go(_failed: BaseException | None) -> None:
    """At the end of a request: what nobody went on with is over."""
    standing: Session | None = g.pop(STANDING, None)
    if standing is not None:
        standing.close()


def organisation_of(session: Session, slug: str) -> Organisation | None:
    """The open organisation with that address."""
    return session.scalars(OF_THAT_ADDRESS, {"slug": slug}).one_or_none()
