"""The 30, 60 and 120 minutes of an incident (001:131, F14), told by persons and by nobody's machine."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from shared.incidents import queries, usecases
from shared.incidents.models import IncidentStep
from shared.kernel.errors import Refused
from shared.notifications.models import CopiedMessage, Delivery
from tests.support.cast import Cast, Company
from tests.support.incidents import (
    EDUCATION,
    GUARDIAN,
    KNOWN,
    PARENTS,
    TOWNSHIP,
    at,
    confirm_receipt,
    kinds,
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
