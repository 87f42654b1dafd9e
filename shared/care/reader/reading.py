"""From the text of a plan to its commitments: cut, find, weigh, quote."""

import re
from itertools import zip_longest

from .layout import LOOSE, Sentence, sentences
from .lexicon import frames
from .promises import Promise, promises_in
from .timing import Evidence
from .values import Commitment

_REPORT = re.compile(frames.REPORT)
_PLAN = re.compile(frames.PLAN)
_OPENING = re.compile(frames.OPENING)
_TITLE = 120  # characters in which a document says what it is
_LONGER = 3  # clauses a quote may grow by until it stands once in the text


def read(text: str) -> list[Commitment]:
    """Propose the commitments of a plan or report, in the order of the text.

    Each `quote` is an exact part of `text`.  Any text is taken; one without promises gives an empty list.
    """
    cut = sentences(text)
    found = [promise for sentence in cut for promise in promises_in(sentence)]
    found = _without_announcements(_without_repeated_headings(found, cut))
    if _is_report(text):
        found = [promise for promise in found if not _finished(promise)]
    return _quoted(found, text)


def _is_report(text: str) -> bool:
    head = text[:_TITLE]
    return bool(_REPORT.search(head)) and not _PLAN.search(head)


def _finished(promise: Promise) -> bool:
    """True for a single act that a report tells as done; practice with a period and feast days stay."""
    if promise.timing.evidence is Evidence.HARD:
        return promise.timing.only_count and promise.past
    return promise.past


def _without_announcements(found: list[Promise]) -> list[Promise]:
    """Drop a deed without time where the next sentence of the same entry gives it one."""
    kept = []
    for promise, following in zip_longest(found, found[1:]):
        detailed = (
            following is not None
            and following.sentence is not promise.sentence
            and following.sentence.item == promise.sentence.item
            and following.kind == promise.kind
            and promise.timing.evidence is Evidence.NONE
            and following.timing.evidence is Evidence.HARD
        )
        if not detailed:
            kept.append(promise)
    return kept


def _without_repeated_headings(found: list[Promise], cut: list[Sentence]) -> list[Promise]:
    """Drop headings whose deed stands again, with its details, in the section below."""
    ends = _section_ends(cut)
    kept = []
    for at, promise in enumerate(found):
        own_time = promise.timing.evidence is Evidence.HARD and not promise.timing.only_count
        soft = promise.timing.evidence is Evidence.SOFT
        heading = promise.sentence.heading and promise.sentence.month is None and not own_time and not soft
        if heading and _repeated(found, at, ends[promise.sentence.start]):
            continue
        kept.append(promise)
    return kept


def _repeated(found: list[Promise], at: int, end: int) -> bool:
    """True where the deed of the heading found at index `at` stands again before offset `end`."""
    heading = found[at]
    for later in range(at + 1, len(found)):  # by index: a slice for each heading would be quadratic
        promise = found[later]
        if promise.start >= end:
            return False
        if promise.sentence is not heading.sentence and _same_deed(heading, promise):
            return True
    return False


def _same_deed(heading: Promise, promise: Promise) -> bool:
    """A heading about files is carried out by a register as well."""
    if {heading.kind, promise.kind} == {"dossier", "roster"}:
        return heading.sentence.level != LOOSE
    return heading.kind == promise.kind and (heading.subject == "class") == (promise.subject == "class")


def _section_ends(cut: list[Sentence]) -> dict[int, int]:
    """For the start of each sentence, the offset where its section ends: the next entry as high or higher."""
    ends: dict[int, int] = {}
    open_sections: list[Sentence] = []
    for sentence in cut:
        while open_sections and _closes(sentence, open_sections[-1]):
            ends[open_sections.pop().start] = sentence.start
        open_sections.append(sentence)
    last = cut[-1].clauses[-1].end if cut else 0
    return {**{sentence.start: last for sentence in open_sections}, **ends}


def _closes(sentence: Sentence, section: Sentence) -> bool:
    return sentence.item != section.item and sentence.level <= section.level


def _quoted(found: list[Promise], text: str) -> list[Commitment]:
    quoted: dict[tuple[str, str], Commitment] = {}
    for promise in found:
        commitment = _commitment(promise, text)
        quoted.setdefault((commitment.quote, commitment.kind), commitment)
    return list(quoted.values())


def _commitment(promise: Promise, text: str) -> Commitment:
    quote, start = _quote(promise, text)
    timing = promise.timing
    return Commitment(
        quote=quote,
        start=start,
        subject=promise.subject,
        kind=promise.kind,
        period=promise.period,
        times=timing.times if promise.period != "unstated" else None,
        min_quantity=timing.quantity,
        within_minutes=timing.within_minutes,
        dates=timing.dates if promise.period in ("date", "festival") else (),
        doer=promise.doer,
        must=promise.must,
    )


def _quote(promise: Promise, text: str) -> tuple[str, int]:
    """The words of the promise and where they stand, grown until they occur once where that is possible."""
    clauses = promise.sentence.clauses
    start, end = promise.start, promise.end
    opening = _OPENING.match(clauses[promise.first].text)
    if opening and opening.end() < len(clauses[promise.first].text):
        start += opening.end()
    for grown in range(1, _LONGER + 1):
        if _once(text, start, end):
            break
        start = clauses[max(promise.first - grown, 0)].start
        end = clauses[min(promise.last + grown, len(clauses) - 1)].end
    return text[start:end], start


def _once(text: str, start: int, end: int) -> bool:
    quote = text[start:end]
    return text.find(quote) == start and text.find(quote, start + 1) < 0
