"""`hehu demo --check`: the main job from the first upload to the county's figures, one line a step."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

import click

from . import keeping, preparing
from .asking import NotSo
from .desk import throw_away
from .documents import Documents, own
from .preparing import Story

__all__ = ["Documents", "check"]

STEPS: tuple[tuple[str, Callable[[Story], str]], ...] = (
    ("roster", preparing.import_roster),
    ("colleagues", preparing.invite_colleagues),
    ("read", preparing.hand_in_plan),
    ("correct", preparing.correct_plan),
    ("activate", preparing.activate_plan),
    ("occurrences", preparing.count_occurrences),
    ("visit", keeping.record_visit),
    ("missed", keeping.miss_and_kill),
    ("notice", keeping.hear_of_it),
    ("E1", keeping.call_unit_head),
    ("E2", keeping.call_head),
    ("E3", keeping.call_superior),
    ("answer", keeping.answer_above),
    ("back at school", keeping.answer_below),
    ("county", keeping.read_county),
)
WIDTH = max(len(name) for name, _ in STEPS)


def check(say: Callable[[str], None], *, documents: Documents | None = None, without: Collection[str] = ()) -> bool:
    """Tell the story on throw-away data; whether every step was ok.  `without`: processes to leave out."""
    with throw_away(say, without=without) as desk:
        story = Story(desk, documents or own())
        return all(_told(name, step, story) for name, step in STEPS)


def _told(name: str, step: Callable[[Story], str], story: Story) -> bool:
    """One line; what comes after a step that failed would only fail with it."""
    began = time.monotonic()
    try:
        outcome, said = "ok", step(story)
    except (NotSo, LookupError, StopIteration, OSError) as wrong:
        outcome, said = "FAILED", f"{type(wrong).__name__}: {wrong}"
    click.echo(f"{outcome:<6}  {name:<{WIDTH}}  {said}  ({time.monotonic() - began:.1f} s)")
    return outcome == "ok"
