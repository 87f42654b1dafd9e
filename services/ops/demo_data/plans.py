"""Work plans handed in, corrected as a person would, and put into force."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from typing import Any
from uuid import UUID

from sqlalchemy import select

from shared.care import plan_force_usecases, plan_usecases
from shared.care.models import Plan, PlanItem
from shared.care.occurrence_making import keep_ahead

from .founding import Company

DONE_BEFORE = frozenset({"dossier"})  # the roster has brought the files: nothing to promise any more
CORRECTIONS: Mapping[str, Mapping[str, Any]] = {
    "birthday": {"subject": "child", "doer_role": "proxy_parent"},  # one for each child, not one for the school
}


def text_of(name: str) -> bytes:
    """A plan as its file has it."""
    return files(__package__).joinpath(name).read_bytes()


def put_into_force(company: Company, file_name: str, *, by: str, leader: str, now: datetime) -> None:
    """Read, untick, correct, activate; the first weeks of promises are there at once, as if the worker had been."""
    with company.acting(by) as (session, actor):
        plan = plan_usecases.hand_in_file(session, text_of(file_name), file_name, by=actor, now=now, leader=leader)
        for item in session.scalars(select(PlanItem).where(PlanItem.plan_id == plan.id, PlanItem.chosen)).all():
            if changes := CORRECTIONS.get(item.kind):
                plan_usecases.correct(session, item.id, version=plan.version, by=actor, now=now, **changes)
    with company.acting(by) as (session, actor):
        held = session.get_one(Plan, (company.row.id, plan.id))
        proposed = session.scalars(select(PlanItem).where(PlanItem.plan_id == plan.id)).all()
        chosen = [item.id for item in proposed if item.chosen and item.kind not in DONE_BEFORE]
        shown = [item.id for item in proposed]
        plan_usecases.choose(session, plan.id, version=held.version, shown=shown, chosen=chosen, by=actor, now=now)
        session.flush()
        plan_force_usecases.activate(session, plan.id, version=held.version, by=actor, now=now)
    _make(company, chosen, now=now)


def _make(company: Company, item_ids: list[UUID], *, now: datetime) -> None:
    """What the reaction to the activation makes; the worker, once it runs, finds it there."""
    with company.transaction() as session:
        keep_ahead(session, item_ids, now=now)


def top_up(company: Company, *, now: datetime) -> None:
    """The weeks from the activation until now."""
    with company.transaction() as session:
        items = session.scalars(select(PlanItem.id).where(PlanItem.state == "active")).all()
    _make(company, list(items), now=now)
