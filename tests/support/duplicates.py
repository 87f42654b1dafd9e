"""Fails where the same eight lines of code stand in two places.

Blank lines, comments, docstrings, imports, signatures and bare fields do not count, nor does indentation.  In linear
time: a search that compares every file with every other takes longer than all other checks together.
"""

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

LINES = 8

Place = tuple[Path, int]


def code_lines(path: Path) -> list[tuple[int, str]]:
    """Number and text of the lines that count."""
    text = path.read_text(encoding="utf-8")
    left_out = {number for node in ast.walk(ast.parse(text)) for number in _left_out(node)}
    lines = enumerate(map(str.strip, text.splitlines()), start=1)
    return [(number, line) for number, line in lines if line and line[0] not in "#)]}@" and number not in left_out]


def _left_out(node: ast.AST) -> Iterator[int]:
    if isinstance(node, ast.Import | ast.ImportFrom) or (isinstance(node, ast.AnnAssign) and node.value is None):
        yield from range(node.lineno, (node.end_lineno or node.lineno) + 1)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield from range(node.lineno, node.body[0].lineno)
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield from range(node.lineno, (node.end_lineno or node.lineno) + 1)


def duplicates(paths: list[Path]) -> Iterator[tuple[Place, Place]]:
    """Pairs of places where `LINES` lines are the same; a longer run is named once."""
    seen: dict[tuple[str, ...], Place] = {}
    reported: defaultdict[Path, int] = defaultdict(int)
    for path in paths:
        lines = code_lines(path)
        for start in range(len(lines) - LINES + 1):
            number = lines[start][0]
            window = tuple(text for _, text in lines[start : start + LINES])
            first = seen.setdefault(window, (path, number))
            if first != (path, number) and number > reported[path]:
                reported[path] = lines[start + LINES - 1][0]
                yield first, (path, number)


def main(folders: list[str]) -> int:
    """Compare all Python files below `folders`; 1 where two have the same lines."""
    paths = sorted(path for folder in folders for path in Path(folder).rglob("*.py") if "versions" not in path.parts)
    found = [
        f"{path}:{line}: the same {LINES} lines as {other}:{at}" for (other, at), (path, line) in duplicates(paths)
    ]
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
