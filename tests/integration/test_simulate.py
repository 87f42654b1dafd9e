"""A county lived through on a fast clock: the same seed comes to the same rows, under faults too; checks can fail."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import date

import psycopg
import pytest

from services.ops.simulate import amends, changes, days, outcome
from services.ops.simulate.checks import CHECKS
from services.ops.simulate.checks.books import Books
from services.ops.simulate.digest import digest
from services.ops.simulate.installation import installed
from services.ops.simulate.scale import Chance, Scale
from tests.support.cast import settings_of
from tests.support.cluster import Cluster, Urls, dsn

pytestmark = [pytest.mark.faults, pytest.mark.slow]

# With this seed: every kind of call about a miss, an answer too late, two incidents, one of them protective.
COUNTY = Scale(organisations=4, children=60, days=24, seed=6)
HAMLET = Scale(organisations=2, children=12, days=5, seed=3)
RESTLESS = Scale(organisations=3, children=40, days=18, seed=2)

_numbers = itertools.count()
Live = Callable[[Scale], AbstractContextManager[tuple[Books, Urls]]]


def quietly(_said: str) -> None:
    """Nobody looks on."""


@pytest.fixture(scope="module")
def live(cluster: Cluster, worker_number: int, tmp_path_factory: pytest.TempPathFactory) -> Live:
    """Live through a county in a database of its own."""

    @contextmanager
    def living(scale: Scale) -> Iterator[tuple[Books, Urls]]:
        database = f"hehu_county_{worker_number}_{next(_numbers)}"
        cluster.clone(database)
        urls = cluster.urls(database, worker_number)
        with installed(settings_of(urls), tmp_path_factory.mktemp("county")) as made:
            lived = outcome.live(made, scale, quietly)
            if scale.faults:
                assert sum(lived.faults.values()) > 0
            with outcome.oracle_of(made) as oracle:
                yield Books(oracle, lived.county, made), urls
        cluster.drop(database)

    return living


@pytest.fixture(scope="module")
def county(live: Live) -> Iterator[tuple[Books, Urls]]:
    """Some weeks of a small county."""
    with live(COUNTY) as lived:
        yield lived


def digest_of(live: Live, scale: Scale) -> str:
    """The digest of a run; everything in it agrees."""
    with live(scale) as (books, _urls):
        whole, _tables = digest(books.oracle)
        wrong = {
            name: found.wrong for name, check in CHECKS.items() if name != "pages" and (found := check(books)).wrong
        }
    assert wrong == {}
    return whole


@pytest.mark.full
@pytest.mark.timeout(300)
def test_the_same_seed_lives_the_same_days_whatever_breaks_meanwhile(live: Live) -> None:
    undisturbed = digest_of(live, HAMLET)

    under_faults = digest_of(live, replace(HAMLET, faults=True))
    another_seed = digest_of(live, replace(HAMLET, seed=HAMLET.seed + 1))

    assert under_faults == undisturbed
    assert another_seed != undisturbed


@pytest.fixture
def restless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody leaves every other day, a third of the records is thought better of, a long holiday is near."""
    monkeypatch.setattr(days, "STARTS", date(2025, 9, 22))
    monkeypatch.setattr(changes, "A_LEAVER_IN", 2)
    monkeypatch.setattr(amends, "VOIDED", 0.3)
    monkeypatch.setattr(amends, "CORRECTED", 0.3)


# What must have happened there: heads of classes and grids who handed them over, and promises that were open again only
# after the holiday in which their grace ran out.
HANDED_OVER = """
    SELECT 1 FROM notice n JOIN event e USING (tenant_id) JOIN plan_item i ON i.plan_id = e.subject_id
     WHERE n.event_id = e.id AND n.kind = 'plan.activated'
     GROUP BY n.id HAVING NOT bool_or(EXISTS (
           SELECT FROM member_role r WHERE r.membership_id = n.recipient_id AND r.role = i.doer_role))
"""
MISSED_AFTERWARDS = "SELECT 1 FROM occurrence WHERE state = 'missed' AND ended_at > grace_until + interval '1 day'"


@pytest.mark.full
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("restless")
def test_much_that_is_handed_over_and_thought_better_of_agrees_and_is_the_same_under_faults(live: Live) -> None:
    with live(RESTLESS) as (books, _urls):
        undisturbed, tables = digest(books.oracle)
        wrong = {name: found.wrong for name, check in CHECKS.items() if (found := check(books)).wrong}
        happened = [bool(books.rows(query)) for query in (HANDED_OVER, MISSED_AFTERWARDS)]
    with live(replace(RESTLESS, faults=True)) as (books, _urls):
        under_faults, disturbed = digest(books.oracle)

    assert happened == [True, True]
    assert wrong == {}
    assert disturbed == tables
    assert under_faults == undisturbed


def test_chance_depends_on_seed_and_subject_alone() -> None:
    first, second = Chance(1), Chance(2)

    assert first.of("visit", "child") == Chance(1).of("visit", "child")
    assert first.of("visit", "child") != second.of("visit", "child")
    assert first.of("visit", "child") != first.of("visit", "other child")
    assert 0.78 < sum(first.happens(0.8, number) for number in range(2000)) / 2000 < 0.82


@pytest.mark.full
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", CHECKS)
def test_every_check_holds_after_some_weeks(county: tuple[Books, Urls], name: str) -> None:
    found = CHECKS[name](county[0])

    assert found.wrong == ()
    assert all(found.counts.values()) or name in ("ends", "reactions"), found.counts  # what is not there proves nothing


def one(change: str, where: str) -> str:
    """The change made to one row alone: `UPDATE table …` or `DELETE FROM table`."""
    table = change.replace("DELETE FROM", "UPDATE").split()[1]
    return f"{change} WHERE id = (SELECT id FROM {table} WHERE {where} ORDER BY id LIMIT 1)"


OF_ANOTHER = "(SELECT c.id FROM child c WHERE c.tenant_id <> notice.tenant_id ORDER BY c.id LIMIT 1)"
AGAIN = """
    INSERT INTO event (tenant_id, id, name, version, subject_id, payload, occurred_at)
    SELECT tenant_id, hehu_uuid7(), name, version, subject_id, payload, occurred_at FROM event
     WHERE name = 'occurrence.missed' LIMIT 1
"""
LOOSE_KEY = """
    CREATE UNIQUE INDEX loose ON membership (id);
    ALTER TABLE notice ADD FOREIGN KEY (recipient_id) REFERENCES membership (id)
"""
SABOTAGE: list[tuple[str, str]] = [
    ("ends", one("UPDATE occurrence SET state = 'late'", "state = 'done'")),
    ("ends", one("UPDATE occurrence SET state = 'open'", "state = 'missed'")),
    ("ends", one("UPDATE occurrence SET stage = NULL", "state = 'open' AND stage = 'due_soon'")),
    ("ends", one("UPDATE occurrence SET alert_at = NULL", "state = 'open'")),
    ("ends", one("DELETE FROM occurrence_record", "true")),
    ("misses", one("DELETE FROM event", "name = 'occurrence.missed'")),
    ("misses", AGAIN),
    ("misses", one("UPDATE event SET occurred_at = occurred_at + interval '2 days'", "name = 'occurrence.overdue'")),
    ("escalations", one("DELETE FROM escalation", "level = 'E1'")),
    ("escalations", one("UPDATE escalation SET why = 'yellow'", "level = 'E3'")),
    ("escalations", one("UPDATE escalation SET why = 'unanswered'", "why = 'repeated'")),
    ("escalations", one("DELETE FROM event", "name = 'escalation.lapsed'")),
    ("notices", one("DELETE FROM notice", "kind = 'missed.E1'")),
    ("notices", one("UPDATE notice SET kind = 'missed.E1'", "kind = 'missed.E2'")),
    ("notices", one("DELETE FROM notice", "kind = 'plan.activated'")),
    ("notices", one("DELETE FROM delivery", "true")),
    ("messages", one("DELETE FROM copied_message", "true")),
    ("messages", one("UPDATE delivery SET state = 'queued'", "true")),
    ("messages", one("UPDATE delivery SET id = hehu_uuid7()", "true")),
    ("incidents", one("UPDATE incident_step SET told_at = due_at + interval '1 hour'", "state = 'done'")),
    ("incidents", one("UPDATE incident_step SET state = 'open'", "state = 'excluded'")),
    ("figures", one("UPDATE org_fact SET done = done + 1", "done > 0")),
    ("figures", one("UPDATE org_fact SET counted = counted - 1", "counted > 0")),
    ("borders", one(f"UPDATE notice SET params = jsonb_build_object('child_id', {OF_ANOTHER})", "true")),
    ("borders", "DELETE FROM supervision WHERE line <> 'county'"),
    ("borders", LOOSE_KEY),
    ("reactions", one("UPDATE reaction SET state = 'parked'", "true")),
    ("reactions", one("DELETE FROM reaction", "true")),
    ("reactions", one("UPDATE occurrence SET alert_at = app_now() - interval '1 hour'", "state = 'open'")),
]
NUMBERED = [f"{number}-{name}" for number, (name, _statement) in enumerate(SABOTAGE)]


@contextmanager
def sabotaged(lived: tuple[Books, Urls], statement: str) -> Iterator[Books]:
    """The books after somebody has tampered with them, before it is taken back."""
    books, urls = lived
    with psycopg.connect(dsn(urls.superuser)) as connection:
        connection.execute("SET session_replication_role = replica")  # keys do not hold a saboteur up
        connection.execute(statement.encode())
        yield replace(books, oracle=connection)
        connection.rollback()


@pytest.mark.full
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("name", "statement"), SABOTAGE, ids=NUMBERED)
def test_a_single_row_tampered_with_is_seen(county: tuple[Books, Urls], name: str, statement: str) -> None:
    with sabotaged(county, statement) as books:
        found = CHECKS[name](books)

    assert found.wrong != ()


# The same promise of the month before, broken at some moment, beside one of which the head heard after silence.
BROKEN_BEFORE = """
    INSERT INTO occurrence
    SELECT (jsonb_populate_record(o, jsonb_build_object(
           'id', hehu_uuid7(), 'window_start', o.window_start - 30, 'ended_at', {}))).*
      FROM escalation x JOIN occurrence o ON o.tenant_id = x.tenant_id AND o.id = x.occurrence_id
     WHERE x.why = 'unanswered' ORDER BY x.id LIMIT 1
"""


@pytest.mark.full
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("moment", "surplus"), [("app_now()", False), ("o.ended_at", True)], ids=["after", "before"])
def test_a_call_after_silence_keeps_its_reason_if_the_miss_before_it_came_later(
    county: tuple[Books, Urls], moment: str, *, surplus: bool
) -> None:
    with sabotaged(county, BROKEN_BEFORE.format(moment)) as books:
        found = CHECKS["escalations"](books)

    assert found.wrong != ()  # the promise before calls its own
    assert any("surplus" in said for said in found.wrong) is surplus


@pytest.mark.full
@pytest.mark.timeout(300)
def test_pages_that_leave_an_organisation_out_are_seen(county: tuple[Books, Urls]) -> None:
    books, urls = county

    with suspended(urls):
        found = CHECKS["pages"](books)

    assert any("organisations is" in said for said in found.wrong), found.wrong


@contextmanager
def suspended(urls: Urls) -> Iterator[None]:
    """Bureaus that the board leaves out, although they are supervised."""
    change = "UPDATE organisation SET status = %s WHERE kind = 'bureau'"
    with psycopg.connect(dsn(urls.superuser), autocommit=True) as connection:
        connection.execute(change, ["suspended"])
        yield
        connection.execute(change, ["active"])


COLLEAGUE = "(SELECT id FROM membership m WHERE m.tenant_id = care_record.tenant_id AND m.id <> doer_id LIMIT 1)"
DIGESTED: dict[str, str] = {
    "a name": one("UPDATE child SET name = name || '某'", "true"),
    "a day": one("UPDATE care_record SET on_day = on_day - 1", "true"),
    "who did it": one(f"UPDATE care_record SET doer_id = {COLLEAGUE}", "true"),
    "an event's code": one(
        """UPDATE event SET payload = payload || '{"kind": "letter"}'""", "payload ->> 'kind' = 'video'"
    ),
    "a reaction": one("DELETE FROM reaction", "reactor = 'notifications.notify'"),
    "a moment by a day": one("UPDATE occurrence SET ended_at = ended_at - interval '1 day'", "state = 'done'"),
}
NOT_DIGESTED: dict[str, str] = {
    "a moment by a second": "UPDATE occurrence SET ended_at = ended_at + interval '1 second'",
    "ids": "UPDATE audit_entry SET id = hehu_uuid7()",
    "the machine's clock": "UPDATE event SET recorded_at = now() + interval '1 year'",
    "tries": "UPDATE reaction SET rings = rings + 1, attempts = 2",
}


@pytest.mark.full
@pytest.mark.parametrize("statement", DIGESTED.values(), ids=list(DIGESTED))
def test_the_digest_changes_with_what_was_lived(county: tuple[Books, Urls], statement: str) -> None:
    before, _tables = digest(county[0].oracle)

    with sabotaged(county, statement) as books:
        assert digest(books.oracle)[0] != before


@pytest.mark.full
@pytest.mark.parametrize("statement", NOT_DIGESTED.values(), ids=list(NOT_DIGESTED))
def test_the_digest_stays_where_only_ids_and_clocks_differ(county: tuple[Books, Urls], statement: str) -> None:
    before, _tables = digest(county[0].oracle)

    with sabotaged(county, statement) as books:
        assert digest(books.oracle)[0] == before
