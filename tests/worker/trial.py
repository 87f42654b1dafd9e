"""An event and reactors of the tests' own: one leaves a row behind, others fail in ways that happen."""

import os
import signal
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.bootstrap import House
from shared.kernel.audit import audit
from shared.kernel.event_types import Event, event
from shared.kernel.events import CopySent, receive_copy, record
from shared.kernel.ids import new_id
from shared.kernel.reactions import Reactor, reactor


@event("trial.happened", subject="trial_id", crosses=True)
class TrialHappened(Event):
    """Something to react to."""

    trial_id: UUID
    poison: str = ""


def fail() -> None:
    raise RuntimeError("poison")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def hang() -> None:
    time.sleep(3600)


def eat() -> None:
    hoard = []
    while True:
        hoard.append(bytearray(64 << 20))


POISONS = {"fails": fail, "kills": die, "hangs": hang, "eats": eat}


def _trace(session: Session, happened: TrialHappened, *, now: datetime) -> None:
    """The effect: one audit row; a poisoned event fails after it.  Tries are counted in a file too, if one is given."""
    if path := os.environ.get("HEHU_TRIES"):
        with open(path, "a", encoding="ascii") as tries:
            tries.write(f"{happened.trial_id}\n")
    audit(session, "trial.trace", by=None, subject_kind="trial", subject_id=happened.trial_id)
    session.flush()
    if happened.poison:
        POISONS[happened.poison]()


leave_trace = reactor("leave_trace")(_trace)
leave_trace_alarm = reactor("leave_trace_alarm", queue="alarm")(_trace)


@reactor("gather", queue="bulk", once_per_batch=True)
def gather(session: Session, happened: list[TrialHappened], *, now: datetime) -> None:
    """One effect for a whole batch."""
    audit(session, "trial.gathered", by=None, subject_kind="trial", events=len(happened))


COPY = Reactor(name="copy", queue="copy", run=receive_copy)


def house_with(house: House, *reactors: Reactor, known: Mapping[str, Reactor] | None = None) -> House:
    """The same databases with other subscriptions; `known` is what the worker's release knows."""
    subscriptions = {TrialHappened.name: reactors, CopySent.name: (COPY,)}
    by_name = {one.name: one for one in reactors} if known is None else known
    info: dict[str, Any] = {**house.info, "subscriptions": subscriptions}
    return House(settings=house.settings, info=info, reactors=by_name)


def happen(house: House, tenant: UUID, *, now: datetime, poison: str = "") -> UUID:
    """Record one trial event in a transaction of its own; returns its subject."""
    trial = new_id()
    with house.app.transaction(tenant) as session:
        record(session, TrialHappened(at=now, trial_id=trial, poison=poison))
    return trial


def traces(house: House, tenant: UUID, trial: UUID) -> int:
    """How often the effect took place."""
    query = text("SELECT count(*) FROM audit_entry WHERE subject_id = :trial AND action = 'trial.trace'")
    with house.app.transaction(tenant) as session:
        found: int = session.execute(query, {"trial": trial}).scalar_one()
    return found


def reaction(house: House, tenant: UUID, trial: UUID) -> Any:
    """The reaction's row: state, attempts, last_error, next_attempt_at, now."""
    query = text(
        "SELECT r.id, r.state, r.attempts, r.last_error, r.next_attempt_at, now() AS now FROM reaction r "
        "JOIN event e ON e.tenant_id = r.tenant_id AND e.id = r.event_id WHERE e.subject_id = :trial"
    )
    with house.app.transaction(tenant) as session:
        return session.execute(query, {"trial": trial}).one()
