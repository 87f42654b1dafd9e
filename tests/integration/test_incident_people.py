"""Who hears of an incident, who may see it, and how it ends."""

import json
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from shared.children.models import Child
from shared.incidents import queries, usecases
from shared.incidents.models import Incident
from shared.incidents.reactors import report_incident_up
from shared.incidents.rules import Report
from shared.kernel.errors import Conflict, NotAllowed, NotFound, Refused
from shared.kernel.event_types import revive
from shared.kernel.models import EventRow, ReactionRow
from shared.notifications.models import Delivery, Notice
from shared.notifications.reactors import keep_incident_report, message_alarm, notify_alarm
from tests.support.cast import Cast, Company
from tests.support.incidents import (
    EDUCATION,
    GUARDIAN,
    KNOWN,
    PARENTS,
    ROWS,
    TOWNSHIP,
    at,
    kinds,
    letter,
    opened,
    pass_to,
    states,
    steps,
    told,
)


@pytest.fixture
def school(cast: Cast) -> Company:
    cast.clock(KNOWN)
    return cast.school


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

    assert queues == {"alarm", "webhook"}
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
                reactor.react(session, [event], now=cast.now())

            assert session.execute(ROWS).one() == before
