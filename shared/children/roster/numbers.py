"""Cells that hold resident numbers and telephone numbers: what they say and what was lost in them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from shared.children.phones import normalise
from shared.children.roster.cells import UNSEEN, clean, is_nothing
from shared.children.roster.grid import Cell, as_text

_EXACT = 10**15  # a spreadsheet keeps 15 digits of a number
_SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d{1,2}")
_PREFIX = re.compile(r"^[\s\u3000\u00a0]*['’‘`＇\t]+[\s'’‘`＇]*")
_HARD = re.compile(r"[/／\\、,，;；|｜\n\r]|或者?|以及|及|和")
_SOFT = re.compile(r"\s+")
_RUN = re.compile(r"\+?\d[\d\-‐–—\s]{4,}\d")
_JAMMED = re.compile(r"(1[3-9]\d{9})(1[3-9]\d{9})")
_DECIMAL = re.compile(r"(\d{7,})\.0+")
_COLLAPSED = "000"  # 990105201507170000: the digits after the 15th are gone


@dataclass(slots=True)
class IdCell:
    """The number as text, empty when blank; `lost` when digits cannot be got back."""

    text: str = ""
    lost: bool = False
    repairs: set[str] = field(default_factory=set)


@dataclass(slots=True)
class PhoneCell:
    """The first number, the others, words beside them, and the code of a fault."""

    first: str = ""
    others: list[str] = field(default_factory=list)
    words: str = ""
    fault: str | None = None
    repairs: set[str] = field(default_factory=set)


def read_id(cell: Cell) -> IdCell:
    """A resident number without prefix and blanks, half-width, capital X."""
    if isinstance(cell, float):
        return IdCell(as_text(cell), lost=abs(cell) >= _EXACT)
    if not isinstance(cell, str):
        return IdCell(as_text(cell))
    repairs: set[str] = set()
    text = _PREFIX.sub("", cell)
    if text != cell:
        repairs.add("id_text_prefix")
    text, cleaned = clean(text)
    narrow = unicodedata.normalize("NFKC", text)
    joined = _SOFT.sub("", narrow)
    repairs |= cleaned | ({"whitespace"} if joined != narrow else set())
    repairs |= {"fullwidth"} if narrow != text else set()
    if is_nothing(joined):
        return IdCell()
    if joined.endswith("x"):
        repairs.add("id_lowercase_x")
    return IdCell(joined.upper(), lost=_SCIENTIFIC.fullmatch(joined) is not None, repairs=repairs)


def collapsed(number: str) -> bool:
    """Eighteen digits of which the last three became zeros on the way through a number."""
    return number.isdigit() and number.endswith(_COLLAPSED)


def read_phones(cell: Cell) -> PhoneCell:
    """One number or several; words such as 爷爷 beside a number are kept apart, not lost."""
    if isinstance(cell, float) and cell:
        return _sort([as_text(cell)], "", {"text_as_number"})
    bare = _PREFIX.sub("", cell) if isinstance(cell, str) else cell
    text, repairs = clean(bare)
    repairs |= {"id_text_prefix"} if bare != cell else set()
    narrow = unicodedata.normalize("NFKC", text)
    if is_nothing(narrow) or not narrow.strip("0"):
        return PhoneCell()
    if _SCIENTIFIC.fullmatch(narrow):
        return PhoneCell(fault="phone_digits_lost")
    if decimal := _DECIMAL.fullmatch(narrow):
        return _sort([decimal[1]], "", repairs | {"text_as_number"})
    # The break inside the cell parts two numbers; clean() has already joined the text.
    parts = [part for piece in _HARD.split(_raw(cell)) for part in _parts(piece) if part]
    numbers = [part for part in parts if any(c.isdigit() for c in part)]
    words = " ".join(part for part in parts if not any(c.isdigit() for c in part))
    if len(numbers) == 1 and not words and _SOFT.search(narrow):
        repairs = repairs | {"whitespace"}
    return _sort(numbers or [narrow], words if numbers else "", repairs)


def _raw(cell: Cell) -> str:
    text = _PREFIX.sub("", as_text(cell)).replace("_x000D_", "\n").replace("_x000A_", "\n")
    return unicodedata.normalize("NFKC", UNSEEN.sub("", text)).strip()


def _parts(piece: str) -> list[str]:
    """Blanks part numbers that are whole by themselves and are noise inside one number."""
    tokens = [token for token in _SOFT.split(piece.strip()) if token]
    if len(tokens) > 1 and all(normalise(token) for token in tokens):
        return tokens
    if jammed := _JAMMED.fullmatch("".join(tokens)):
        return [jammed[1], jammed[2]]
    whole = "".join(tokens)
    if normalise(whole) or not (runs := _RUN.findall(piece)):
        return [whole]
    rest = re.sub(r"[()（）:：\s]+", " ", _RUN.sub(" ", piece)).strip()
    return [*("".join(run.split()) for run in runs), rest]


def _sort(numbers: list[str], words: str, repairs: set[str]) -> PhoneCell:
    found = [normalise(number) or number for number in numbers]
    fault = None
    if normalise(numbers[0]) is None:
        fault = "phone_length"
    elif len(set(found)) > 1:
        fault = "phone_multiple"
    others = [number for number in dict.fromkeys(found[1:]) if number != found[0]]
    return PhoneCell(found[0], others, words, fault, repairs)
