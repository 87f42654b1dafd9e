"""Measures the plan reader against the labelled plans, where they lie beside the project."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from shared.care.reader import read, to_json

PLANS = Path(__file__).resolve().parents[3] / "shared" / "plan-reader"

pytestmark = pytest.mark.skipif(
    not (PLANS / "dev" / "gold.json").exists(),
    reason="the labelled plans are not beside the project (../shared/plan-reader)",
)


@pytest.fixture(scope="module")
def total() -> dict[str, Any]:
    """The TOTAL row of score.py over all labelled plans."""
    found = importlib.util.spec_from_file_location("plan_reader_score", PLANS / "score.py")
    assert found is not None
    assert found.loader is not None
    score = importlib.util.module_from_spec(found)
    found.loader.exec_module(score)
    gold = json.loads((PLANS / "dev" / "gold.json").read_text(encoding="utf-8"))
    texts = {name: (PLANS / "dev" / name).read_bytes().decode("utf-8") for name in gold}
    rows: dict[str, dict[str, Any]] = score.score(
        gold, {name: to_json(read(text)) for name, text in texts.items()}, texts
    )
    return rows["TOTAL"]


@pytest.mark.parametrize(
    ("measure", "bar"),
    [
        ("must recall", 0.90),
        ("F1", 0.75),
        ("strict F1", 0.55),
        ("kind", 0.75),
        ("period", 0.80),
        ("within+", 1.0),
    ],
)
def test_the_labelled_plans_are_read_well_enough(total: dict[str, Any], measure: str, bar: float) -> None:
    assert total[measure] >= bar


def test_no_quote_is_made_up(total: dict[str, Any]) -> None:
    assert total["not in text"] == 0
