"""A child on several rolls counts once, whoever came first, left or was cut short."""

from datetime import datetime
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from shared.kernel.clock import CHINA
from shared.rollups.usecases import settle
from tests.support.cast import Cast, Company
from tests.support.cluster import Urls, dsn
from tests.support.rolls import Rolls

NOVEMBER = datetime(2026, 11, 20, 9, 0, tzinfo=CHINA)


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
