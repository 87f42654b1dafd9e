"""An organisation's figures are those of its rows, and are computed anew when they have to be."""

import threading
import time
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text, update

from shared.care.models import Assignment, Occurrence, Plan, PlanItem
from shared.children.models import Child
from shared.kernel.clock import CHINA, day_end
from shared.organisations.models import Organisation
from shared.rollups.usecases import recompute
from tests.support.cast import Cast, Company
from tests.support.cluster import dsn
from tests.support.rolls import Rolls

NOVEMBER = datetime(2026, 11, 20, 9, 0, tzinfo=CHINA)


@pytest.fixture
def rolls(cast: Cast) -> Rolls:
    cast.run_reactions()
    return Rolls(cast)


def test_a_refresh_that_had_to_wait_counts_what_came_meanwhile(cast: Cast, rolls: Rolls) -> None:
    with cast.school.transaction() as session:
        recompute(session, now=cast.now())
    waiting = threading.Thread(target=refresh, args=[cast.school])
    with cast.school.transaction() as other:  # another refresh that has the row
        other.execute(text("SELECT FROM org_fact WHERE tenant_id = :id FOR UPDATE"), {"id": cast.school.id})
        waiting.start()
        until_somebody_waits(cast)
        rolls.arrive(cast.school, "a")
    waiting.join()

    assert rolls.fact(cast.school)["children"] == len(cast.school.children) + 1


def refresh(company: Company) -> None:
    with company.transaction() as session:
        recompute(session, now=NOVEMBER)


def until_somebody_waits(cast: Cast) -> None:
    query = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with psycopg.connect(dsn(cast.urls.superuser), autocommit=True) as connection:
        while connection.execute(query).fetchone() is None:
            time.sleep(0.02)


def promise(session: Any, child_id: UUID, kind: str, state: str, grace_until: datetime) -> None:
    """One occurrence of a plan of its own."""
    plan = Plan(title="计划", text="每月家访一次。")
    session.add(plan)
    session.flush()
    item = PlanItem(
        plan_id=plan.id, position=1, title="家访", subject="child", kind=kind, period="monthly", grace_days=5
    )
    session.add(item)
    session.flush()
    due_at = grace_until - timedelta(days=5)
    session.add(
        Occurrence(
            item_id=item.id,
            kind=kind,
            subject_kind="child",
            subject_id=child_id,
            child_id=child_id,
            window_start=due_at.date() - timedelta(days=30),
            window_end=due_at.date() - timedelta(days=1),
            due_soon_at=due_at - timedelta(days=2),
            due_at=due_at,
            grace_until=grace_until,
            state=state,
        )
    )


def test_promises_count_by_the_day_their_grace_ended(cast: Cast, rolls: Rolls) -> None:
    cast.clock(NOVEMBER)
    child = cast.school.children["王小明"]
    past, ahead, last_term = NOVEMBER - timedelta(days=10), NOVEMBER + timedelta(days=10), date(2026, 7, 1)
    with cast.school.transaction() as session:
        for state in ("done", "done", "late", "missed", "excused", "void"):
            promise(session, child, "home_visit", state, past)
        promise(session, child, "talk", "done", past)
        promise(session, child, "field_visit", "done", ahead)
        promise(session, child, "home_visit", "open", ahead)
        promise(session, child, "home_visit", "missed", day_end(last_term))
        recompute(session, now=NOVEMBER)

    fact = rolls.fact(cast.school)

    visits = [fact[f"visits_{name}"] for name in ("due", "done", "late", "missed", "open", "ahead")]
    assert visits == [4, 2, 1, 1, 1, 1]
    assert [fact[name] for name in ("due", "done", "late", "missed", "open_now", "done_ahead")] == [5, 3, 1, 1, 1, 1]
    assert (fact["missed_children"], fact["missed_red"]) == (1, 0)
    assert (fact["window_from"], fact["window_until"]) == (date(2026, 9, 1), NOVEMBER.date())


def test_figures_move_when_the_clock_alone_moves_them(cast: Cast, rolls: Rolls) -> None:
    cast.clock(NOVEMBER)
    with cast.school.transaction() as session:
        promise(session, cast.school.children["王小明"], "home_visit", "done", NOVEMBER + timedelta(hours=2))
        recompute(session, now=NOVEMBER)
    before = rolls.fact(cast.school)["visits_due"]

    cast.advance(hours=2, seconds=1)
    cast.sweep()
    cast.run_reactions()

    assert (before, rolls.fact(cast.school)["visits_due"]) == (0, 1)


def test_dossiers_and_pairs_are_counted_over_the_children_that_count_here(cast: Cast, rolls: Rolls) -> None:
    elsewhere = rolls.arrive(cast.village, "a")
    rolls.arrive(cast.school, "a")
    own = cast.village.children["郑小石"]
    mentor = cast.village.mentor.membership_id
    with cast.village.transaction() as session:
        session.execute(update(Child).where(Child.tenant_id == cast.village.id).values(dossier_complete=True))
        for child_id in (elsewhere, own):
            pair = Assignment(child_id=child_id, membership_id=mentor, role="mentor", from_on=date(2026, 9, 1))
            session.add(pair)
    rolls.change(cast.village, own, no_guardian=True)
    cast.run_reactions()

    fact = rolls.fact(cast.village)

    names = ("children", "left_behind", "counted", "counted_dossier", "counted_paired", "no_guardian")
    assert [fact[name] for name in names] == [3, 3, 2, 2, 1, 1]


def test_a_school_without_a_number_of_pupils_takes_its_full_roll(cast: Cast, rolls: Rolls) -> None:
    rolls.change(cast.school, cast.school.children["王小明"], remark="x")
    cast.run_reactions()
    by_roll = rolls.fact(cast.school)["pupils_total"]
    with cast.school.transaction() as session:
        session.execute(update(Organisation).where(Organisation.id == cast.school.id).values(pupils_total=743))
        recompute(session, now=cast.now())

    assert (by_roll, rolls.fact(cast.school)["pupils_total"]) == (len(cast.school.children), 743)


def test_a_list_of_left_behind_children_is_no_number_of_pupils(cast: Cast, rolls: Rolls) -> None:
    for name in ("刘一帆", "吴子涵"):
        rolls.change(cast.school, cast.school.children[name], status="exited")
    cast.run_reactions()

    assert rolls.fact(cast.school)["pupils_total"] is None
