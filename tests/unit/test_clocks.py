"""What has a time reads it from the database: an application's own clock may be a day off (R43)."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.support.cluster import project_root

ROOMS = ("shared", "services/worker")
WALL_CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
ALLOWED = {
    "shared/kernel/gate.py": "compares this machine's clock with the database's, and refuses to start (R25)",
    "shared/notifications/gateways/webhook.py": "a signature's time, which the receiver compares with its own clock",
    "shared/proofs/audit.py": "where to begin to look; not what is found",
}


def wall_clocks(source: str) -> Iterator[str]:
    """Calls of `datetime.now` and the like."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and (called := ast.unparse(node.func)) in WALL_CLOCKS:
            yield called


def test_r43_no_clock_but_the_databases_moves_anything() -> None:
    root = project_root()
    files = [path for room in ROOMS for path in (root / room).rglob("*.py")]

    reading = {str(path.relative_to(root)) for path in files if any(wall_clocks(Path(path).read_text("utf-8")))}

    assert len(files) > 100
    assert reading == set(ALLOWED)


def test_r43_the_lint_sees_a_wall_clock() -> None:
    source = "import time\nfrom datetime import UTC, datetime\nnow = datetime.now(UTC)\nlater = time.time() + 5\n"

    assert sorted(wall_clocks(source)) == ["datetime.now", "time.time"]
