"""An attempt is counted before the work; one that meets no work, because another has it in hand, is given back.

Two rings of one reaction may be worked on at once: a lease ran out while the first waited for its turn (R28).
"""

import psycopg
import pytest

from services.worker.work import Batch, together, work
from shared.bootstrap import House
from shared.kernel.reactions import How
from tests.support.cast import Cast
from tests.support.cluster import dsn
from tests.worker.trial import happen, house_with, leave_trace, reaction

HOLD = "SELECT FROM reaction WHERE id = %s FOR NO KEY UPDATE"


def two_at_once(cast: Cast, older: House, *, goes_on_holding: bool) -> int:
    """How many attempts stand in the end, where another took it between our count and our work."""
    school, trial = cast.school, happen(older, cast.school.id, now=cast.now())
    row = reaction(older, school.id, trial)

    def held(house: House, batch: Batch) -> int:
        other.execute(HOLD, [row.id])
        in_hand = together(house, batch)
        if not goes_on_holding:
            other.rollback()
        return in_hand

    with psycopg.connect(dsn(cast.urls.superuser)) as other:
        work(older, [(school.id, [row.id])], How.ALONE, way=held)
        other.rollback()
    after = reaction(older, school.id, trial)
    assert after.state == "open"
    return int(after.attempts)


@pytest.mark.parametrize(("goes_on_holding", "attempts"), [(False, 0), (True, 2)])
def test_an_attempt_that_another_had_in_hand_is_given_back(cast: Cast, goes_on_holding: bool, attempts: int) -> None:
    """Whoever holds it for long may hang, and is not waited for."""
    house = house_with(cast.house, leave_trace)

    assert two_at_once(cast, house, goes_on_holding=goes_on_holding) == attempts
    house.app.close()
