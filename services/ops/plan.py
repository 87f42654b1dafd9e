"""`hehu plan`: shows which commitments the plan reader finds in a document."""

import json
import unicodedata
from pathlib import Path

import click

from shared.care.reader import Commitment, read, to_json
from shared.care.reader.document import LARGEST_FILE, TOO_LARGE, Unreadable, text_of

COLUMNS = ("类别", "周期", "责任人", "必须", "原文")
WIDTHS = (24, 14, 22, 4)


@click.group()
def plan() -> None:
    """Read a work plan."""


@plan.command("read")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON list on standard output and nothing else.")
def read_plan(file: Path, as_json: bool) -> None:
    """Propose the commitments of FILE (.docx, .txt or .md); nothing is stored."""
    found = read(text_of(_bytes_of(file), file.name))
    if as_json:
        click.echo(json.dumps(to_json(found), ensure_ascii=False, indent=1))
        return
    if not found:
        click.echo("没有找到可以记录的承诺。")
        return
    click.echo("  ".join([*(_padded(name, width) for name, width in zip(COLUMNS, WIDTHS, strict=False)), COLUMNS[-1]]))
    for commitment in found:
        click.echo(_row(commitment))


def _bytes_of(file: Path) -> bytes:
    """The file; one that is too large is refused before it is read, one that cannot be read in a sentence."""
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise Unreadable("document.too_large", TOO_LARGE)
        return file.read_bytes()
    except OSError as error:
        raise click.FileError(str(file), hint=error.strerror or "cannot be read") from error


def _row(found: Commitment) -> tuple[str, ...]:
    period = found.period + (f" ×{found.times}" if found.times else "")
    quote = " ".join(found.quote.split())
    return found.kind, period, found.doer or "—", "是" if found.must else "否", quote


def _line(cells: tuple[str, ...]) -> str:
    *front, quote = cells
    return "  ".join([*(_padded(cell, width) for cell, width in zip(front, WIDTHS, strict=True)), quote])


def _padded(words: str, width: int) -> str:
    """`words` filled with blanks to `width` columns; a Chinese character takes two."""
    columns = sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in words)
    return words + " " * max(width - columns, 0)
