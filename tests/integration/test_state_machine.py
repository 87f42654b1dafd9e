"""R48: whatever people, the clock, the workers and crashes do in whatever order, a promise climbs one ladder, upwards.

Promises are opened, assigned, kept, reopened, excused, left behind by a child that leaves; calls are answered or not;
time passes, is swept and reacted to in any order; transactions are rolled back and messages lost.  Withdrawing consent
and a school's transfer of a child come with later issues; a child that leaves and comes back stands for the second.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from psycopg.rows import dict_row
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.care import excuse_usecases, pairing_usecases, record_usecases
from shared.care.escalations import usecases as escalations
from shared.care.models import Assignment, CareRecord, Escalation, Occurrence
from shared.care.record_usecases import Deed
from shared.children import usecases as children
from shared.children.models import Child
from shared.kernel import reactions
from shared.kernel.clock import app_now, local_day
from shared.notifications import usecases as notifications
from shared.notifications.models import CopiedMessage
from shared.people.rules import Role
from tests.faults.scale import FULL
from tests.support.cast import Cast, house_of, shut
from tests.support.casting import build_cast
from tests.support.cluster import Urls, dsn
from tests.support.never import NEVER
from tests.support.plans import FIRST_OF_TERM, put_in_force

EXAMPLES, STEPS = (500, 50) if FULL else (6, 30)
VISITS = {"title": "每周家访", "subject": "child", "kind": "home_visit", "period": "weekly"}
CARERS = ("proxy_parent", "teacher", "other_teacher")
NUMBER = st.integers(0, 20)
DAYS_BEFORE = 8  # the first window has begun
ALWAYS = {"assign", "keep", "excuse", "leave", "answer", "crash", "sweep", "react"}  # even in the short run
RANKS = {"waiting": 0, "open": 1, "lapsed": 2, "answered": 3}
STAGES = (None, "due_soon", "overdue", "missed")
EMPTY = (
    "TRUNCATE plan, plan_item, assignment, occurrence, care_record, escalation, event, reaction, copied_message CASCADE"
)
FRESH = "UPDATE child SET status = 'active', exit_on = NULL, exit_reason = NULL, is_key = false, risk_level = NULL"


class PowerCut(Exception):
    """A transaction that does not come to its end."""


class Ladder(RuleBasedStateMachine):
    """One school, three left-behind children, one weekly visit promised to each.

    `done` counts what succeeded, over all examples.
    """

    cast: ClassVar[Cast]
    oracle: ClassVar[psycopg.Connection[Any]]
    superuser: ClassVar[psycopg.Connection[Any]]
    done: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.rungs: dict[UUID, int] = {}
        self.calls: dict[UUID, int] = {}
        self.crashing = False

    @initialize(risk=st.sampled_from([None, "yellow", "red"]), is_key=st.booleans())
    def begin(self, risk: str | None, is_key: bool) -> None:
        self.superuser.execute(EMPTY)
        self.superuser.execute(FRESH)
        self.school = self.cast.school
        self.children = [self.school.children[name] for name in ("王小明", "陈晓芳", "周静怡")]
        self.superuser.execute("UPDATE child SET risk_level = %s WHERE id = %s", [risk, self.children[0]])
        self.superuser.execute("UPDATE child SET is_key = %s WHERE id = %s", [is_key, self.children[1]])
        self.cast.clock(FIRST_OF_TERM)
        put_in_force(self.cast, self.school, VISITS, role=Role.PROXY_PARENT)
        self.cast.run_reactions()
        self.cast.advance(days=DAYS_BEFORE)

    # what people do

    def act(self, name: str, deed: Callable[[Session], object]) -> None:
        """In one transaction; while the power is about to be cut, it is rolled back when all is done."""
        with suppress(PowerCut):
            with self.school.transaction() as session:
                deed(session)
                session.flush()
                if self.crashing:
                    self.crashing = False
                    self.done["crash"] += 1
                    raise PowerCut
            self.done[name] += 1

    def found(self, model: type[Any], *which: Any) -> list[Any]:
        with self.school.transaction() as session:
            return list(session.scalars(select(model).where(*which).order_by(model.id)))

    def one(self, number: int, model: type[Any], *which: Any) -> Any:
        rows = self.found(model, *which)
        return rows[number % len(rows)] if rows else None

    @rule(number=NUMBER, to=st.sampled_from(CARERS))
    def assign(self, number: int, to: str) -> None:
        child, taker = self.children[number % 3], self.school.members[to].membership_id
        held = self.one(0, Assignment, Assignment.child_id == child, Assignment.until_on.is_(None))
        given: dict[str, Any] = {"membership_id": taker, "by": self.school.head, "now": self.cast.now()}
        if held is None:
            self.act("assign", lambda s: pairing_usecases.pair(s, child_id=child, role=Role.PROXY_PARENT, **given))
        elif held.membership_id != taker:
            self.act("assign", lambda s: pairing_usecases.change_carer(s, held.id, **given))

    @rule(number=NUMBER)
    def keep(self, number: int) -> None:
        today = local_day(self.cast.now())
        due = self.one(number, Occurrence, Occurrence.state == "open", Occurrence.window_start <= today)
        if due is not None:
            self.act("keep", lambda s: self._record(s, due))

    def _record(self, session: Session, due: Occurrence) -> None:
        now = app_now(session)
        deed, by = Deed(on_day=local_day(now), reached=True), self.school.head
        record_usecases.write_record(session, kind=due.kind, deed=deed, occurrence_id=due.id, by=by, now=now)

    @rule(number=NUMBER)
    def reopen(self, number: int) -> None:
        row = self.one(number, CareRecord, CareRecord.state == "valid")
        if row is not None:
            by, now = self.school.head, self.cast.now()
            self.act("reopen", lambda s: record_usecases.void_record(s, row.id, reason="误录", by=by, now=now))

    @rule(number=NUMBER)
    def excuse(self, number: int) -> None:
        row = self.one(number, Occurrence, Occurrence.state == "open")
        if row is not None:
            by, now = self.school.head, self.cast.now()
            self.act("excuse", lambda s: excuse_usecases.excuse(s, row.id, reason="在外地", by=by, now=now))

    @rule(number=NUMBER)
    def withdraw(self, number: int) -> None:
        now = self.cast.now()
        row = self.one(number, Occurrence, Occurrence.state == "excused", Occurrence.grace_until > now)
        if row is not None:
            self.act("withdraw", lambda s: excuse_usecases.withdraw_excuse(s, row.id, by=self.school.head, now=now))

    @rule(number=NUMBER)
    def leave_or_return(self, number: int) -> None:
        child, by, now = self.children[number % 3], self.school.head, self.cast.now()
        if self.found(Child, Child.id == child, Child.status == "active"):
            self.act("leave", lambda s: children.exit_child(s, child, reason="moved", by=by, now=now))
        else:
            self.act("return", lambda s: children.come_back(s, child, by=by, now=now))

    @rule(number=NUMBER, acted=st.booleans())
    def answer(self, number: int, acted: bool) -> None:
        waiting = Escalation.state.in_(("open", "lapsed")), Escalation.recipient_id.is_not(None)
        row = self.one(number, Escalation, *waiting)
        if row is not None:
            by = next(one for one in self.school.members.values() if one.membership_id == row.recipient_id)
            given: dict[str, Any] = (
                {"answer": "acted", "note": "谈过了。"} if acted else {"answer": "seen", "note": None}
            )
            self.act("answer", lambda s: escalations.answer(s, row.id, by=by, now=self.cast.now(), **given))

    @rule()
    def answer_from_above(self) -> None:
        education = self.cast.education
        with education.transaction() as session:
            letter = session.scalars(select(CopiedMessage).where(CopiedMessage.state == "open").limit(1)).one_or_none()
            if letter is not None:
                given: dict[str, Any] = {
                    "answer": "seen",
                    "note": None,
                    "by": education.recipient,
                    "now": app_now(session),
                }
                notifications.answer_message(session, letter.id, **given)
                self.done["answer from above"] += 1

    # what happens by itself

    @rule(hours=st.sampled_from([12, 49, 24 * 4, 24 * 8]))
    def time_passes(self, hours: int) -> None:
        self.cast.advance(hours=hours)

    @rule(days=st.integers(1, 3))
    def days_go_by(self, days: int) -> None:
        """Days on which nobody but the machine does anything."""
        for _ in range(days):
            self.cast.advance(days=1)
            self.sweep()
            self.react()

    @rule()
    def sweep(self) -> None:
        self.done["sweep"] += self.cast.sweep()

    @rule()
    def react(self) -> None:
        self.done["react"] += self.cast.run_reactions()

    @rule()
    def lose_messages(self) -> None:
        """The bell rings, and every message is lost."""
        with self.cast.house.system.engine.connect() as connection, connection.begin():
            lost = reactions.claim(connection, "default", lease=timedelta(0), most=100)
        self.done["lost"] += len(lost)

    @precondition(lambda self: not self.crashing)
    @rule()
    def power_will_be_cut(self) -> None:
        """In the next transaction of anybody."""
        self.crashing = True

    # what must hold

    @invariant()
    def nothing_that_may_never_be(self) -> None:
        faults = self.oracle.execute(NEVER.encode()).fetchall()
        assert faults == []

    @invariant()
    def rungs_only_rise(self) -> None:
        for row in self.oracle.execute("SELECT id, state, stage FROM occurrence"):
            rung = STAGES.index(row["stage"])
            assert rung >= self.rungs.get(row["id"], 0), row
            # Who has come back begins anew; everybody else goes on from where the clock had come.
            self.rungs[row["id"]] = 0 if row["state"] == "void" else rung
        for row in self.oracle.execute("SELECT id, state FROM escalation"):
            assert RANKS[row["state"]] >= self.calls.get(row["id"], 0), row
            self.calls[row["id"]] = RANKS[row["state"]]

    def teardown(self) -> None:
        """In the end everything that is due has happened, and everything that follows from it."""
        if not hasattr(self, "school"):
            return
        self.crashing = False
        while self.cast.sweep() + self.cast.run_reactions():
            pass
        self.nothing_that_may_never_be()
        left = "SELECT (SELECT count(*) FROM reaction WHERE state <> 'done') + "
        left += "(SELECT count(*) FROM occurrence WHERE alert_at <= app_now()) AS waiting"
        assert self.oracle.execute(left.encode()).fetchall() == [{"waiting": 0}]


@pytest.fixture
def ladder(fresh_urls: Urls) -> Iterator[type[Ladder]]:
    """The machine over a database of its own: its sweeps see everything in it."""
    house = house_of(fresh_urls)
    with (
        psycopg.connect(dsn(fresh_urls.backup), autocommit=True, row_factory=dict_row) as oracle,
        psycopg.connect(dsn(fresh_urls.superuser), autocommit=True) as superuser,
    ):
        Ladder.cast, Ladder.oracle, Ladder.superuser = build_cast(house, fresh_urls), oracle, superuser
        Ladder.done = Counter()
        yield Ladder
    shut(house)


@pytest.mark.full
@pytest.mark.beside
@pytest.mark.faults
@pytest.mark.timeout(1800)
def test_r48_whatever_happens_in_whatever_order_a_promise_climbs_one_ladder_upwards(ladder: type[Ladder]) -> None:
    thorough = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )

    run_state_machine_as_test(ladder, settings=thorough)

    print(dict(ladder.done))
    assert {name for name, times in ladder.done.items() if times} >= ALWAYS
