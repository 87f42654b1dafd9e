"""Everything that must happen by a time: tables with `alert_at`, and the one statement that moves what is due.

A timed table has the columns `stage`, `alert_at`, `skipped` (stages an outage jumped over) and one column per stage
that says when it begins.  The sweep moves each due row to its highest due stage by compare-and-set, writes the
event and the reactions, and sets the next `alert_at`; any number of sweepers may run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from .event_types import Event
from .events import Subscriptions
from .reactions import HEARS


@dataclass(frozen=True)
class Stage:
    """A stage, the column that says when it begins, its event, and columns it sets (SQL literals)."""

    name: str
    at: str
    event: type[Event]
    sets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TimedTable:
    """`stages` in order; `payload` names the columns that become the event's fields (field → column)."""

    table: str
    stages: Sequence[Stage]
    payload: Mapping[str, str]
    open_when: str = "state = 'open'"


def astray(timed: TimedTable) -> str:
    """SQL of what must never be: an open row whose `alert_at` is not when its next stage begins, or an ended one's.

    Each timed table has an index of just these rows: it is empty, and tells at once when it is not.
    """
    stages = timed.stages
    arms = " ".join(f"WHEN '{stage.name}' THEN {_next_at(stages, n)}" for n, stage in enumerate(stages))
    return f"alert_at IS DISTINCT FROM CASE WHEN {timed.open_when} THEN CASE stage {arms} ELSE {stages[0].at} END END"


def event_name_of(timed: TimedTable) -> str:
    """SQL of the name of the event that a row's `stage` must have."""
    return _event_case(timed.stages, "name")


def sweep(
    session: Session,
    timed: TimedTable,
    *,
    most: int = 1000,
    but: Sequence[UUID] = (),
    only: Sequence[UUID] | None = None,
) -> int:
    """Move up to `most` due rows of one table (hehu_system), those of `only`, if given, and none of `but`.

    Returns how many moved.
    """
    statement, given = statement_for(timed, session.info["subscriptions"])
    chosen = {"most": most, "but": list(but), "only": None if only is None else list(only)}
    moved: int = session.execute(statement, given | chosen).scalar_one()
    return moved


def due(session: Session, timed: TimedTable, *, most: int, but: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """(tenant, id) of what `sweep` would move, the earliest first (hehu_system)."""
    wanted = text(f"SELECT tenant_id, id {_due(timed)}")
    rows = session.execute(wanted, {"most": most, "but": list(but), "only": None})
    return [(row.tenant_id, row.id) for row in rows]


def _due(timed: TimedTable) -> str:
    return f"""
          FROM {timed.table}
         WHERE alert_at <= (SELECT app_now()) AND {timed.open_when}
           AND id <> ALL(CAST(:but AS uuid[])) AND (CAST(:only AS uuid[]) IS NULL OR id = ANY(:only))
         ORDER BY alert_at LIMIT :most"""


def statement_for(timed: TimedTable, subscriptions: Subscriptions) -> tuple[TextClause, dict[str, list[str]]]:
    """The statement of a table and its constant parameters: which reactor hears of which stage."""
    duties = [
        (stage.event.name, reactor.name, reactor.queue, json.dumps(reactor.only))
        for stage in timed.stages
        for reactor in subscriptions.get(stage.event.name, ())
    ]
    given = {
        what: [duty[place] for duty in duties] for place, what in enumerate(("names", "reactors", "queues", "wanted"))
    }
    return text(_sql(timed)), given


def _sql(timed: TimedTable) -> str:
    """Index scan on `alert_at`, then the rows by ctid: a join would read the whole table once it is large."""
    payload = ", ".join(f"'{key}', {column}" for key, column in timed.payload.items())
    return f"""
    WITH moved AS ({_move(timed)}
    ), happened AS (
        SELECT *, {_event_case(timed.stages, "name")} AS event_name,
               {_event_case(timed.stages, "version")} AS event_version,
               jsonb_build_object({payload}, 'skipped', to_jsonb(skipped)) AS payload
          FROM moved
    ), written AS (
        INSERT INTO event (tenant_id, id, name, version, subject_id, payload, occurred_at)
        SELECT tenant_id, new_event_id, event_name, event_version, id, payload, (SELECT app_now())
          FROM happened
    ), rung AS (
        INSERT INTO reaction (tenant_id, id, event_id, reactor, queue)
        SELECT h.tenant_id, hehu_uuid7(), h.new_event_id, duty.reactor, duty.queue
          FROM happened h
          JOIN unnest(CAST(:names AS text[]), CAST(:reactors AS text[]), CAST(:queues AS text[]),
                      CAST(:wanted AS text[]))
               AS duty (name, reactor, queue, wanted) ON duty.name = h.event_name AND h.{HEARS}
    )
    SELECT count(*) FROM moved
    """


def _move(timed: TimedTable) -> str:
    """The compare-and-set: each due row to its highest due stage, with what was skipped and the next alert."""
    stages = timed.stages
    names = ", ".join(f"'{stage.name}'" for stage in stages)
    place = _case(stages, lambda number, _stage: str(number + 1))
    return f"""
        UPDATE {timed.table} SET
               stage = {_case(stages, lambda _n, stage: f"'{stage.name}'")},
               alert_at = {_case(stages, lambda number, _s: _next_at(stages, number))},
               skipped = (ARRAY[{names}])[
                         coalesce(array_position(ARRAY[{names}], stage), 0) + 1 : {place} - 1]
               {_sets(stages)}
         WHERE ctid = ANY(ARRAY(
               SELECT ctid {_due(timed)} FOR NO KEY UPDATE SKIP LOCKED))
           AND alert_at <= (SELECT app_now()) AND {timed.open_when}
        RETURNING *, hehu_uuid7() AS new_event_id"""


def _case(stages: Sequence[Stage], then: object) -> str:
    """`CASE` over the stages from the last to the first: the highest one that has begun."""
    assert callable(then)
    numbered = list(enumerate(stages))
    arms = [f"WHEN {s.at} <= (SELECT app_now()) THEN {then(n, s)}" for n, s in reversed(numbered[1:])]
    first = then(0, stages[0])
    return f"CASE {' '.join(arms)} ELSE {first} END" if arms else str(first)


def _next_at(stages: Sequence[Stage], number: int) -> str:
    return stages[number + 1].at if number + 1 < len(stages) else "NULL::timestamptz"


def _event_case(stages: Sequence[Stage], attribute: str) -> str:
    values = [(stage.name, getattr(stage.event, attribute)) for stage in stages]
    arms = " ".join(f"WHEN '{name}' THEN {_literal(value)}" for name, value in values)
    return f"CASE stage {arms} END"


def _literal(value: object) -> str:
    return str(value) if isinstance(value, int) else f"'{value}'"


def _sets(stages: Sequence[Stage]) -> str:
    columns = sorted({column for stage in stages for column in stage.sets})
    return "".join(
        f", {column} = {_case(stages, lambda _n, stage, c=column: stage.sets.get(c, c))}" for column in columns
    )
