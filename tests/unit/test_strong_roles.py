"""Who may hold a database role that sees several organisations (architecture, part 8): a list, and nobody else."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.support.cluster import project_root

STRONG = ("owner", "system", "rollup", "auditor", "backup")
AT_HAND = ("system", "rollup")  # what a house holds; the others are reached by their address alone
BUILDERS = {"shared/bootstrap.py", "shared/kernel/settings.py"}  # they name the roles; the next ones use them
DECLARED: dict[str, set[str]] = {
    # the bell, the sweeper, the auditor, and the start of their processes, which checks the role
    "services/worker/bell.py": {"system"},
    "services/worker/sweeper.py": {"system"},
    "services/worker/processes.py": {"system", "rollup"},
    "services/worker/auditor.py": {"auditor"},
    # one reaction in a process of its own
    "services/worker/alone.py": {"rollup"},
    # the rollup reactor
    "shared/rollups/reactors.py": {"rollup"},
    # the command line: migrations, the site-wide list of what is parked
    "services/ops/db.py": {"owner"},
    "services/ops/reactions.py": {"system"},
    # the doctor, who asks what the auditor asks
    "services/ops/doctor/installation.py": {"system", "rollup", "auditor"},
    "services/ops/doctor/work.py": {"auditor"},
    # all of it in one process: for the tests and the simulator
    "services/worker/drain.py": {"system", "rollup"},
    # the simulator, on a database of its own
    "services/ops/simulate/clock.py": {"owner", "system", "rollup", "backup"},
    "services/ops/simulate/faults.py": {"system", "rollup"},
    "services/ops/simulate/installation.py": {"system", "rollup", "backup"},
    "services/ops/simulate/outcome.py": {"backup"},
    # the benchmarks, on databases of their own
    "services/ops/bench/stage.py": {"system", "rollup"},
    "services/ops/bench/sweep.py": {"system"},
}


def strong_roles(source: str) -> set[str]:
    """The roles that a module takes in hand: `house.system`, `info["rollup"]`, `owner_database_url`."""
    return set(_named(ast.parse(source)))


def _named(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield from _role(node.attr)
        elif isinstance(node, ast.keyword) and node.arg:
            yield from _role(node.arg) if node.arg.endswith("_database_url") else ()
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            yield from _role(str(node.slice.value))
        elif isinstance(node, ast.Constant) and str(node.value).endswith("_database_url"):
            yield from _role(str(node.value))


def _role(name: str) -> Iterator[str]:
    yield from (role for role in STRONG if name == f"{role}_database_url" or (role in AT_HAND and name == role))


def used() -> dict[str, set[str]]:
    """Every module of the product that uses one, and which."""
    root = project_root()
    files = [path for folder in ("shared", "services") for path in (root / folder).rglob("*.py")]
    found = {_place(path, root): strong_roles(path.read_text(encoding="utf-8")) for path in files}
    return {place: roles for place, roles in sorted(found.items()) if roles and place not in BUILDERS}


def _place(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def test_the_roles_that_see_several_organisations_are_used_where_declared_and_nowhere_else():
    assert used() == DECLARED


def test_every_way_to_such_a_role_is_noticed():
    assert strong_roles("with house.system.transaction(None): pass") == {"system"}
    assert strong_roles("session.info['rollup']") == {"rollup"}
    assert strong_roles("Settings(backup_database_url=url)") == {"backup"}
    assert strong_roles("Settings.from_env(need=('owner_database_url',))") == {"owner"}
    assert strong_roles("house.app.transaction(tenant)") == set()
