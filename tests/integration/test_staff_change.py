"""Nobody's promises leave with the person who carried them."""

from datetime import date

from sqlalchemy import func, select

from shared.care.models import Assignment
from shared.kernel.clock import app_now
from shared.people import usecases
from tests.support.cast import Cast


def test_the_pairings_of_somebody_who_leaves_are_ended(cast: Cast) -> None:
    leaver = cast.school.members["proxy_parent"]
    child = next(iter(cast.school.children.values()))
    with cast.school.transaction() as session:
        row = Assignment(
            child_id=child, membership_id=leaver.membership_id, role="proxy_parent", from_on=date(2026, 9, 1)
        )
        session.add(row)

    with cast.school.transaction() as session:
        assert leaver.membership_id
        usecases.end_membership(session, leaver.membership_id, by=cast.school.admin, now=app_now(session))
    cast.run_reactions()

    with cast.school.transaction() as session:
        still = select(func.count()).where(
            Assignment.membership_id == leaver.membership_id, Assignment.until_on.is_(None)
        )
        assert session.execute(still).scalar_one() == 0
