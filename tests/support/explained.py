"""What PostgreSQL says of a statement that it has carried out."""

from collections.abc import Iterator
from typing import Any

EXPLAIN = "EXPLAIN (ANALYZE, FORMAT JSON) "
IN_VAIN = "Rows Removed by Filter"


def nodes(plan: Any) -> Iterator[Any]:
    """A plan and all below it."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def looked_at(explained: Any, table: str) -> float:
    """How many rows of a table it went through, those in vain among them."""
    scans = [node for node in nodes(explained[0]["Plan"]) if node.get("Relation Name") == table]
    assert scans, f"{table} is not asked"
    return sum(float(node["Actual Loops"] * (node["Actual Rows"] + node.get(IN_VAIN, 0))) for node in scans)


def in_vain(explained: Any) -> float:
    """How many rows of any table it looked at and did not want, for each time it looked."""
    return sum(float(node.get(IN_VAIN, 0)) for node in nodes(explained[0]["Plan"]))
