"""Cuts a plan into lines, sentences and clauses, and says where each stands: heading, month, section."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .lexicon import frames, times

# Longer runs without punctuation are cut here, so that every later step sees short strings.
LONGEST_CLAUSE = 160
LONGEST_SENTENCE = 800
LONGEST_HEADING = 40
LOOSE = 9  # level of a line without a number

_LINE = re.compile(r"[^\r\n\v\f\x85\u2028\u2029]+")
_SENTENCE = re.compile(rf"[^。！？!?；;]{{1,{LONGEST_SENTENCE}}}")
_CLAUSE = re.compile(rf"(?:[^，,：:（）()\t、]|、(?!{times.TIME_OPENS})){{1,{LONGEST_CLAUSE}}}")
_ITEM = re.compile(rf"[^，,：:（）()\t、]{{1,{LONGEST_CLAUSE}}}")
_INDENT = re.compile(r"[\s>＞#\ufeff]*")
_NUMBER = re.compile(frames.NUMBERING)
_MONTH = re.compile(rf"[（(]?(?:{times.MONTH_HEAD})[）)]?\s*(?P<colon>[:：]|$|[、，,\s])")
_TALK = re.compile(frames.TALK_SECTION)
_TODO = re.compile(frames.TODO)
_EDGES = " \t\u3000\xa0`*_\ufeff"


@dataclass(frozen=True, slots=True)
class Clause:
    """A run of text between commas; `start` counts characters in the document."""

    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Sentence:
    """Clauses up to a full stop, with their place in the plan.

    `item` numbers the list entry the sentence belongs to; `level` says how deep its number is (1 is 一、).
    `month` is the month of a calendar above it: 1 to 12, 0 for a month left blank, None outside a calendar.
    """

    clauses: list[Clause]
    item: int
    level: int
    heading: bool
    talk: bool
    todo: bool
    month: int | None

    @property
    def start(self) -> int:
        return self.clauses[0].start

    @property
    def text(self) -> str:
        return "，".join(clause.text for clause in self.clauses)


@dataclass(slots=True)
class _Place:
    """What the lines above say about the line being cut."""

    item: int = 0
    month: int | None = None
    month_level: int = 2
    talk_level: int = 0
    todo: bool = False
    found: list[Sentence] = field(default_factory=list)

    def enter(self, level: int, words: str) -> None:
        """Move on to the next entry of the plan, leaving sections and months that end here."""
        self.item += 1
        if level <= self.talk_level:
            self.talk_level = 0
        if level <= 2 and len(words) <= LONGEST_HEADING and _TALK.search(words):
            self.talk_level = level
        if self.month is not None and (level <= self.month_level or (level == LOOSE and len(words) > 60)):
            self.month = None


def sentences(text: str) -> list[Sentence]:
    """All sentences of a plan in order."""
    place = _Place()
    for line in _LINE.finditer(text):
        _cut_line(place, line.group(), line.start())
    return place.found


def month_number(words: str) -> int:
    """1 to 12 for 九 or 9; 0 for a month that the plan leaves open (X)."""
    if words.isdecimal():
        return int(words)
    if words.startswith("十") and len(words) > 1:
        return 10 + times.NUMERALS.get(words[1], 0)
    return times.NUMERALS.get(words, 0)


def _cut_line(place: _Place, line: str, offset: int) -> None:
    at = _indent(line, 0)
    level, begin = _numbered(line, at)
    words = line[begin:]
    if not words.strip():
        return
    place.enter(level, words[: LONGEST_HEADING * 2].strip())
    place.todo = place.todo or bool(len(words) <= LONGEST_HEADING and _TODO.search(words))
    month = _MONTH.match(line, begin)
    if month and (month["colon"] != "" or month.end() >= len(line.rstrip())):
        place.month, place.month_level = month_number(month["first"]), min(level, 3) if level != LOOSE else 2
        begin = month.end()
    _cut_sentences(place, line, offset, begin, level)


def _indent(line: str, at: int) -> int:
    found = _INDENT.match(line, at)
    return found.end() if found else at


def _numbered(line: str, at: int) -> tuple[int, int]:
    """Level of the number in front and the index behind it; the level is LOOSE without one."""
    found = _NUMBER.match(line, at)
    if not found:
        return LOOSE, at
    return _level(found.group().strip()), _indent(line, found.end())


def _level(mark: str) -> int:
    inner = mark.lstrip("(（[【第").rstrip(")）]】、.．，,：: ")
    bracketed = mark[0] in "(（[【"
    if inner[:1].isdecimal():
        return 4 if bracketed else 3
    if mark[0] in "首其再最" or mark.endswith("是"):
        return 6
    if inner[:1] in times.NUMERALS:
        return 2 if bracketed or mark[0] == "第" else 1
    return 5


def _cut_sentences(place: _Place, line: str, offset: int, begin: int, level: int) -> None:
    """Sentences of one line; a number inside the line opens an entry of its own."""
    first = True
    for part in _SENTENCE.finditer(line, begin):
        at = part.start() + _indent(part.group(), 0)
        inner, start = (LOOSE, at) if first else _numbered(line, at)
        if inner != LOOSE:
            level = inner
            place.enter(level, line[start : part.end()][: LONGEST_HEADING * 2])
        _add(place, line[start : part.end()], offset + start, level, opens=first or inner != LOOSE)
        first = False


def _add(place: _Place, words: str, offset: int, level: int, *, opens: bool) -> None:
    clauses = list(_clauses(words, offset, listed=place.month is not None))
    if not clauses:
        return
    place.found.append(
        Sentence(
            clauses=clauses,
            item=place.item,
            level=level,
            heading=opens and len(words) <= LONGEST_HEADING and level != 6,
            talk=place.talk_level > 0,
            todo=place.todo,
            month=place.month,
        )
    )


def _clauses(words: str, offset: int, *, listed: bool) -> Iterator[Clause]:
    for part in (_ITEM if listed else _CLAUSE).finditer(words):
        number = _NUMBER.match(part.group())
        raw = part.group()[number.end() :] if number and number.end() < len(part.group()) else part.group()
        kept = raw.strip(_EDGES)
        if kept and not kept.isspace():
            lead = part.group().index(raw) if not number else number.end()
            yield Clause(kept.strip(), offset + part.start() + lead + raw.index(kept.strip()))
