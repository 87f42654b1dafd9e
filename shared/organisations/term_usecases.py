"""Term dates: an organisation's own, or the county's for all that have none."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.kernel.audit import audit
from shared.kernel.database import load, tenant_of
from shared.kernel.errors import Invalid, NotFound

from . import queries, rules
from .clerk import Clerk
from .models import CountyTerm, Organisation, Term
from .rules import Days, Kind


def set_term(
    session: Session, *, name: str, starts_on: date, ends_on: date, by: Clerk, term_id: UUID | None = None
) -> Term | CountyTerm:
    """Add a term, or change the one of `term_id`; days are inclusive.

    The county office sets the county's.  Raises Invalid (order, over 200 days, overlap), NotFound, NotAllowed.
    """
    by.require("term.write")
    days = Days(starts_on, ends_on)
    _lock_calendar(session)
    others = [term for term in queries.own_terms(session) if term.id != term_id]
    if faults := rules.faults_of_term(days, [Days(term.starts_on, term.ends_on) for term in others]):
        raise Invalid("term.days", errors=faults)
    term = _load(session, term_id, by=by) if term_id else _new(session, by=by)
    term.name, term.starts_on, term.ends_on = name, starts_on, ends_on
    session.add(term)
    session.flush()
    audit(session, "term.set", by=by.person_id, subject_kind="term", subject_id=term.id)
    return term


def remove_term(session: Session, term_id: UUID, *, by: Clerk) -> None:
    """Take a term out of the own calendar.  Raises NotFound, NotAllowed."""
    by.require("term.write")
    session.delete(_load(session, term_id, by=by))
    audit(session, "term.remove", by=by.person_id, subject_kind="term", subject_id=term_id)


def _lock_calendar(session: Session) -> None:
    """Two requests at once must not write overlapping terms: the organisation's row is the lock."""
    own = select(Organisation.id).where(Organisation.id == tenant_of(session))
    session.execute(own.with_for_update(key_share=True))


def _new(session: Session, *, by: Clerk) -> Term | CountyTerm:
    return CountyTerm(area_id=_county_area(session)) if by.organisation_kind == Kind.COUNTY else Term()


def _load(session: Session, term_id: UUID, *, by: Clerk) -> Term | CountyTerm:
    if by.organisation_kind != Kind.COUNTY:
        return load(session, Term, term_id, lock=True)
    term = session.get(CountyTerm, term_id)
    if term is None or term.area_id != _county_area(session):
        raise NotFound("term.not_found")
    return term


def _county_area(session: Session) -> UUID:
    return session.scalars(select(Organisation.area_id).where(Organisation.id == tenant_of(session))).one()
