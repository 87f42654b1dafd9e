"""In whatever order and however often reactions come: what follows is what follows from the rolls as they are."""

import ast
import inspect
import random
import textwrap
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import permutations
from typing import Any

import psycopg
import pytest
from sqlalchemy import select, text

from services.worker.work import work
from shared.care.models import Escalation
from shared.care.plan_reactors import follow_child
from shared.children.models import Child
from shared.kernel import reactions
from shared.kernel.clock import app_now
from shared.kernel.reactions import How, Reactor
from shared.subscriptions import by_name
from tests.support.cast import Cast
from tests.support.cluster import Cluster, Urls, dsn
from tests.support.plans import occurrences
from tests.support.promises import Promise, a_promise
from tests.worker.rolls_in_motion import (
    Deed,
    Place,
    deeds,
    do,
    in_a_batch,
    open_everything_again,
    react_somehow,
    rolls_in,
    settle,
)

WRITERS, HANDS = 8, 3


@pytest.fixture
def chance() -> random.Random:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    return random.Random(seed)


@pytest.fixture
def lived_and_told(fresh_urls: Urls, cluster: Cluster) -> Iterator[tuple[Place, Place]]:
    """The same rolls twice: one in which things happen, one in which they are told again in order."""
    lived = rolls_in(fresh_urls)
    lived.close()
    told_in = f"{fresh_urls.database}_told"
    with cluster.administrator() as connection:
        connection.execute(f"CREATE DATABASE {told_in} TEMPLATE {fresh_urls.database} STRATEGY file_copy")
    told = lived.moved_to(cluster.urls(told_in, 0))
    yield lived, told
    lived.close()
    told.close()
    cluster.drop(told_in)


def live(place: Place, wanted: list[Deed]) -> list[Deed]:
    """All at once, by people who look first and reactors that come in any order; returns what took place, in turn."""
    over = threading.Event()
    hands = [threading.Thread(target=react_until, args=(place, over)) for _ in range(HANDS)]
    for hand in hands:
        hand.start()
    with ThreadPoolExecutor(WRITERS) as pool:
        turns = list(pool.map(lambda deed: looked_and_did(place, deed), wanted))
    over.set()
    for hand in hands:
        hand.join()
    took_place = sorted((turn, at) for at, turn in enumerate(turns) if turn is not None)
    print(f"{len(took_place)} of {len(wanted)} took place, the others were of an older version or to nobody")
    return [wanted[at] for _, at in took_place]


def looked_and_did(place: Place, deed: Deed) -> int | None:
    """Between the look and the change others may come: then the older version is refused."""
    with place.companies[deed.company].transaction() as session:
        seen = session.scalars(select(Child.version).where(Child.id == deed.child)).one()
    return do(place, deed, version=seen)


def react_until(place: Place, over: threading.Event) -> None:
    while not over.is_set():
        react_somehow(place, most=random.randint(1, 20))


def react_to_all(place: Place) -> None:
    with ThreadPoolExecutor(HANDS) as pool:
        for hand in [pool.submit(react_until_nothing_is_open, place) for _ in range(HANDS)]:
            hand.result()


def react_until_nothing_is_open(place: Place) -> None:
    while react_somehow(place, most=20):
        pass


@pytest.mark.full
@pytest.mark.timeout(300)
def test_r38_however_reactions_come_the_end_is_that_of_the_order(
    lived_and_told: tuple[Place, Place], chance: random.Random
) -> None:
    """The bar is 1,000 changes of 50 children; here 500, for time: each is told again and followed up by itself."""
    lived, told = lived_and_told

    for deed in live(lived, deeds(lived, 500, chance)):
        assert do(told, deed) is not None
        told.cast().run_reactions()
    react_to_all(lived)
    open_everything_again(lived)
    react_to_all(lived)
    settle(lived)
    settle(told)

    assert lived.found() == told.found()


@pytest.fixture
def rolls(fresh_urls: Urls) -> Iterator[Place]:
    place = rolls_in(fresh_urls)
    yield place
    place.close()


def while_promises_are_made(place: Place, meanwhile: Deed) -> None:
    """A child is left behind from now on; its promises are in a worker's hand when something else happens to it."""
    school = place.companies["school"]
    assert do(place, Deed("school", meanwhile.child, "change", (("left_behind", True),)))
    with school.transaction() as session:
        in_hand = session.scalars(text(FOLLOWS), {"child": meanwhile.child}).all()
        for taken in reactions.take(session, school.id, in_hand):
            follow_child.react(session, [taken.event], now=app_now(session))  # type: ignore[list-item]  # known here
        assert do(place, meanwhile)
        others = threading.Thread(target=lambda: react_somehow(place, most=100))
        others.start()
        while others.is_alive() and not waits(place):
            time.sleep(0.02)
    others.join()


FOLLOWS = """
    SELECT r.id FROM reaction r JOIN event e ON e.tenant_id = r.tenant_id AND e.id = r.event_id
     WHERE e.subject_id = :child AND r.reactor = 'care.follow_children' AND r.state = 'open'
"""


def waits(place: Place) -> bool:
    query = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with psycopg.connect(dsn(place.urls.superuser)) as connection:
        return connection.execute(query).fetchone() is not None


def test_r38_who_goes_while_promises_are_made_has_none(rolls: Place) -> None:
    _, child = rolls.children[0]

    while_promises_are_made(rolls, Deed("school", child, "exit"))

    assert {one.state for one in occurrences(rolls.companies["school"], child_id=child)} == {"void"}


def test_r38_a_carer_who_comes_while_promises_are_made_has_them(rolls: Place) -> None:
    _, child = rolls.children[0]
    carer = rolls.companies["school"].other_teacher.membership_id

    while_promises_are_made(rolls, Deed("school", child, "carer", (("membership_id", carer),)))

    assert {one.doer_id for one in occurrences(rolls.companies["school"], child_id=child, kind="call")} == {carer}


def test_r38_misses_call_the_same_people_in_whatever_order_they_come(cast: Cast) -> None:
    runs = [(order, three_misses(cast)) for order in permutations(range(3))]
    cast.sweep()

    for order, misses in runs:
        for turn in (*order, *order):
            tell_of(cast, misses[turn])

    [called] = {tuple(called_about(cast, misses)) for _, misses in runs}
    assert {level for levels in called for level, *_ in levels} >= {"E1", "E2", "E3"}


def three_misses(cast: Cast) -> list[Promise]:
    """Windows in a row of one item; their grace ran out long ago."""
    first = cast.now().date() - timedelta(days=120)
    given: dict[str, Any] = {"child": "王小明", "doer": cast.school.proxy_parent, "days": 30, "grace": 1}
    promise = a_promise(cast.school, start=first, **given)
    starts = [first + timedelta(days=30 * n) for n in (1, 2)]
    return [promise, *(a_promise(cast.school, start=start, item_id=promise.item_id, **given) for start in starts)]


def tell_of(cast: Cast, miss: Promise) -> None:
    """The reaction that calls people, and once more what was done already."""
    with psycopg.connect(dsn(cast.urls.superuser)) as connection:
        rows = connection.execute(CALLS_PEOPLE, [miss.id]).fetchall()
    work(cast.house, in_a_batch(rows), How.TOGETHER)


CALLS_PEOPLE = """
    UPDATE reaction r SET state = 'open', done_at = NULL FROM event e
     WHERE e.tenant_id = r.tenant_id AND e.id = r.event_id AND e.subject_id = %s AND r.reactor = 'care.escalate'
    RETURNING r.tenant_id, r.id
"""


def called_about(cast: Cast, misses: list[Promise]) -> list[tuple[Any, ...]]:
    """Of each miss: the level, whom, why, and the misses in a row that were counted."""
    with cast.school.transaction() as session:
        return [
            tuple(
                (row.level, row.recipient_id, row.superior_id, row.why, row.detail["running"])
                for row in session.scalars(
                    select(Escalation)
                    .where(Escalation.occurrence_id == miss.id)
                    .order_by(Escalation.level, Escalation.why, Escalation.recipient_id)
                )
            )
            for miss in misses
        ]


TRUTH = "reads the rows as they are and writes what follows; of two hands the later to read is the later to write"
OWN = "writes rows of its own event alone, under a key that makes a repeat the same"
ONCE = "moves a row of its own event by compare-and-set, or does nothing"
WHY_ORDER_CANNOT_MATTER = {
    "care.follow_children": TRUTH,
    "care.follow_roster": TRUTH,
    "care.make_occurrences": TRUTH,
    "care.top_up": TRUTH,
    "follow_staff": TRUTH,
    "reassign_after_pairing": TRUTH,
    "rollups.refresh": TRUTH,
    "answer_probe": OWN,
    "care.escalate": OWN,
    "care.escalate_unanswered": OWN,
    "care.report_miss_up": OWN,
    "copy": OWN,
    "incidents.report_incident_up": OWN,
    "notifications.keep_incident_report": OWN,
    "notifications.keep_miss_report": OWN,
    "notifications.message": OWN,
    "notifications.message_alarm": OWN,
    "notifications.notify": OWN,
    "notifications.notify_alarm": OWN,
    "care.take_miss_answer": ONCE,
    "children.forget_roster": ONCE,
    "incidents.take_incident_receipt": ONCE,
    "notifications.send": ONCE,
    "notifications.send_alarm": ONCE,
    "timers.sweep_again": ONCE,
    "webhooks.post": OWN,
    "webhooks.post_again": ONCE,
}
WHOM_AND_WHEN = {"at", "child_id", "child_ids", "item_id", "item_ids", "membership_id"}


def test_r38_every_reactor_says_why_order_cannot_matter() -> None:
    assert set(by_name()) == set(WHY_ORDER_CANNOT_MATTER)


def test_r38_what_follows_from_the_truth_takes_nothing_else_from_its_message() -> None:
    for name, why in WHY_ORDER_CANNOT_MATTER.items():
        if why is TRUTH:
            assert taken_from_the_message(by_name()[name]) <= WHOM_AND_WHEN, name


def taken_from_the_message(reactor: Reactor) -> set[str]:
    """The fields of `event` that its function reads."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(reactor.run)))
    fields = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)]
    return {node.attr for node in fields if isinstance(node.value, ast.Name) and node.value.id == "event"}
