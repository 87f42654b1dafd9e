"""A child on several rolls counts once, and an organisation's figures are those of its rows."""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text, update
from sqlalchemy.exc import OperationalError

from shared.care.models import Assignment, Occurrence, Plan, PlanItem
from shared.children.events import ChildChanged, ChildExited, ChildRegistered
from shared.children.identity_rows import keep_identity
from shared.children.models import Child
from shared.kernel.clock import CHINA, app_now, day_end
from shared.kernel.events import record
from shared.organisations.models import Organisation
from shared.rollups.usecases import recompute, settle
from tests.support.cast import Cast, Company
from tests.support.cluster import Urls, dsn

NOVEMBER = datetime(2026, 11, 20, 9, 0, tzinfo=CHINA)


@dataclass
class Rolls:
    """Puts people on rolls and takes them off; `person` is any name for one real person."""

    cast: Cast

    def arrive(self, company: Company, person: str, *, left_behind: bool = True) -> UUID:
        """Onto the roll, in one transaction with identity and event."""
        with company.transaction() as session:
            key = session.info["crypto"].keyed_hash(f"{id(self)}{person}", purpose="person")
            child = Child(name="某某", pinyin="moumou", left_behind=left_behind, person_key=key)
            session.add(child)
            session.flush()
            keep_identity(session, [child.id])
            record(session, ChildRegistered(at=app_now(session), child_id=child.id))
        return child.id

    def change(self, company: Company, child_id: UUID, event: type[Any] = ChildChanged, **values: Any) -> None:
        """Anything about a child that is there."""
        with company.transaction() as session:
            session.execute(update(Child).where(Child.tenant_id == company.id, Child.id == child_id).values(**values))
            keep_identity(session, [child_id])
            record(session, event(at=app_now(session), child_id=child_id))

    def leave(self, company: Company, child_id: UUID) -> None:
        """Off the roll."""
        self.change(company, child_id, ChildExited, status="exited")

    def counting(self, child_ids: Iterable[UUID]) -> set[UUID]:
        """Which of these rows count, as hehu_backup sees it."""
        query = "SELECT id FROM child_identity WHERE id = ANY(%s) AND counts_here"
        with psycopg.connect(dsn(self.cast.urls.backup)) as connection:
            return {row[0] for row in connection.execute(query, [list(child_ids)])}

    def fact(self, company: Company) -> dict[str, Any]:
        """The organisation's row of figures."""
        with psycopg.connect(dsn(self.cast.urls.backup)) as connection:
            cursor = connection.cursor(row_factory=psycopg.rows.dict_row)
            row = cursor.execute("SELECT * FROM org_fact WHERE tenant_id = %s", [company.id]).fetchone()
        assert row is not None
        return row


@pytest.fixture
def rolls(cast: Cast) -> Rolls:
    cast.run_reactions()
    return Rolls(cast)


def test_the_school_counts_a_child_that_the_village_also_keeps(cast: Cast, rolls: Rolls) -> None:
    at_village = rolls.arrive(cast.village, "a")
    at_school = rolls.arrive(cast.school, "a")
    cast.run_reactions()

    assert rolls.counting([at_village, at_school]) == {at_school}
    assert rolls.fact(cast.village)["left_behind"] == len(cast.village.children) + 1


def test_the_village_hears_of_it_by_the_sweeper(cast: Cast, rolls: Rolls) -> None:
    rolls.arrive(cast.village, "a")
    cast.run_reactions()
    before = rolls.fact(cast.village)["counted"]
    rolls.arrive(cast.school, "a")
    cast.run_reactions()

    cast.sweep()
    cast.run_reactions()

    assert before - rolls.fact(cast.village)["counted"] == 1
    assert cast.events(cast.village, "rollup.stale")[-1]["organisation_id"] == str(cast.village.id)


def test_a_child_that_leaves_hands_over_the_count(cast: Cast, rolls: Rolls) -> None:
    at_school, at_village = rolls.arrive(cast.school, "a"), rolls.arrive(cast.village, "a")
    cast.run_reactions()

    rolls.leave(cast.school, at_school)
    cast.run_reactions()

    assert rolls.counting([at_school, at_village]) == {at_village}


def test_a_corrected_number_gives_the_old_person_back(cast: Cast, rolls: Rolls) -> None:
    at_school, at_village = rolls.arrive(cast.school, "a"), rolls.arrive(cast.village, "a")
    cast.run_reactions()

    rolls.change(cast.school, at_school, person_key="another" + uuid4().hex)
    cast.run_reactions()

    assert rolls.counting([at_school, at_village]) == {at_school, at_village}


def test_a_left_behind_child_counts_where_it_is_known_as_one(cast: Cast, rolls: Rolls) -> None:
    at_school = rolls.arrive(cast.school, "a", left_behind=False)
    at_village = rolls.arrive(cast.village, "a")
    cast.run_reactions()

    assert rolls.counting([at_school, at_village]) == {at_village}


def test_a_child_without_a_number_counts_where_it_is(cast: Cast, rolls: Rolls) -> None:
    everywhere = [*cast.school.children.values(), *cast.village.children.values()]

    assert rolls.counting(everywhere) == set(everywhere)


HOLDERS = ("school", "kindergarten", "village", "community", "stranger")
STEPS = st.lists(
    st.tuples(st.sampled_from(HOLDERS), st.sampled_from(("left_behind", "at home", "exit", "settle"))), max_size=14
)


def expected(cast: Cast, states: dict[str, str]) -> str | None:
    """The holder that counts, written down independently."""
    ranks = {"school": 1, "kindergarten": 2, "village": 3, "community": 4, "stranger": 1}
    active = [name for name, state in states.items() if state != "exit"]
    flagged = [name for name in active if states[name] == "left_behind"]
    return min(flagged or active, key=lambda name: (ranks[name], getattr(cast, name).id), default=None)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, order=st.permutations(HOLDERS))
def test_any_order_of_arrivals_and_departures_ends_the_same(
    cast: Cast, steps: list[tuple[str, str]], order: list[str]
) -> None:
    rolls, rows, states = Rolls(cast), dict[str, UUID](), dict[str, str]()
    person = uuid4().hex
    for name, step in steps:
        company = getattr(cast, name)
        if step == "settle":
            settled(cast, company)
        elif name not in rows:
            rows[name], states[name] = rolls.arrive(company, person), "left_behind"
        else:
            status = "exited" if step == "exit" else "active"
            rolls.change(company, rows[name], status=status, left_behind=step == "left_behind")
            states[name] = step

    for name in order:
        settled(cast, getattr(cast, name))

    winner = expected(cast, states)
    assert rolls.counting(rows.values()) == ({rows[winner]} if winner else set())


def settled(cast: Cast, company: Company) -> None:
    with cast.house.rollup.transaction(None) as session:
        settle(session, company.id, now=NOVEMBER)


def test_settling_that_was_cut_short_is_simply_repeated(cast: Cast, rolls: Rolls) -> None:
    at_village, at_school = rolls.arrive(cast.village, "a"), rolls.arrive(cast.school, "a")
    with cast.house.rollup.transaction(None) as session:
        settle(session, cast.school.id, now=NOVEMBER)
        session.rollback()  # the process died before its commit
    both = rolls.counting([at_village, at_school])

    cast.run_reactions()

    assert both == {at_village, at_school}
    assert rolls.counting([at_village, at_school]) == {at_school}


def test_settling_gives_way_to_a_clerk_who_is_writing(cast: Cast, rolls: Rolls) -> None:
    at_village = rolls.arrive(cast.village, "a")
    with cast.village.transaction() as clerk:
        clerk.execute(text("UPDATE child_identity SET active = active WHERE id = :id"), {"id": at_village})

        with pytest.raises(OperationalError, match="lock timeout"):
            settled(cast, cast.village)


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


READABLE = {"child_identity", "org_fact", "area", "organisation", "supervision", "clock_offset"}


def test_r12_the_rollup_role_reads_sums_and_keys_and_nothing_else(urls: Urls) -> None:
    query = """
        SELECT c.relname, has_any_column_privilege('hehu_rollup', c.oid, 'SELECT') AS may_read,
               ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
                  AND has_column_privilege('hehu_rollup', c.oid, a.attnum, 'UPDATE') ORDER BY 1) AS may_change,
               has_table_privilege('hehu_rollup', c.oid, 'DELETE, TRUNCATE') AS may_remove
          FROM pg_class c WHERE c.relkind IN ('r', 'p', 'v') AND c.relnamespace = 'public'::regnamespace
    """
    with psycopg.connect(dsn(urls.backup)) as connection:
        rows = connection.execute(query).fetchall()

    assert {name for name, may_read, _, _ in rows if may_read} == READABLE
    assert {name: columns for name, _, columns, _ in rows if columns} == {
        "child_identity": ["counts_here", "settled", "settled_key"],
        "org_fact": ["alert_at", "stage", "stale_at"],
    }
    assert not [name for name, *_, may_remove in rows if may_remove]
