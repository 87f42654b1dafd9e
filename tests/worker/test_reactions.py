"""A reaction is open until its effect is committed, once, whatever happens on the way."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from services.worker.bell import messages
from services.worker.drain import drain
from services.worker.work import work
from shared.bootstrap import House
from shared.kernel import reactions
from shared.kernel.database import bind
from shared.kernel.errors import DomainError
from shared.kernel.events import record, send_copy
from shared.kernel.ids import new_id
from shared.kernel.reactions import Claimed, How, reactor
from tests.support.cast import Cast
from tests.worker.trial import TrialHappened, gather, happen, house_with, leave_trace, reaction, traces


@pytest.fixture
def trial_house(house: House) -> Iterator[House]:
    """A house whose only reactor leaves a trace."""
    made = house_with(house, leave_trace)
    yield made
    made.app.close()
    made.system.close()


def forward(house: House, tenant: UUID, trial: UUID) -> None:
    """Let the back-off be over."""
    with house.app.transaction(tenant) as session:
        row = reaction(house, tenant, trial)
        session.execute(
            text("UPDATE reaction SET next_attempt_at = now(), lease_until = '-infinity' WHERE id = :id"),
            {"id": row.id},
        )


def test_an_effect_and_its_done_mark_are_committed_together(cast: Cast, trial_house: House) -> None:
    trial = happen(trial_house, cast.school.id, now=cast.now())

    drain(trial_house)

    assert traces(trial_house, cast.school.id, trial) == 1
    assert reaction(trial_house, cast.school.id, trial).state == "done"


def test_a_second_ring_of_the_same_reaction_does_nothing(cast: Cast, trial_house: House) -> None:
    trial = happen(trial_house, cast.school.id, now=cast.now())
    row = reaction(trial_house, cast.school.id, trial)

    for _ in range(3):
        work(trial_house, [(cast.school.id, [row.id])], How.TOGETHER)

    assert traces(trial_house, cast.school.id, trial) == 1


def test_a_forged_tenant_executes_nothing(cast: Cast, trial_house: House) -> None:
    trial = happen(trial_house, cast.school.id, now=cast.now())
    row = reaction(trial_house, cast.school.id, trial)

    work(trial_house, [(cast.stranger.id, [row.id])], How.TOGETHER)

    assert traces(trial_house, cast.school.id, trial) == 0
    assert reaction(trial_house, cast.school.id, trial).state == "open"


def test_a_failed_reactor_leaves_no_effect_and_waits(cast: Cast, trial_house: House) -> None:
    trial = happen(trial_house, cast.school.id, now=cast.now(), poison="fails")

    work(trial_house, [(cast.school.id, [reaction(trial_house, cast.school.id, trial).id])], How.TOGETHER)

    row = reaction(trial_house, cast.school.id, trial)
    assert traces(trial_house, cast.school.id, trial) == 0
    assert (row.state, row.attempts, row.last_error) == ("open", 1, "RuntimeError: poison")
    assert row.next_attempt_at > row.now


def test_one_poison_row_costs_its_batch_nothing(cast: Cast, trial_house: House) -> None:
    good = [happen(trial_house, cast.school.id, now=cast.now()) for _ in range(3)]
    bad = happen(trial_house, cast.school.id, now=cast.now(), poison="fails")
    rows = [reaction(trial_house, cast.school.id, trial).id for trial in [*good, bad]]

    work(trial_house, [(cast.school.id, rows)], How.TOGETHER)

    assert [traces(trial_house, cast.school.id, trial) for trial in good] == [1, 1, 1]
    assert reaction(trial_house, cast.school.id, bad).attempts == 2  # with the others, and alone


def test_the_fifth_failure_parks_and_a_replay_opens_again(cast: Cast, trial_house: House) -> None:
    trial = happen(trial_house, cast.school.id, now=cast.now(), poison="fails")

    for _ in range(7):
        forward(trial_house, cast.school.id, trial)
        drain(trial_house)

    row = reaction(trial_house, cast.school.id, trial)
    assert (row.state, row.attempts) == ("parked", 5)
    with trial_house.app.transaction(cast.school.id) as session:
        assert reactions.replay(session, cast.school.id, row.id)
        assert not reactions.replay(session, cast.school.id, row.id)
    assert reaction(trial_house, cast.school.id, trial).state == "open"


def test_a_row_that_kills_its_process_is_parked_after_five_tries(cast: Cast, trial_house: House) -> None:
    trial = happen(trial_house, cast.school.id, now=cast.now())
    row = reaction(trial_house, cast.school.id, trial)
    tries = 1  # the first ring goes uncounted

    with trial_house.app.transaction(cast.school.id) as session:
        while reactions.count_attempt(session, cast.school.id, row.id):
            tries += 1  # ... and the process dies here each time

    assert tries == 5
    assert "hung" in reaction(trial_house, cast.school.id, trial).last_error
    assert reaction(trial_house, cast.school.id, trial).state == "parked"


def test_a_reactor_of_a_newer_release_waits_uncounted(cast: Cast, house: House) -> None:
    older = house_with(house, leave_trace, known={})
    trial = happen(older, cast.school.id, now=cast.now())

    drain(older)

    row = reaction(older, cast.school.id, trial)
    assert (row.state, row.attempts, row.last_error) == ("open", 0, "UnknownHere")
    newer = house_with(house, leave_trace)
    forward(newer, cast.school.id, trial)
    drain(newer)
    assert traces(newer, cast.school.id, trial) == 1
    for one in (older, newer):
        one.app.close()
        one.system.close()


@pytest.mark.parametrize(("rings", "seconds"), [(1, 2), (2, 4), (10, 20), (1000, 20)])
def test_what_waits_uncounted_is_asked_less_and_less(cast: Cast, trial_house: House, rings: int, seconds: int) -> None:
    row = reaction(trial_house, cast.school.id, happen(trial_house, cast.school.id, now=cast.now()))

    with trial_house.app.transaction(cast.school.id) as session:
        session.execute(text("UPDATE reaction SET rings = :rings WHERE id = :id"), {"id": row.id, "rings": rings})
        reactions.postpone(session, cast.school.id, row.id, why="?")
        waits = text("SELECT extract(epoch FROM next_attempt_at - now()) FROM reaction WHERE id = :id")

        assert session.execute(waits, {"id": row.id}).scalar_one() == seconds


def test_a_gathering_reactor_runs_once_for_a_batch(cast: Cast, house: House) -> None:
    made = house_with(house, gather)
    ids = [reaction(made, cast.school.id, happen(made, cast.school.id, now=cast.now())).id for _ in range(4)]

    work(made, [(cast.school.id, ids)], How.TOGETHER)

    with made.app.transaction(cast.school.id) as session:
        found = session.execute(text("SELECT detail FROM audit_entry WHERE action = 'trial.gathered'")).scalars().all()
    assert found == [{"events": 4}]
    made.app.close()


def test_reactions_of_several_organisations_share_a_commit_and_nothing_else(cast: Cast, trial_house: House) -> None:
    ours = happen(trial_house, cast.school.id, now=cast.now())
    theirs = happen(trial_house, cast.village.id, now=cast.now())
    batch = [
        (tenant, [reaction(trial_house, tenant, trial).id])
        for tenant, trial in ((cast.school.id, ours), (cast.village.id, theirs))
    ]

    work(trial_house, batch, How.TOGETHER)

    assert traces(trial_house, cast.school.id, ours) == 1
    assert traces(trial_house, cast.village.id, theirs) == 1
    assert traces(trial_house, cast.school.id, theirs) == 0


def test_a_claimed_reaction_is_rung_again_when_its_lease_has_run_out(cast: Cast, trial_house: House) -> None:
    trial = happen(trial_house, cast.school.id, now=cast.now())
    row = reaction(trial_house, cast.school.id, trial)

    def rung(lease: timedelta) -> list[int]:
        with trial_house.system.engine.begin() as connection:
            claimed = reactions.claim(connection, "default", lease=lease, most=1000)
        return [one.rings for one in claimed if one.id == row.id]

    assert rung(timedelta(0)) == [1]
    assert rung(timedelta(minutes=5)) == [2]
    assert rung(timedelta(minutes=5)) == []


def test_what_came_to_no_end_twice_is_rung_for_a_process_of_its_own(cast: Cast, trial_house: House) -> None:
    row = reaction(trial_house, cast.school.id, happen(trial_house, cast.school.id, now=cast.now()))
    ways = []

    for _ in range(5):
        with trial_house.system.engine.begin() as connection:
            claimed = reactions.claim(connection, "default", lease=timedelta(0), most=1000)
        ways += [one.how.value for one in claimed if one.id == row.id]
        with trial_house.app.transaction(cast.school.id) as session:
            if ways[-1] != How.TOGETHER:
                reactions.count_attempt(session, cast.school.id, row.id)

    assert ways == ["together", "alone", "apart", "apart", "apart"]


def test_what_another_may_have_eaten_is_not_told_of_whoever_lacks_it(cast: Cast, house: House) -> None:
    @reactor("lack_memory")
    def lack_memory(session: Session, happened: TrialHappened, *, now: datetime) -> None:
        raise MemoryError

    made = house_with(house, lack_memory)
    trial = happen(made, cast.school.id, now=cast.now())
    batch = [(cast.school.id, [reaction(made, cast.school.id, trial).id])]

    found = []
    for how in (How.ALONE, How.APART):
        work(made, batch, how)
        found.append(reaction(made, cast.school.id, trial).last_error)

    assert found == [None, "MemoryError: "]
    made.app.close()


def test_a_row_rung_before_travels_alone() -> None:
    tenant = new_id()
    hows = (How.TOGETHER, How.ALONE, How.TOGETHER, How.APART)
    claimed = [Claimed(tenant, new_id(), "default", 1, how) for how in hows]

    sent = [(message.args[1], sum(len(ids) for _, ids in message.args[0])) for message in messages(claimed)]

    assert sorted(sent) == [("alone", 1), ("apart", 1), ("together", 2)]


def test_a_copied_message_arrives_once_however_often_it_is_carried(cast: Cast, trial_house: House) -> None:
    message = TrialHappened(at=cast.now(), trial_id=new_id())
    for _ in range(2):
        with trial_house.app.transaction(cast.school.id) as session:
            send_copy(session, (cast.education.id, message))

    drain(trial_house)
    drain(trial_house)

    assert traces(trial_house, cast.education.id, message.trial_id) == 1
    assert traces(trial_house, cast.school.id, message.trial_id) == 0


def test_an_event_owes_nothing_to_who_does_not_hear_it(cast: Cast, house: House) -> None:
    heard, unheard, copied = (TrialHappened(at=cast.now(), trial_id=new_id()) for _ in range(3))
    choosy = house_with(house, leave_trace.when(trial_id=str(heard.trial_id)))
    with choosy.app.transaction(cast.school.id) as session:
        record(session, heard, unheard)
        send_copy(session, (cast.education.id, copied))

    drain(choosy)

    assert traces(choosy, cast.school.id, heard.trial_id) == 1
    assert traces(choosy, cast.school.id, unheard.trial_id) == 0
    assert traces(choosy, cast.education.id, copied.trial_id) == 0
    choosy.app.close()
    choosy.system.close()


def test_a_copy_that_cannot_be_written_keeps_no_other_waiting_and_is_parked(cast: Cast, trial_house: House) -> None:
    lost, found = (TrialHappened(at=cast.now(), trial_id=new_id()) for _ in range(2))
    for destination, message in ((new_id(), lost), (cast.education.id, found)):
        with trial_house.app.transaction(cast.school.id) as session:
            send_copy(session, (destination, message))

    for _ in range(reactions.MAX_ATTEMPTS):
        drain(trial_house)
        with trial_house.app.transaction(cast.school.id) as session:
            session.execute(text("UPDATE reaction SET next_attempt_at = now() WHERE queue = 'copy' AND state = 'open'"))

    assert traces(trial_house, cast.education.id, found.trial_id) == 1
    with trial_house.app.transaction(cast.school.id) as session:
        query = "SELECT attempts, last_error FROM reaction WHERE queue = 'copy' AND state = 'parked'"
        parked = session.execute(text(query)).tuples().all()
    assert [(attempts, error.partition(":")[0]) for attempts, error in parked] == [(5, "IntegrityError")]


def test_an_event_that_was_not_declared_to_cross_stays_at_home(cast: Cast, trial_house: House) -> None:
    happened = TrialHappened(at=cast.now(), trial_id=new_id())
    type(happened).crosses = False

    with pytest.raises(DomainError, match=r"copy\.not_allowed"), trial_house.app.transaction(cast.school.id) as session:
        send_copy(session, (cast.education.id, happened))
    type(happened).crosses = True


def test_the_application_cannot_write_an_event_for_somebody_else(cast: Cast, trial_house: House) -> None:
    with trial_house.app.transaction(cast.school.id) as session:
        bind(session, cast.school.id)
        session.info["tenant_id"] = cast.stranger.id

        with pytest.raises(ProgrammingError, match="row-level security"):
            record(session, TrialHappened(at=cast.now(), trial_id=new_id()))
