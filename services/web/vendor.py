"""Makes static/vendor/ and static/icons.svg from unpacked npm packages; run by a developer, never at start.

npm pack bootstrap@5.3.9 htmx.org@2.0.11 lucide-static@1.62.0     # unpack each into FOLDER/<name>-<version>
python -m services.web.vendor FOLDER
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

BOOTSTRAP, HTMX, LUCIDE = "bootstrap-5.3.9", "htmx.org-2.0.11", "lucide-static-1.62.0"
STATIC = Path(__file__).parent / "static"
VENDOR = STATIC / "vendor"

# Families that need Bootstrap's JS, or that hehu.css draws itself.
DROPPED = re.compile(
    r"\.(modal|carousel|tooltip|popover|bs-|offcanvas|accordion|toast|drop(down|up|end|start)|navbar|spinner|"
    r"placeholder|collaps|fade|btn-close|form-floating|form-range|form-switch|nav-|nav\b|tab-|card|breadcrumb|"
    r"pagination|page-|badge|alert|progress|list-group|btn|link-|text-bg|focus-ring|icon-link|ratio|vr\b|stretched|"
    r"img-|figure|blockquote|display-|initialism|lead\b|form-|input-group|valid|invalid|was-validated|table|caption|"
    r"sticky|fixed-|hstack|vstack|[a-z0-9-]+-(sm|xl|xxl)(-|\b)|col-form|user-select|pe-|overflow|object-fit|opacity|"
    r"shadow|float|position|top-|bottom-|start-|end-|translate|z-|border|rounded|bg-|fs-|fst-|lh-|font-|"
    r"container-|row-cols|offset|order|g[xy]-|h[1-6]\b|visible|clearfix|vh|min-v|mw|mh|vw|[a-z-]+-(75|25)\b)"
)
DARK = re.compile(r"data-bs-theme|:root|dark")


def trimmed(css: str) -> str:
    """Bootstrap without the rules that nothing here can use."""
    kept = []
    for head, body in _blocks(css):
        if head.startswith("@media"):
            inner = trimmed(body) if "print" not in head else ""
            if inner:
                kept.append(f"{head}{{{inner}}}")
        elif not head.startswith("@keyframes") and (selectors := _wanted(head)):
            kept.append(f"{','.join(selectors)}{{{body}}}")
    return "".join(kept)


def _wanted(head: str) -> list[str]:
    return [one for one in head.split(",") if not DROPPED.search(one) and "data-bs-theme=dark" not in one]


def _blocks(css: str) -> Iterator[tuple[str, str]]:
    """(selector or at-rule, contents) at the outermost level."""
    css = re.sub(r"/\*.*?\*/|@charset[^;]*;", "", css, flags=re.S)
    depth = start = 0
    head = ""
    for place, sign in enumerate(css):
        if sign == "{":
            depth += 1
            if depth == 1:
                head, start = css[start:place].strip(), place + 1
        elif sign == "}":
            depth -= 1
            if depth == 0:
                yield head, css[start:place]
                start = place + 1


def sprite(icons: Path, names: list[str]) -> str:
    """One SVG with a symbol for each name."""
    symbols = []
    for name in names:
        text = (icons / f"{name}.svg").read_text(encoding="utf-8")
        inner = re.sub(r"\s+", " ", text[text.index(">", text.index("<svg")) + 1 : text.rindex("</svg>")]).strip()
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{inner}</symbol>')
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>\n'


def main(folder: Path) -> None:
    """Write everything anew."""
    VENDOR.mkdir(exist_ok=True)
    source = folder / BOOTSTRAP / "dist/css/bootstrap.min.css"
    notice = f"/*! Bootstrap {BOOTSTRAP.split('-')[1]}, trimmed; MIT; see VENDORED.md */\n"
    css = trimmed(source.read_text(encoding="utf-8"))
    (VENDOR / "bootstrap.trimmed.css").write_text(notice + css + "\n", encoding="utf-8")
    shutil.copyfile(folder / HTMX / "dist/htmx.min.js", VENDOR / "htmx.min.js")
    names = (STATIC / "icons.txt").read_text(encoding="utf-8").split()
    (STATIC / "icons.svg").write_text(sprite(folder / LUCIDE / "icons", names), encoding="utf-8")
    (VENDOR / "VENDORED.md").write_text(_notes(folder, source), encoding="utf-8")


def _notes(folder: Path, source: Path) -> str:
    rows = [
        ("bootstrap.trimmed.css", BOOTSTRAP, "MIT", VENDOR / "bootstrap.trimmed.css"),
        ("(bootstrap.min.css)", BOOTSTRAP, "MIT", source),
        ("htmx.min.js", HTMX, "0BSD", VENDOR / "htmx.min.js"),
        ("../icons.svg", LUCIDE, "ISC", STATIC / "icons.svg"),
    ]
    table = "\n".join(
        f"| {name} | {package} | {licence} | `{sha256(path.read_bytes()).hexdigest()}` |"
        for name, package, licence, path in rows
    )
    return (
        "# Vendored files\n\nFrom the npm registry, made by `python -m services.web.vendor` (how: see its docstring). "
        "A test compares the sums.\n\n| file | package | licence | SHA-256 |\n|---|---|---|---|\n" + table + "\n"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
