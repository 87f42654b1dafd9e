"""A miss that repeats, or concerns a child at risk, goes to the superior without the child's file."""

import itertools
import json

import pytest
from sqlalchemy import func, select

from shared.care.escalations import queries, usecases
from shared.care.escalations.events import MissReportAnswered
from shared.care.escalations.reactors import escalate, escalate_unanswered, report_miss_up
from shared.children.models import Child
from shared.kernel.errors import Conflict, NotFound
from shared.kernel.event_types import revive
from shared.kernel.models import EventRow
from shared.notifications import queries as inboxes
from shared.notifications import usecases as answers
from shared.notifications.models import CopiedMessage, Notice
from shared.notifications.reactors import keep_miss_report, message, notify
from tests.support.cast import Cast, Company
from tests.support.misses import (
    BEFORE,
    NOVEMBER,
    OCTOBER,
    ROWS,
    SEPTEMBER,
    after,
    call,
    calls,
    kinds,
    mark,
    pass_to,
    third_miss,
    visit,
)
from tests.support.promises import a_promise


@pytest.fixture
def school(cast: Cast) -> Company:
    cast.clock(BEFORE)
    return cast.school


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
                reactor.react(session, [event], now=cast.now())

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
