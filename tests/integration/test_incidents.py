"""The 30, 60 and 120 minutes of an incident (001:131, F14), told by persons and by nobody's machine."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text, update

from shared.children.models import Child
from shared.incidents import queries, usecases
from shared.incidents.models import Incident, IncidentStep
from shared.incidents.reactors import report_incident_up
from shared.incidents.rules import Report, Told
from shared.kernel.clock import CHINA
from shared.kernel.errors import Conflict, NotAllowed, NotFound, Refused
from shared.kernel.event_types import revive
from shared.kernel.models import EventRow, ReactionRow
from shared.notifications import usecases as answers
from shared.notifications.models import CopiedMessage, Delivery, Notice
from shared.notifications.reactors import keep_incident_report, message_alarm, notify_alarm
from shared.people.rules import Actor
from tests.support.cast import Cast, Company

KNOWN = datetime(2026, 11, 17, 10, 4, tzinfo=CHINA)
GUARDIAN, PARENTS, EDUCATION, TOWNSHIP = (
    "entrusted_guardian",
    "father_or_mother",
    "education_authority",
    "township_government",
)


def at(minutes: float) -> datetime:
    return KNOWN + timedelta(minutes=minutes)


@pytest.fixture
def school(cast: Cast) -> Company:
    cast.clock(KNOWN)
    return cast.school


def opened(cast: Cast, company: Company, by: Actor | None = None, **changes: Any) -> UUID:
    given: dict[str, Any] = {"category": "accident", "names": "王小明", "account": "从单杠上摔下来。"} | changes
    with company.transaction() as session:
        row = usecases.open_incident(session, Report(**given), by=by or company.teacher, now=cast.now())
    cast.run_reactions()
    return row.id


def steps(company: Company, incident_id: UUID) -> dict[str, IncidentStep]:
    with company.transaction() as session:
        wanted = select(IncidentStep).where(IncidentStep.incident_id == incident_id)
        return {step.tell: step for step in session.scalars(wanted)}


def told(
    cast: Cast, company: Company, incident_id: UUID, tell: str, *, by: Actor | None = None, **changes: Any
) -> IncidentStep:
    step = steps(company, incident_id)[tell]
    given: dict[str, Any] = {"channel": "phone", "person_reached": "奶奶", "told_at": cast.now()} | changes
    with company.transaction() as session:
        return usecases.confirm_step(
            session, incident_id, step.id, told=Told(**given), by=by or company.teacher, now=cast.now()
        )


def pass_to(cast: Cast, minutes: float) -> None:
    cast.clock(at(minutes))
    cast.sweep()
    cast.run_reactions()


def kinds(company: Company, member: str) -> list[str]:
    with company.transaction() as session:
        wanted = select(Notice.kind).where(Notice.recipient_id == company.members[member].membership_id)
        return sorted(session.scalars(wanted))


def states(company: Company, incident_id: UUID) -> Mapping[str, str]:
    return {tell: step.state for tell, step in steps(company, incident_id).items()}


def letter(company: Company) -> CopiedMessage:
    with company.transaction() as session:
        found: CopiedMessage = session.scalars(select(CopiedMessage)).one()
        return found


def confirm_receipt(cast: Cast, company: Company, by: Actor) -> None:
    with company.transaction() as session:
        answers.answer_message(session, letter(company).id, answer="seen", note=None, by=by, now=cast.now())
    cast.run_reactions()


def test_the_clocks_run_side_by_side_from_the_knowing_and_not_from_the_happening(cast, school):
    incident = opened(cast, school, known_at=KNOWN, occurred_at=at(-6))

    due = {tell: step.due_at - KNOWN for tell, step in steps(school, incident).items()}

    assert due == {
        GUARDIAN: timedelta(minutes=30),
        PARENTS: timedelta(minutes=60),
        EDUCATION: timedelta(minutes=120),
        TOWNSHIP: timedelta(minutes=120),
    }


def test_telling_the_guardian_at_twenty_past_leaves_the_parents_clock_running(cast, school):
    incident = opened(cast, school)

    cast.clock(at(16))
    told(cast, school, incident, GUARDIAN)
    pass_to(cast, 61)

    found = steps(school, incident)
    assert found[GUARDIAN].state == "done"
    assert (found[PARENTS].state, found[PARENTS].stage) == ("open", "breached")
    assert found[EDUCATION].stage is None


def test_a_step_that_nobody_did_in_time_is_breached_once_and_can_be_done_late(cast, school):
    incident = opened(cast, school)
    pass_to(cast, 31)
    pass_to(cast, 32)

    with pytest.raises(Refused):
        told(cast, school, incident, GUARDIAN)
    late = told(cast, school, incident, GUARDIAN, late_reason="两部电话都没人接。")

    assert len(cast.events(school, "incident.step_breached")) == 1
    assert late.state == "done_late"
    assert cast.events(school, "incident.step_done")[-1]["late"] is True


def test_one_second_before_the_time_is_over_nothing_is_breached(cast, school):
    opened(cast, school)

    cast.clock(at(30) - timedelta(seconds=20))
    cast.sweep()

    assert cast.events(school, "incident.step_breached") == []


def test_what_was_told_in_time_and_entered_later_is_not_late(cast, school):
    incident = opened(cast, school)
    pass_to(cast, 45)

    done = told(cast, school, incident, GUARDIAN, told_at=at(20))

    assert done.state == "done"


def test_no_automatic_message_closes_a_step(cast, school):
    incident = opened(cast, school)

    assert kinds(school, "head") == ["incident.opened"]
    with school.transaction() as session:
        assert session.scalars(select(Delivery.kind)).all()
    with cast.education.transaction() as session:
        assert session.scalars(select(CopiedMessage)).one().state == "open"
    assert set(states(school, incident).values()) == {"open"}


def test_the_third_step_is_done_only_when_both_authorities_are(cast, school):
    incident = opened(cast, school)
    cast.clock(at(100))
    confirm_receipt(cast, cast.education, cast.education.recipient)
    with_one = states(school, incident)

    cast.clock(at(114))
    told(cast, school, incident, TOWNSHIP, by=school.head, person_reached="值班员")

    assert (with_one[EDUCATION], with_one[TOWNSHIP]) == ("done", "open")
    assert {states(school, incident)[tell] for tell in (EDUCATION, TOWNSHIP)} == {"done"}
    assert {states(school, incident)[tell] for tell in (GUARDIAN, PARENTS)} == {"open"}


def test_the_recipients_own_confirmation_carries_its_time_and_may_be_late(cast, school):
    incident = opened(cast, school)
    pass_to(cast, 121)

    confirm_receipt(cast, cast.township, cast.township.supervisor)

    step = steps(school, incident)[TOWNSHIP]
    assert step.state == "done_late"
    assert step.confirmed_by_recipient_at is not None


def test_a_receipt_from_somebody_who_was_not_told_changes_nothing(cast, school):
    incident = opened(cast, school)
    step = steps(school, incident)[EDUCATION]

    with school.transaction() as session:
        usecases.take_receipt(session, step.id, by_tenant=cast.stranger.id, at=cast.now())

    assert states(school, incident)[EDUCATION] == "open"


def test_an_attempt_that_reaches_nobody_is_logged_and_leaves_the_step_open(cast, school):
    incident = opened(cast, school)
    cast.clock(at(37))
    step = steps(school, incident)[PARENTS]

    with school.transaction() as session:
        usecases.log_attempt(
            session, incident, step.id, whom="父亲", channel="phone", at=None, by=school.teacher, now=cast.now()
        )
        detail = queries.detail(session, incident, by=school.head)

    assert states(school, incident)[PARENTS] == "open"
    (tried,) = [attempt for duty in detail.duties for attempt in duty.attempts]
    assert (tried.whom, tried.by) == ("父亲", "李老师")


def test_each_child_has_a_guardian_and_parents_to_be_told_and_the_authorities_are_told_once(cast, school):
    incident = opened(cast, school, names="王小明、周静怡")

    with school.transaction() as session:
        rows = session.scalars(select(IncidentStep).where(IncidentStep.incident_id == incident)).all()

    assert Counter(row.tell for row in rows) == {GUARDIAN: 2, PARENTS: 2, EDUCATION: 1, TOWNSHIP: 1}
    owners = {row.child_id: row.owner_id for row in rows if row.tell == GUARDIAN}
    assert owners == {
        school.children["王小明"]: school.teacher.membership_id,
        school.children["周静怡"]: school.other_teacher.membership_id,
    }
    assert {row.owner_id for row in rows if row.number == 3} == {school.head.membership_id}


def test_a_village_tells_guardian_parents_and_township_through_its_child_director(cast):
    cast.clock(KNOWN)
    incident = opened(cast, cast.village, by=cast.village.group_lead, names="郑小石")

    found = steps(cast.village, incident)

    assert set(found) == {GUARDIAN, PARENTS, TOWNSHIP}
    assert found[GUARDIAN].owner_id == cast.village.child_director.membership_id
    assert kinds(cast.township, "head") == ["incident.reported"]
    assert kinds(cast.education, "head") == []


def test_opening_rings_the_alarm_queue_for_the_owners_and_the_head(cast, school):
    report = Report(category="accident", names="王小明", account="摔伤。")
    with school.transaction() as session:
        usecases.open_incident(session, report, by=school.proxy_parent, now=cast.now())
        queues = set(
            session.scalars(
                select(ReactionRow.queue)
                .join(EventRow, EventRow.id == ReactionRow.event_id)
                .where(EventRow.name == "incident.opened", ReactionRow.reactor != "rollups.refresh")
            )
        )
    cast.run_reactions()

    assert queues == {"alarm"}
    assert kinds(school, "teacher") == kinds(school, "head") == ["incident.opened"]
    assert kinds(school, "other_teacher") == kinds(school, "proxy_parent") == []


def test_a_breach_is_told_to_the_head_the_owner_and_the_owners_of_the_next_step(cast, school):
    opened(cast, school)

    pass_to(cast, 61)

    assert kinds(school, "teacher").count("incident.step_breached") == 2
    assert kinds(school, "head").count("incident.step_breached") == 2
    assert "incident.step_breached" not in kinds(school, "other_teacher")


def test_a_step_done_before_the_bell_rings_is_not_told_as_breached(cast, school):
    incident = opened(cast, school)
    cast.clock(at(31))
    cast.sweep()
    told(cast, school, incident, GUARDIAN, told_at=at(20))

    cast.run_reactions()

    assert kinds(school, "head") == ["incident.opened"]


def test_the_authority_hears_what_kind_of_thing_and_never_of_whom(cast, school):
    incident = opened(cast, school)

    with cast.education.transaction() as session:
        stored = json.dumps([row.payload for row in session.scalars(select(EventRow))], ensure_ascii=False)
        assert session.scalars(select(Child)).all() == []
    assert letter(cast.education).params["category"] == "accident"
    assert letter(cast.education).params["children"] == 1
    for secret in (str(school.children["王小明"]), str(incident), "王小明", "单杠"):
        assert secret not in stored


def test_a_protective_matter_is_known_to_head_administrator_and_reporter_alone(cast, school):
    incident = opened(cast, school, by=school.other_teacher, category="staff_misconduct")
    pass_to(cast, 125)

    for sees in (school.head, school.admin, school.other_teacher):
        with school.transaction() as session:
            assert queries.detail(session, incident, by=sees).id == incident
    for blind in (school.teacher, school.proxy_parent, replace(school.head, membership_id=None)):
        with school.transaction() as session, pytest.raises(NotFound):
            queries.detail(session, incident, by=blind)
        with school.transaction() as session:
            assert session.scalars(queries.visible_incidents(blind)).all() == []
    with school.transaction() as session:
        notified = set(session.scalars(select(Notice.recipient_id)))
        messaged = set(session.scalars(select(Delivery.recipient_id)))
    assert notified == messaged == {school.head.membership_id, school.admin.membership_id}


def test_a_protective_matter_leaves_the_family_out_until_somebody_is_named(cast, school):
    incident = opened(cast, school, category="guardian_neglect")

    with pytest.raises(Conflict):
        told(cast, school, incident, GUARDIAN, by=school.head)

    assert states(school, incident) == {
        GUARDIAN: "excluded",
        PARENTS: "excluded",
        EDUCATION: "open",
        TOWNSHIP: "open",
    }


def test_an_incident_is_seen_by_those_it_concerns(cast, school):
    incident = opened(cast, school)

    for sees in (school.teacher, school.head, school.admin):
        with school.transaction() as session:
            assert queries.detail(session, incident, by=sees).children[0].name == "王小明"
    with school.transaction() as session, pytest.raises(NotFound):
        queries.detail(session, incident, by=school.other_teacher)
    with cast.stranger.transaction() as session, pytest.raises(NotFound):
        queries.detail(session, incident, by=cast.stranger.head)


@pytest.mark.parametrize(
    "changes",
    [
        {"names": "没有此人"},
        {"names": None},
        {"child_ids": [uuid4()], "names": None},
        {"known_at": at(5)},
        {"occurred_at": at(5)},
    ],
    ids=["unknown name", "nobody", "unknown child", "known in the future", "happened after it was known"],
)
def test_a_report_that_cannot_be_right_writes_nothing(cast, school, changes):
    with pytest.raises(Refused):
        opened(cast, school, **changes)

    with school.transaction() as session:
        assert session.scalars(select(Incident)).all() == []


def test_a_child_of_another_organisation_cannot_be_named(cast, school):
    with pytest.raises(Refused):
        opened(cast, school, names=None, child_ids=[cast.stranger.children["别家娃"]])


def test_of_two_namesakes_one_is_ticked(cast, school):
    with school.transaction() as session:
        session.execute(update(Child).where(Child.name == "刘一帆").values(name="王小明"))

    with pytest.raises(Refused):
        opened(cast, school)
    incident = opened(cast, school, child_ids=[school.children["王小明"]])

    with school.transaction() as session:
        assert [one.id for one in queries.detail(session, incident, by=school.head).children] == [
            school.children["王小明"]
        ]


def test_a_bureau_opens_no_incident_of_its_own(cast):
    with pytest.raises(Conflict):
        opened(cast, cast.education, by=cast.education.head)


def test_an_incident_is_closed_by_a_leader_after_everybody_was_told(cast, school):
    incident = opened(cast, school)
    given: dict[str, Any] = {"closing_note": "孩子已出院。"}
    with school.transaction() as session, pytest.raises(Conflict):
        usecases.close(session, incident, **given, by=school.head, now=cast.now())
    for tell in (GUARDIAN, PARENTS, EDUCATION, TOWNSHIP):
        told(cast, school, incident, tell)
    with school.transaction() as session, pytest.raises(NotAllowed):
        usecases.close(session, incident, **given, by=school.teacher, now=cast.now())

    with school.transaction() as session:
        usecases.close(session, incident, **given, by=school.head, now=cast.now())

    assert len(cast.events(school, "incident.closed")) == 1
    with school.transaction() as session, pytest.raises(Conflict):
        usecases.close(session, incident, **given, by=school.head, now=cast.now())


def test_what_is_learnt_later_moves_no_clock(cast, school):
    incident = opened(cast, school)
    before = {tell: step.due_at for tell, step in steps(school, incident).items()}

    with school.transaction() as session:
        usecases.add_details(session, incident, occurred_at=at(-6), place="操场", by=school.teacher, now=cast.now())

    assert {tell: step.due_at for tell, step in steps(school, incident).items()} == before


ROWS = text(
    "SELECT (SELECT count(*) FROM incident_step), (SELECT count(*) FROM notice), (SELECT count(*) FROM delivery),"
    " (SELECT count(*) FROM copied_message), (SELECT count(*) FROM event)"
)


def test_a_reactor_that_runs_twice_leaves_the_same_rows(cast, school):
    opened(cast, school)
    pass_to(cast, 31)

    for company, name, reactors in (
        (school, "incident.opened", (notify_alarm, message_alarm, report_incident_up)),
        (school, "incident.step_breached", (notify_alarm, message_alarm)),
        (cast.education, "incident.reported", (keep_incident_report, notify_alarm, message_alarm)),
    ):
        with company.transaction() as session:
            before = session.execute(ROWS).one()
            row = session.scalars(select(EventRow).where(EventRow.name == name)).first()
            assert row is not None
            event = revive(row.name, row.payload, id=row.id, at=row.occurred_at, actor_id=row.actor_id)
            for reactor in reactors:
                reactor.run(session, event, now=cast.now())

            assert session.execute(ROWS).one() == before
