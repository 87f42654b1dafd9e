"""A missed promise is heard of: unit head, head, superior organisation; and their answers come back."""

import itertools
import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from shared.care.escalations import queries, usecases
from shared.care.escalations.events import MissReportAnswered
from shared.care.escalations.reactors import escalate, escalate_unanswered, report_miss_up
from shared.care.models import Escalation
from shared.children.models import Child
from shared.kernel.clock import CHINA
from shared.kernel.errors import Conflict, NotAllowed, NotFound
from shared.kernel.event_types import revive
from shared.kernel.models import EventRow
from shared.notifications import queries as inboxes
from shared.notifications import usecases as answers
from shared.notifications.models import CopiedMessage, Notice
from shared.notifications.reactors import keep_miss_report, message, notify
from shared.organisations.models import Unit
from tests.support.cast import Cast, Company
from tests.support.promises import Promise, a_promise

SEPTEMBER, OCTOBER, NOVEMBER = date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)
BEFORE = datetime(2026, 9, 2, 9, 0, tzinfo=CHINA)


def after(promise_month: date, **more: float) -> datetime:
    """Shortly after the grace of a 30-day window from the first with 5 days of grace has run out."""
    start = datetime(promise_month.year, promise_month.month, promise_month.day, tzinfo=CHINA)
    return start + timedelta(days=35, minutes=5) + timedelta(**more)


def visit(cast: Cast, start: date, item: Promise | None = None, **changes: Any) -> Promise:
    given: dict[str, Any] = {"child": "王小明", "doer": cast.school.proxy_parent} | changes
    return a_promise(cast.school, start=start, item_id=item.item_id if item else None, **given)


def pass_to(cast: Cast, moment: datetime) -> None:
    cast.clock(moment)
    cast.sweep()
    cast.run_reactions()


def calls(company: Company, promise: Promise) -> list[tuple[str, str, str]]:
    with company.transaction() as session:
        rows = session.scalars(
            select(Escalation).where(Escalation.occurrence_id == promise.id).order_by(Escalation.level)
        )
        return [(row.level, row.why, row.state) for row in rows]


def call(company: Company, promise: Promise, level: str) -> Escalation:
    with company.transaction() as session:
        wanted = select(Escalation).where(Escalation.occurrence_id == promise.id, Escalation.level == level)
        found: Escalation = session.scalars(wanted).one()
        return found


def kinds(company: Company, member: str) -> list[str]:
    with company.transaction() as session:
        wanted = select(Notice.kind).where(Notice.recipient_id == company.members[member].membership_id)
        return list(session.scalars(wanted.order_by(Notice.created_at, Notice.kind)))


def mark(company: Company, child: str, **values: Any) -> None:
    with company.transaction() as session:
        session.execute(update(Child).where(Child.id == company.children[child]).values(**values))


@pytest.fixture
def school(cast: Cast) -> Company:
    cast.clock(BEFORE)
    return cast.school


def test_a_first_miss_calls_the_head_of_the_childs_class(cast, school):
    promise = visit(cast, SEPTEMBER)

    pass_to(cast, after(SEPTEMBER))

    assert calls(school, promise) == [("E1", "missed", "open")]
    assert call(school, promise, "E1").recipient_id == school.teacher.membership_id
    assert kinds(school, "teacher") == ["missed.E1"]
    assert kinds(school, "proxy_parent") == ["occurrence.missed"]
    assert kinds(school, "head") == []


def test_the_doer_is_reminded_before_and_after_the_window(cast, school):
    visit(cast, SEPTEMBER)

    pass_to(cast, datetime(2026, 9, 29, 9, 0, tzinfo=CHINA))
    pass_to(cast, datetime(2026, 10, 1, 0, 1, tzinfo=CHINA))

    assert kinds(school, "proxy_parent") == ["occurrence.due_soon", "occurrence.overdue"]


def test_a_teacher_who_missed_is_answered_for_by_the_unit_above_or_the_head(cast, school):
    promise = visit(cast, SEPTEMBER, doer=school.teacher)
    with school.transaction() as session:
        grade = Unit(kind="grade", name="三年级", head_id=school.admin.membership_id)
        session.add(grade)
        session.flush()
        session.execute(update(Unit).where(Unit.name == "三年级一班").values(parent_id=grade.id))
    other = visit(cast, SEPTEMBER, child="周静怡", doer=school.other_teacher)

    pass_to(cast, after(SEPTEMBER))

    assert call(school, promise, "E1").recipient_id == school.admin.membership_id
    assert call(school, other, "E1").recipient_id == school.head.membership_id


def test_an_unanswered_call_lapses_after_two_days_and_calls_the_head(cast, school):
    promise = visit(cast, SEPTEMBER)
    pass_to(cast, after(SEPTEMBER))

    pass_to(cast, after(SEPTEMBER, days=1, hours=23))
    before = calls(school, promise)
    pass_to(cast, after(SEPTEMBER, days=2, minutes=5))

    assert before == [("E1", "missed", "open")]
    assert calls(school, promise) == [("E1", "missed", "lapsed"), ("E2", "unanswered", "open")]
    assert kinds(school, "head") == ["missed.E2"]


def test_an_answer_in_time_stops_the_clock_and_is_told_to_the_doer(cast, school):
    promise = visit(cast, SEPTEMBER)
    pass_to(cast, after(SEPTEMBER))
    called = call(school, promise, "E1")

    with school.transaction() as session:
        usecases.answer(
            session, called.id, answer="acted", note="明天补访。", by=school.teacher, now=after(SEPTEMBER, days=1)
        )
    pass_to(cast, after(SEPTEMBER, days=3))

    assert calls(school, promise) == [("E1", "missed", "answered")]
    assert kinds(school, "proxy_parent") == ["occurrence.missed", "escalation.answered"]
    assert kinds(school, "head") == []


def test_a_lapsed_call_can_still_be_answered_and_only_once(cast, school):
    promise = visit(cast, SEPTEMBER)
    pass_to(cast, after(SEPTEMBER))
    pass_to(cast, after(SEPTEMBER, days=3))
    called = call(school, promise, "E1")
    given = {"answer": "seen", "note": None, "now": cast.now()}

    with school.transaction() as session:
        usecases.answer(session, called.id, by=school.teacher, **given)

    with school.transaction() as session, pytest.raises(Conflict):
        usecases.answer(session, called.id, by=school.teacher, **given)
    assert ("E1", "missed", "answered") in calls(school, promise)


def test_a_colleague_may_not_answer_and_a_stranger_finds_nothing(cast, school):
    promise = visit(cast, SEPTEMBER)
    pass_to(cast, after(SEPTEMBER))
    called = call(school, promise, "E1")
    given = {"answer": "seen", "note": None, "now": cast.now()}

    with school.transaction() as session, pytest.raises(NotAllowed):
        usecases.answer(session, called.id, by=school.other_teacher, **given)

    with cast.stranger.transaction() as session, pytest.raises(NotFound):
        usecases.answer(session, called.id, by=cast.stranger.head, **given)
    with cast.stranger.transaction() as session, pytest.raises(NotFound):
        queries.case(session, promise.id, by=cast.stranger.head)
    with school.transaction() as session, pytest.raises(NotFound):
        queries.case(session, promise.id, by=school.other_teacher)


@pytest.mark.parametrize(("values", "why"), [({"is_key": True}, "key"), ({"risk_level": "yellow"}, "yellow")])
def test_for_a_child_at_risk_the_head_hears_of_the_first_miss(cast, school, values, why):
    mark(school, "王小明", **values)
    promise = visit(cast, SEPTEMBER)

    pass_to(cast, after(SEPTEMBER))

    assert calls(school, promise) == [("E1", "missed", "open"), ("E2", why, "open")]


def test_two_in_a_row_call_the_head_and_three_the_education_bureau(cast, school):
    first = visit(cast, SEPTEMBER)
    second = visit(cast, OCTOBER, first)
    third = visit(cast, NOVEMBER, first)

    pass_to(cast, after(SEPTEMBER))
    pass_to(cast, after(OCTOBER))
    pass_to(cast, after(NOVEMBER))

    assert [level for level, _, _ in calls(school, first)] == ["E1", "E2"]  # E2: nobody answered E1
    assert calls(school, second)[1][:2] == ("E2", "repeated")
    assert calls(school, third)[2] == ("E3", "third", "open")
    assert call(school, third, "E3").superior_id == cast.education.id


def test_a_kept_promise_between_two_misses_begins_a_new_run(cast, school):
    first = visit(cast, SEPTEMBER)
    visit(cast, OCTOBER, first, state="done")
    third = visit(cast, NOVEMBER, first)

    pass_to(cast, after(NOVEMBER))

    assert calls(school, third) == [("E1", "missed", "open")]


def test_a_red_childs_miss_goes_up_after_a_day_and_no_sooner(cast, school):
    mark(school, "王小明", risk_level="red")
    promise = visit(cast, SEPTEMBER)
    pass_to(cast, after(SEPTEMBER))
    at_once = calls(school, promise)

    pass_to(cast, after(SEPTEMBER, hours=23))
    still = calls(school, promise)
    pass_to(cast, after(SEPTEMBER, hours=25))

    assert at_once == still == [("E1", "missed", "open"), ("E2", "red", "open"), ("E3", "red", "waiting")]
    assert calls(school, promise)[2] == ("E3", "red", "open")
    assert kinds(cast.education, "recipient") == ["miss.reported"]


def test_a_village_answers_to_its_township(cast):
    cast.clock(BEFORE)
    mark(cast.village, "郑小石", risk_level="red")
    a_promise(cast.village, child="郑小石", doer=cast.village.mentor, start=SEPTEMBER)

    pass_to(cast, after(SEPTEMBER))
    pass_to(cast, after(SEPTEMBER, days=2))

    assert kinds(cast.township, "supervisor") == ["miss.reported"]
    assert kinds(cast.education, "recipient") == []


def third_miss(cast: Cast) -> Promise:
    first = visit(cast, SEPTEMBER, state="missed")
    visit(cast, OCTOBER, first, state="missed")
    third = visit(cast, NOVEMBER, first)
    pass_to(cast, after(NOVEMBER))
    return third


def test_the_superior_hears_how_often_and_never_of_whom(cast, school):
    promise = third_miss(cast)

    with cast.education.transaction() as session:
        letter = session.scalars(select(CopiedMessage)).one()
        seen = session.scalar(select(func.count()).select_from(Child))
        stored = json.dumps(
            [[row.payload for row in session.scalars(select(EventRow))], letter.params], ensure_ascii=False
        )
    own = {school.children["王小明"], school.proxy_parent.membership_id, promise.id}
    assert letter.from_tenant == school.id
    assert letter.params == {
        "kind": "home_visit",
        "subject_kind": "child",
        "running": 3,
        "risk_level": None,
        "why": "third",
        "window_start": "2026-11-01",
        "window_end": "2026-11-30",
    }
    assert seen == 0
    assert not [id for id in own if str(id) in stored]
    assert "王小明" not in stored


def test_the_superiors_answer_comes_back_to_everybody_who_waits(cast, school):
    promise = third_miss(cast)
    with cast.education.transaction() as session:
        letter = session.scalars(select(CopiedMessage)).one()
        answers.answer_message(
            session, letter.id, answer="acted", note="已派人到校督促。", by=cast.education.recipient, now=cast.now()
        )

    cast.run_reactions()

    answered = call(school, promise, "E3")
    assert (answered.state, answered.answer, answered.note) == ("answered", "acted", "已派人到校督促。")
    assert answered.answered_by_name == cast.education.name
    for member in ("proxy_parent", "teacher", "head"):
        assert kinds(school, member)[-1] == "escalation.answered"


def test_a_letter_is_answered_once_and_only_in_its_own_organisation(cast, school):
    third_miss(cast)
    with cast.education.transaction() as session:
        letter = session.scalars(select(CopiedMessage)).one()
    given = {"answer": "seen", "note": None, "now": cast.now()}

    with cast.township.transaction() as session, pytest.raises(NotFound):
        answers.answer_message(session, letter.id, by=cast.township.head, **given)
    with cast.education.transaction() as session:
        answers.answer_message(session, letter.id, by=cast.education.head, **given)
    with cast.education.transaction() as session, pytest.raises(Conflict):
        answers.answer_message(session, letter.id, by=cast.education.head, **given)


def test_an_answer_from_an_organisation_that_was_not_asked_changes_nothing(cast, school):
    promise = third_miss(cast)
    called = call(school, promise, "E3")
    forged = MissReportAnswered(
        at=cast.now(), escalation_id=called.id, by_tenant=cast.stranger.id, answer="seen", note=None
    )

    with school.transaction() as session, pytest.raises(NotFound):
        usecases.take_superiors_answer(session, forged, by_name="北坡小学")

    assert call(school, promise, "E3").state == "open"


ROWS = text(
    "SELECT (SELECT count(*) FROM escalation), (SELECT count(*) FROM notice), (SELECT count(*) FROM delivery),"
    " (SELECT count(*) FROM copied_message), (SELECT count(*) FROM event)"
)


def test_a_reactor_that_runs_twice_leaves_the_same_rows(cast, school):
    third_miss(cast)
    pass_to(cast, after(NOVEMBER, days=3))

    for company, name, reactors in (
        (school, "occurrence.missed", (escalate, notify)),
        (school, "escalation.due", (notify, message, report_miss_up)),
        (school, "escalation.lapsed", (escalate_unanswered,)),
        (cast.education, "miss.reported", (keep_miss_report, notify, message)),
    ):
        with company.transaction() as session:
            before = session.execute(ROWS).one()
            happened = session.scalars(select(EventRow).where(EventRow.name == name)).all()
            for row, reactor in itertools.product(happened, reactors):
                event = revive(row.name, row.payload, id=row.id, at=row.occurred_at, actor_id=row.actor_id)
                reactor.run(session, event, now=cast.now())

            assert happened
            assert session.execute(ROWS).one() == before


def test_one_leader_called_twice_hears_once_and_answers_once(cast):
    cast.clock(BEFORE)
    mark(cast.village, "何春桃", is_key=True)
    promise = a_promise(cast.village, child="何春桃", doer=cast.village.mentor, start=SEPTEMBER)
    pass_to(cast, after(SEPTEMBER))
    called = call(cast.village, promise, "E1")

    with cast.village.transaction() as session:
        usecases.answer(session, called.id, answer="seen", note=None, by=cast.village.head, now=cast.now())
    cast.run_reactions()

    assert kinds(cast.village, "head") == ["missed.E2"]
    assert {state for _, _, state in calls(cast.village, promise)} == {"answered"}
    assert kinds(cast.village, "mentor") == ["occurrence.missed", "escalation.answered"]


def test_the_case_shows_who_was_told_and_who_has_read_it(cast, school):
    promise = visit(cast, SEPTEMBER)
    pass_to(cast, after(SEPTEMBER))

    with school.transaction() as session:
        case = queries.case(session, promise.id, by=school.proxy_parent)
        notice = session.scalars(select(Notice).where(Notice.kind == "missed.E1")).one()
        answers.read(session, notice.id, by=school.teacher, now=cast.now())
        readers = inboxes.readers(session, f"misses/{promise.id}")

    assert (case.subject, case.doer) == ("王小明", "戴家长")
    assert [(step.level, step.to, step.may_answer) for step in case.steps] == [("E1", "李老师", False)]
    assert {(one.name, one.read_at is not None) for one in readers} == {("李老师", True), ("戴家长", False)}


def test_the_inbox_puts_unread_ones_first_and_fills_in_names(cast, school):
    promise = visit(cast, SEPTEMBER)
    pass_to(cast, after(SEPTEMBER))

    with school.transaction() as session:
        rows = session.scalars(inboxes.inbox(school.teacher)).all()
        (view,) = inboxes.views(session, rows)
        others = session.scalars(inboxes.inbox(school.other_teacher)).all()

    assert (view.places["subject"], view.places["doer"]) == ("王小明", "戴家长")
    assert view.link == f"misses/{promise.id}"
    assert others == []
