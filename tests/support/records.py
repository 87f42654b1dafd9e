"""Records written, corrected and voided as people do it, at noon of a day."""

from datetime import date, datetime, timedelta

from shared.care import record_usecases as usecases
from shared.care.models import CareRecord
from shared.care.record_usecases import Deed, Subject, Written
from shared.kernel.clock import day_start
from shared.people.rules import Actor
from tests.support.cast import Company
from tests.support.promises import Promise

NOV = date(2026, 11, 1)
CHILD = "王小明"


def noon(day: date) -> datetime:
    return day_start(day) + timedelta(hours=12)


def visit(
    company: Company,
    day: date,
    *,
    by: Actor,
    tapped: Promise | None = None,
    entered: date | None = None,
    kind: str = "home_visit",
    child: str = CHILD,
    **deed: object,
) -> Written:
    """A visit of `day`, entered at noon of `entered` (or of the day itself)."""
    with company.transaction() as session:
        return usecases.write_record(
            session,
            kind=kind,
            deed=Deed(on_day=day, **deed),  # type: ignore[arg-type]  # names of its fields
            subject=None if tapped else Subject(child_id=company.children[child]),
            occurrence_id=tapped.id if tapped else None,
            by=by,
            now=noon(entered or day),
        )


def void(company: Company, record: CareRecord, *, by: Actor, on: date) -> Written:
    with company.transaction() as session:
        return usecases.void_record(session, record.id, reason="误录", by=by, now=noon(on))


def correct(company: Company, record: CareRecord, *, by: Actor, on: date, **changes: object) -> Written:
    with company.transaction() as session:
        return usecases.correct_record(session, record.id, version=record.version, changes=changes, by=by, now=noon(on))
