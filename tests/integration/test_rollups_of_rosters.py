"""Three real rosters in three organisations: each child counts once in the county, whoever hands in first."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from shared.children import import_usecases
from shared.children.identity_rows import keep_identity
from shared.children.models import Child
from shared.kernel.clock import app_now, local_day
from shared.rollups.metrics import METRIC_OF, shown
from shared.rollups.queries import Board, board, line_of, organisation_lines
from tests.support.cast import Cast, Company, house_of, shut
from tests.support.casting import build_cast
from tests.support.cluster import Urls

FOLDER = Path(__file__).parents[3] / "shared" / "fixtures" / "rosters"
FILES = {"school": "school_743.xlsx", "village": "village.xlsx", "kindergarten": "kindergarten.csv"}
OFFICE = {"school": "admin", "village": "head", "kindergarten": "head"}
ORDERS = [("school", "village", "kindergarten"), ("village", "kindergarten", "school")]

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared fixtures are not beside this repository")


@pytest.fixture
def alone(fresh_urls: Urls) -> Iterator[Cast]:
    """A cast without its children, in a database of its own: these are the same persons in every test."""
    house = house_of(fresh_urls)
    cast = build_cast(house, fresh_urls, lambda: Flask(__name__))
    for name in (*FILES, "community"):
        with getattr(cast, name).transaction() as session:
            ids = session.scalars(select(Child.id)).all()
            session.execute(update(Child).where(Child.id.in_(ids)).values(status="exited"))
            keep_identity(session, ids)
    yield cast
    shut(house)


def expected(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / name).with_suffix(".expected.json").read_text("utf-8"))
    return found


def hand_in(company: Company, name: str) -> None:
    """The company's administrator uploads its roster and confirms it."""
    by, data = company.members[OFFICE[name]], (FOLDER / FILES[name]).read_bytes()
    reading = import_usecases.read_roster(data, FILES[name], as_of=date(2026, 9, 1), by=by)
    with company.transaction() as session:
        held = import_usecases.stage(session, reading, data=data, by=by, now=app_now(session))
        import_usecases.confirm(session, held.id, by=by, now=app_now(session))


def county_board(cast: Cast) -> Board:
    with cast.county.transaction() as session:
        area, today = cast.areas["清溪县"], local_day(app_now(session))
        return board(session, area, by=cast.county.officer, today=today)


def counted_at(cast: Cast) -> dict[str, int]:
    """Organisation → left-behind children that count there."""
    with cast.county.transaction() as session:
        today = local_day(app_now(session))
        wanted = organisation_lines(cast.areas["清溪县"], by=cast.county.officer, today=today)
        lines = [line_of(row) for row in session.execute(wanted)]
    return {line.slug: line.figures.counted for line in lines}


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
def test_the_county_counts_each_child_once(alone: Cast, order: tuple[str, ...]) -> None:
    cast = alone
    for name in order:
        hand_in(getattr(cast, name), name)
        cast.run_reactions()
        cast.sweep()
        cast.run_reactions()

    total, at = county_board(cast).total, counted_at(cast)

    rolls = {name: expected(file)["left_behind"] for name, file in FILES.items()}
    on_two_rolls = sum(expected(FILES["village"])["cross_file"]["same_children_in"].values())
    assert total.left_behind == sum(rolls.values())
    assert total.counted == sum(rolls.values()) - on_two_rolls
    assert [at[getattr(cast, name).slug] for name in FILES] == [122, 0, 31]
    assert shown(METRIC_OF["left_behind_share"], total) == "16.4 %"
