"""The calendar an organisation lives by: its own terms, or those of its county."""

from __future__ import annotations

from sqlalchemy.orm import Session

from shared.organisations import queries

from .calendar import Calendar, Window


def calendar_of(session: Session) -> Calendar:
    """Terms in order.  One that begins before the last one has ended is left out."""
    terms: list[Window] = []
    for term in queries.terms(session):
        if not terms or term.starts_on > terms[-1].end:
            terms.append(Window(term.starts_on, term.ends_on))
    return Calendar(tuple(terms))
