"""What PostgreSQL says of a statement that it has carried out (EXPLAIN (ANALYZE, FORMAT JSON))."""

from collections.abc import Iterator
from typing import Any


def nodes(plan: Any) -> Iterator[Any]:
    """A plan and all below it."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def looked_at(explained: Any, table: str) -> float:
    """How many rows of a table it went through, those in vain among them."""
    scans = [node for node in nodes(explained[0]["Plan"]) if node.get("Relation Name") == table]
    assert scans, f"{table} is not asked"
    each = [node["Actual Loops"] * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) for node in scans]
    return float(sum(each))
