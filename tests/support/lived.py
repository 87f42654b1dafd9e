"""Ten weeks lived through by the cast: promises kept, missed and excused, calls answered, an incident, a roster."""

from uuid import UUID

import psycopg
from sqlalchemy import select

from shared.care import excuse_usecases
from shared.care.escalations import usecases as escalations
from shared.care.models import Escalation, Occurrence
from shared.care.record_usecases import Deed, Subject, correct_record, void_record, write_record
from shared.incidents import usecases as incidents
from shared.incidents.models import Incident
from shared.incidents.rules import Report
from shared.kernel.clock import app_now, local_day
from shared.kernel.pulse import PARTS
from shared.notifications import usecases as letters
from shared.notifications.models import CopiedMessage
from tests.support import imports, rosters
from tests.support.cast import Cast, Company
from tests.support.cluster import dsn
from tests.support.incidents import steps, told
from tests.support.plans import FIRST_OF_TERM, MEETING, put_in_force

WEEKLY_VISIT = {"title": "每周走访", "subject": "child", "kind": "home_visit", "period": "weekly"}
WEEKS = 9
INCIDENT_WEEK, ANSWER_WEEK = 7, 5  # by then a third miss has gone up


def live(cast: Cast) -> None:
    """Ten weeks from the first of term; afterwards nothing is open, due or unsaid, and all parts beat."""
    school = cast.school
    cast.clock(FIRST_OF_TERM)
    imports.taken_in(cast, cast.village, cast.village.child_director, imports.roster(rosters.child()))
    imports.staged(cast, cast.village, cast.village.child_director, imports.roster(rosters.child("江小舟")))
    put_in_force(cast, school, WEEKLY_VISIT, MEETING)
    quiet(cast)
    for week in range(WEEKS):
        _visit(school, week)
        cast.advance(days=3)
        quiet(cast)
        if week == ANSWER_WEEK:
            _answer(cast)
        if week == INCIDENT_WEEK:
            _incident(cast)
        cast.advance(days=4, hours=1)
        quiet(cast)
    beat(cast)


def quiet(cast: Cast) -> None:
    """Until nothing is due and nothing open."""
    while cast.sweep() + cast.run_reactions():
        pass


def beat(cast: Cast) -> None:
    """Every part of the machinery shows itself."""
    with psycopg.connect(dsn(cast.urls.superuser)) as connection:
        connection.execute("DELETE FROM beat")
        connection.execute("INSERT INTO beat (part) SELECT unnest(%s::text[])", [list(PARTS)])


def _visit(school: Company, week: int) -> None:
    """One child is seen each week, in time or late; one record is corrected, one void, one promise excused."""
    with school.transaction() as session:
        now = app_now(session)
        deed = Deed(on_day=local_day(now), method="in_person", reached=True)
        child = school.children["陈晓芳"]
        written = write_record(
            session, kind="home_visit", deed=deed, subject=Subject(child_id=child), by=school.teacher, now=now
        ).record
        if week == 1:
            changes = {"note": "在家，一切都好。"}
            correct_record(session, written.id, version=written.version, changes=changes, by=school.teacher, now=now)
        if week == 2:
            void_record(session, written.id, reason="误录", by=school.head, now=now)
        if week == 3:
            open_ones = select(Occurrence).where(
                Occurrence.child_id == school.children["周静怡"],
                Occurrence.state == "open",
                Occurrence.window_start <= local_day(now),
            )
            for row in session.scalars(open_ones.order_by(Occurrence.window_start)).all():
                excuse_usecases.excuse(session, row.id, reason="随父母回家", by=school.head, now=now)


def _answer(cast: Cast) -> None:
    """The head answers a call; the superior organisations answer what came up."""
    school = cast.school
    with school.transaction() as session:
        calls = select(Escalation.id).where(
            Escalation.recipient_id == school.head.membership_id, Escalation.state.in_(("open", "lapsed"))
        )
        found = session.scalars(calls.order_by(Escalation.id).limit(2)).all()
    for call in found:
        with school.transaction() as session:
            escalations.answer(session, call, answer="acted", note="已安排补访。", by=school.head, now=app_now(session))
    for company, by in ((cast.education, "recipient"), (cast.township, "supervisor")):
        with company.transaction() as session:
            for letter in session.scalars(select(CopiedMessage.id).order_by(CopiedMessage.id).limit(1)).all():
                letters.answer_message(
                    session, letter, answer="seen", note=None, by=company.members[by], now=app_now(session)
                )
    quiet(cast)


def _incident(cast: Cast) -> None:
    """One duty in time, one late and breached, the authorities by their own receipt; another matter stays open."""
    school = cast.school
    first = _opened(cast)
    told(cast, school, first, "entrusted_guardian")
    cast.advance(minutes=61)
    quiet(cast)
    told(cast, school, first, "father_or_mother", late_reason="电话一直打不通")
    for company, by in ((cast.education, "recipient"), (cast.township, "supervisor")):
        _receipt(cast, company, by)
    quiet(cast)
    with school.transaction() as session:
        if all(step.state != "open" for step in steps(school, first).values()):
            incidents.close(session, first, closing_note="已妥善处理", by=school.head, now=app_now(session))
    quiet(cast)
    _opened(cast)
    cast.advance(minutes=31)
    quiet(cast)


def _opened(cast: Cast) -> UUID:
    with cast.school.transaction() as session:
        report = Report(category="accident", names="王小明", account="从单杠上摔下来。")
        row: Incident = incidents.open_incident(session, report, by=cast.school.teacher, now=app_now(session))
    quiet(cast)
    return row.id


def _receipt(cast: Cast, company: Company, by: str) -> None:
    with company.transaction() as session:
        wanted = select(CopiedMessage.id).where(CopiedMessage.kind == "incident", CopiedMessage.state == "open")
        for letter in session.scalars(wanted).all():
            letters.answer_message(
                session, letter, answer="seen", note=None, by=company.members[by], now=app_now(session)
            )
