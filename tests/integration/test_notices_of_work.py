"""Notices of plans and rosters: who hears that there is work, or more children."""

from datetime import date, datetime, timedelta

from sqlalchemy import select

from shared.care.events import PlanActivated
from shared.care.models import Assignment, PlanItem
from shared.children.events import RosterConfirmed
from shared.children.models import RosterImport
from shared.kernel.clock import CHINA
from shared.kernel.events import record
from shared.notifications import queries
from shared.notifications.models import Notice
from shared.notifications.reactors import notify
from shared.people.models import Membership
from tests.support.promises import an_item

NOW = datetime(2026, 9, 1, 8, 0, tzinfo=CHINA)


def told(school):
    with school.transaction() as session:
        rows = session.execute(
            select(Membership.name, Notice.kind).join(Membership, Membership.id == Notice.recipient_id)
        )
        return sorted(rows.tuples())


def plan_of(session, item_id):
    return session.scalars(select(PlanItem.plan_id).where(PlanItem.id == item_id)).one()


def test_a_plan_in_force_is_told_to_those_who_stand_in_its_roles(cast):
    school = cast.school
    with school.transaction() as session:
        item = an_item(session, role="mentor")
        session.add(
            Assignment(
                child_id=school.children["王小明"],
                membership_id=school.other_teacher.membership_id,
                role="mentor",
                from_on=date(2026, 9, 1),
            )
        )
        other = an_item(session, role="class_teacher")
        session.flush()
        for one in (item, other):
            record(session, PlanActivated(at=NOW, plan_id=plan_of(session, one), item_ids=(one,)))

    cast.run_reactions()

    assert told(school) == [
        ("李老师", "plan.activated"),
        ("赵老师", "plan.activated"),
        ("赵老师", "plan.activated"),
    ]


def test_an_imported_roster_is_told_to_those_who_lead_and_not_to_who_did_it(cast):
    school = cast.school
    with school.transaction() as session:
        row = RosterImport(
            file_name="花名册.xlsx",
            file_hash="0",
            roster_kind="school",
            as_of=date(2026, 9, 1),
            by_id=school.admin.person_id,
            counts={"new": 3, "updated": 1, "unchanged": 0},
            file_notes=[],
            new_units=[],
            columns={},
            expires_at=NOW + timedelta(days=1),
        )
        session.add(row)
        session.flush()
        event = RosterConfirmed(at=NOW, import_id=row.id, actor_id=school.admin.person_id)
        record(session, event)
        for _ in range(2):
            notify.react(session, [event], now=NOW)
        (view,) = queries.views(session, session.scalars(select(Notice)).all())

    assert told(school) == [("郝校长", "roster.confirmed")]
    assert view.sentence % view.places == "名册已导入：新增 3 人，更新 1 人。"


def test_whoever_has_left_the_organisation_hears_nothing(cast):
    school = cast.school
    with school.transaction() as session:
        session.get_one(Membership, (school.id, school.teacher.membership_id)).until_on = date(2026, 1, 1)
        item = an_item(session, role="class_teacher")
        event = PlanActivated(at=NOW, plan_id=plan_of(session, item), item_ids=(item,))
        record(session, event)
        notify.react(session, [event], now=NOW)

    assert told(school) == [("赵老师", "plan.activated")]
