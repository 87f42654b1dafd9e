"""Each guard of the queue and the clock is removed once, and a check that stands while it is there must fall.

The walls between organisations have theirs in tests/integration/test_wall_guards.py.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from services.worker import work as working
from services.worker.bell import messages
from shared.bootstrap import House
from shared.kernel import reactions, timers
from shared.kernel.reactions import Claimed, How, reactor
from tests.support.cast import house_of
from tests.support.cluster import Urls, dsn
from tests.support.rows import organisation
from tests.support.sheet import TIMED, TORN, Sheet, sheet_in
from tests.worker.trial import TrialHappened, happen, house_with, leave_trace, reaction, traces

SHORT, LONG = timedelta(seconds=0.3), timedelta(minutes=5)


class Died(BaseException):
    """The process is gone: nothing after it runs."""


@reactor("kill_process")
def kill_process(session: Session, happened: TrialHappened, *, now: Any) -> None:
    """Poison of the worst kind."""
    raise Died


@dataclass
class Place:
    """An organisation and its house; a mutation ends with the test."""

    urls: Urls
    tenant: UUID
    house: House
    mutate: pytest.MonkeyPatch

    def happen(self) -> UUID:
        """One more event to react to."""
        return happen(self.house, self.tenant, now=datetime.now(UTC))

    def traces(self, trial: UUID) -> int:
        return traces(self.house, self.tenant, trial)

    def without(self, name: str, words: str, instead: str = "") -> None:
        """Take words out of a statement of the queue."""
        whole = getattr(reactions, name).text
        assert words in whole
        self.mutate.setattr(reactions, name, text(whole.replace(words, instead)))


@pytest.fixture
def place(fresh_urls: Urls, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    with psycopg.connect(dsn(fresh_urls.superuser)) as connection:
        tenant = organisation(connection, "place")
    house = house_with(house_of(fresh_urls), leave_trace)
    yield Place(fresh_urls, tenant, house, monkeypatch)
    house.app.close()
    house.system.close()


@pytest.fixture
def sheet(fresh_urls: Urls) -> Iterator[Sheet]:
    with sheet_in(fresh_urls) as made:
        yield made


def claim(connection: Connection, *, lease: timedelta = LONG, share: int | None = None) -> list[Claimed]:
    """At most five, without waiting for anybody."""
    connection.execute(text("SET LOCAL lock_timeout = 300"))
    try:
        return reactions.claim(connection, "default", lease=lease, most=5, share=share)
    except OperationalError as waited:
        raise AssertionError("waits for another's lock") from waited


def claimed(house: House, *, lease: timedelta = LONG) -> list[Claimed]:
    """The same, committed."""
    with house.system.engine.begin() as connection:
        return claim(connection, lease=lease)


def ring(house: House, *, lease: timedelta = LONG) -> None:
    """Claim, and do what was claimed, in this process."""
    for message in messages(claimed(house, lease=lease)):
        batch, how = message.args
        ids = [(UUID(tenant), [UUID(one) for one in some]) for tenant, some in batch]
        working.work(house, ids, How(how))


def one_reactor_hears_of_an_event_once(place: Place) -> None:
    trial = place.happen()
    again = (
        "INSERT INTO reaction (tenant_id, id, event_id, reactor, queue) SELECT tenant_id, %s, event_id, reactor, queue"
    )
    with psycopg.connect(dsn(place.urls.superuser)) as connection, suppress(psycopg.errors.UniqueViolation):
        connection.execute(f"{again} FROM reaction WHERE state = 'open'", [uuid4()])
    ring(place.house)

    assert place.traces(trial) == 1


def two_claimers_get_different_ones_at_once(place: Place) -> None:
    assert by_two_claimers(place, share=None) == (5, 5, 0)


def a_claimer_in_turn_waits_for_no_other(place: Place) -> None:
    assert by_two_claimers(place, share=5) == (5, 0, 0)


def by_two_claimers(place: Place, *, share: int | None) -> tuple[int, int, int]:
    """How many each of the two gets while the other has not committed, and how many both get."""
    for _ in range(10):
        place.happen()
    engine = place.house.system.engine
    with engine.begin() as first, engine.begin() as second:
        one, other = ({row.id for row in claim(connection, share=share)} for connection in (first, second))
    return len(one), len(other), len(one & other)


def what_is_in_hand_is_passed_by(place: Place) -> None:
    place.happen()
    rows, found = claimed(place.house), []
    with ExitStack() as stack:
        for session in [stack.enter_context(place.house.app.transaction(place.tenant)) for _ in range(2)]:
            session.execute(text("SET LOCAL lock_timeout = 300"))
            try:
                found.append(len(reactions.take(session, place.tenant, [row.id for row in rows])))
            except OperationalError:
                found.append(-1)
                session.rollback()

    assert found == [1, 0]


def a_lost_message_is_rung_again(place: Place) -> None:
    trial = place.happen()
    claimed(place.house, lease=SHORT)  # and whoever got the message is killed
    time.sleep(2 * SHORT.total_seconds())
    ring(place.house)

    assert place.traces(trial) == 1


def what_is_leased_is_not_rung_again(place: Place) -> None:
    place.happen()

    assert [len(claimed(place.house)) for _ in range(2)] == [1, 0]


def what_kills_its_process_is_parked(place: Place) -> None:
    house, deaths = house_with(house_of(place.urls), kill_process), 0
    trial = happen(house, place.tenant, now=datetime.now(UTC))
    for _ in range(2 * reactions.MAX_ATTEMPTS):
        try:
            ring(house, lease=timedelta(0))
        except Died:
            deaths += 1
    state = reaction(house, place.tenant, trial).state
    house.app.close()
    house.system.close()

    assert (deaths, state) == (reactions.MAX_ATTEMPTS, "parked")


def drop_unique(place: Place) -> None:
    with psycopg.connect(dsn(place.urls.superuser)) as connection:
        connection.execute("ALTER TABLE reaction DROP CONSTRAINT uq_reaction_tenant_id_event_id_reactor")


def count_within_the_work(place: Place) -> None:
    """The count is lost with the process, as it would be in the transaction of the work."""

    def count(house: House, tenant: UUID, row: UUID) -> bool:
        with house.app.transaction(tenant) as session:
            is_open = reactions.count_attempt(session, tenant, row)
            session.rollback()
        return is_open

    place.mutate.setattr(working, "_count", count)


QUEUE: dict[str, tuple[Callable[[Place], None], Callable[[Place], None]]] = {
    "unique (event, reactor)": (one_reactor_hears_of_an_event_once, drop_unique),
    "SKIP LOCKED of the claim": (
        two_claimers_get_different_ones_at_once,
        lambda place: place.without("CLAIM", "SKIP LOCKED"),
    ),
    "SKIP LOCKED of the claim in turn": (
        a_claimer_in_turn_waits_for_no_other,
        lambda place: place.without("CLAIM_IN_TURN", "SKIP LOCKED"),
    ),
    "SKIP LOCKED of the worker": (what_is_in_hand_is_passed_by, lambda place: place.without("TAKE", "SKIP LOCKED")),
    "the lease ends": (
        a_lost_message_is_rung_again,
        lambda place: place.without(
            "CLAIM", "now() + :lease", "greatest(CAST('infinity' AS timestamptz), now() + :lease)"
        ),
    ),
    "the lease": (
        what_is_leased_is_not_rung_again,
        lambda place: place.without("CLAIM", "now() + :lease", "now() - :lease"),
    ),
    "attempt count before the work": (what_kills_its_process_is_parked, count_within_the_work),
}


@pytest.mark.parametrize("guard", QUEUE)
def test_a_guard_of_the_queue_that_is_gone_is_missed(place: Place, guard: str) -> None:
    check, remove = QUEUE[guard]
    check(place)

    remove(place)

    with pytest.raises(AssertionError):
        check(place)


def while_another_holds(sheet: Sheet, first: Callable[[Session], object]) -> None:
    """`first` has been done, not yet committed, when a sweeper comes along."""
    sweeper = threading.Thread(target=sheet.sweep)
    with sheet.house.system.transaction(None) as session:
        first(session)
        sweeper.start()
        time.sleep(SHORT.total_seconds())
    sweeper.join()


def two_sweepers_move_a_row_once(sheet: Sheet) -> None:
    sheet.occurrences(5, soon=-300, due=-200, grace=-100)

    while_another_holds(sheet, lambda session: timers.sweep(session, TIMED))

    assert sheet.count(TORN) == 0


def what_a_person_closed_has_no_clock_any_more(sheet: Sheet) -> None:
    row = sheet.occurrence(soon=-300, due=-200, grace=100)
    done = text("UPDATE occurrence SET state = 'done', alert_at = NULL WHERE id = :id")

    while_another_holds(sheet, lambda session: session.execute(done, {"id": row}))

    assert (sheet.row(row), sheet.events(row)) == (("done", None), [])


def a_second_sweeper_passes_by(sheet: Sheet) -> None:
    sheet.occurrences(5, soon=-300, due=-200, grace=-100)
    with sheet.house.system.transaction(None) as one, sheet.house.system.transaction(None) as other:
        timers.sweep(one, TIMED)
        other.execute(text("SET LOCAL lock_timeout = 300"))
        try:
            moved = timers.sweep(other, TIMED)
        except OperationalError:
            other.rollback()
            moved = -1

    assert moved == 0


def unconditional(move: str) -> str:
    """Look first, then write what was seen: the row is not looked at again when its turn has come."""
    guarded = r"ctid = ANY\(ARRAY\(\s*SELECT ctid(.*?)FOR NO KEY UPDATE SKIP LOCKED\)\)\s*AND .*?(?=RETURNING)"
    return re.sub(guarded, r"id = ANY(ARRAY(SELECT id\1)) ", move, flags=re.DOTALL)


CLOCK: dict[str, tuple[Callable[[Sheet], None], Callable[[str], str]]] = {
    "conditional stage change, two sweepers": (two_sweepers_move_a_row_once, unconditional),
    "conditional stage change, a person": (what_a_person_closed_has_no_clock_any_more, unconditional),
    "SKIP LOCKED of the sweep": (a_second_sweeper_passes_by, lambda move: move.replace("SKIP LOCKED", "")),
}


@pytest.mark.parametrize("guard", CLOCK)
def test_a_guard_of_the_clock_that_is_gone_is_missed(sheet: Sheet, monkeypatch: pytest.MonkeyPatch, guard: str) -> None:
    (check, remove), whole = CLOCK[guard], timers._move
    check(sheet)
    sheet.connection.execute("DELETE FROM occurrence; DELETE FROM event")

    monkeypatch.setattr(timers, "_move", lambda timed: remove(whole(timed)))

    assert timers._move(TIMED) != whole(TIMED)
    with pytest.raises(AssertionError):
        check(sheet)
