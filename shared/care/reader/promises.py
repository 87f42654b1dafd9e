"""Finds the promises of one sentence: which clause carries a deed, and how far its words reach."""

import re
from dataclasses import dataclass, replace

from .layout import Clause, Sentence
from .lexicon import deeds, frames
from .people import doer_of, subject_of
from .timing import Evidence, Timing, timing_of

_NEEDED = {"none": Evidence.NONE, "soft": Evidence.SOFT, "hard": Evidence.HARD}
_TASK = re.compile(deeds.TASK)
_PURPOSE = re.compile(frames.PURPOSE)
_WISH = re.compile(frames.WISH)
_ABSTRACT = re.compile(frames.ABSTRACT)
_ABSTRACT_LEAD = re.compile(frames.ABSTRACT_LEAD)
_PREFACE = re.compile(frames.PREFACE)
_NO_PREFACE = re.compile(frames.NO_PREFACE)
_MEANS = re.compile(frames.MEANS)
_CONTENTS = re.compile(frames.CONTENTS)
_BACKGROUND = re.compile(frames.BACKGROUND)
_AIM = re.compile(frames.AIM)
_PAST = re.compile(frames.PAST)
_OBJECT = re.compile(r"^对")
_MUST = re.compile(r"必须|务必|一定要|不得")
_STORY = re.compile(frames.STORY)
_STORY_ALWAYS = re.compile(frames.STORY_ALWAYS)
_VAGUE = re.compile(frames.VAGUE)
REACH = 2  # clauses that may lead to a deed
SHORT = 12  # characters of a clause that can hold little but a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A deed found in clauses `first` to `last` of a sentence, not yet weighed against its neighbours."""

    sentence: Sentence
    first: int
    last: int
    kind: str
    subject: str
    period: str
    timing: Timing
    doer: str | None
    past: bool

    @property
    def start(self) -> int:
        return self.sentence.clauses[self.first].start

    @property
    def end(self) -> int:
        return self.sentence.clauses[self.last].end

    @property
    def must(self) -> bool:
        """True where the words fix the time (rule 5 of the labels)."""
        words = _words(self.sentence.clauses[self.first : self.last + 1])
        if self.period == "event":
            return bool(self.timing.within_minutes or self.timing.times or _MUST.search(words))
        if self.sentence.month is not None and self.period != "festival":
            return False
        return self.timing.evidence is Evidence.HARD and self.period != "unstated" and not self.past


def promises_in(sentence: Sentence) -> list[Promise]:
    """The promises of a sentence from left to right."""
    if _CONTENTS.search(sentence.text):
        return []
    found = _scan(sentence, plain=False)
    if not found and sentence.month is not None:
        found = _scan(sentence, plain=True)
    return _without_general(found)


def _scan(sentence: Sentence, *, plain: bool) -> list[Promise]:
    """One pass over the clauses; a `plain` pass takes dated tasks whose deed has no row."""
    found: list[Promise] = []
    doer: str | None = None
    used = 0
    for at, clause in enumerate(sentence.clauses):
        doer = doer_of(clause.text) or doer
        promise = _promise_at(sentence, at, used, doer, plain=plain)
        promise = promise and _in_feast(promise, found)
        if promise is None or _only_means(sentence, at, promise):
            continue
        used = promise.last + 1
        if found and _repeats(found[-1], promise):
            found[-1] = replace(found[-1], last=max(found[-1].last, promise.last))
        elif not found or not _echoes(found[-1], promise):
            found.append(promise)
    return found


def _promise_at(sentence: Sentence, at: int, used: int, doer: str | None, *, plain: bool = False) -> Promise | None:
    clause = sentence.clauses[at].text
    first = _reach_back(sentence, at, used)
    words = _words(sentence.clauses[first : at + 1])
    timing = _dated(sentence, timing_of(words))
    if _talks_about(clause, timing, sentence):
        return None
    listed = sentence.month is not None
    deed = None if plain else _deed(clause, timing)
    if deed is None and (plain or not listed):
        deed = _plain_task(clause, timing, listed=listed)
    if deed is None:
        return None
    kind, usual, period = deed
    return Promise(
        sentence=sentence,
        first=first,
        last=_reach_on(sentence, at),
        kind=kind,
        subject=subject_of(kind, usual, words, listed=listed),
        period=_period(kind, period, timing),
        timing=_of_deed(timing, kind, clause),
        doer=doer_of(clause) or doer_of(words) or (doer if timing.evidence is not Evidence.NONE else None),
        past=bool(_PAST.search(words)),
    )


def _in_feast(promise: Promise, found: list[Promise]) -> Promise:
    """A feast named for one deed holds for the later deeds of the sentence that name no time."""
    before = found[-1] if found else None
    if before is None or before.period != "festival" or promise.timing.evidence is not Evidence.NONE:
        return promise
    timing = replace(promise.timing, evidence=Evidence.HARD, period="festival", dates=before.timing.dates)
    return replace(promise, period="festival", timing=timing, past=promise.past or before.past)


def _of_deed(timing: Timing, kind: str, clause: str) -> Timing:
    """Minutes belong to notices alone, and things are counted in the clause of the deed alone."""
    minutes = timing.within_minutes if kind == "incident_notice" else None
    return replace(timing, within_minutes=minutes, quantity=timing_of(clause).quantity)


def _words(clauses: list[Clause]) -> str:
    return "，".join(clause.text for clause in clauses)


def _reach_back(sentence: Sentence, at: int, used: int) -> int:
    """Index of the first clause that leads to the deed in clause `at`."""
    first = at
    while first > max(used, at - REACH):
        if sentence.month is None and not _leads(sentence.clauses[first - 1].text):
            break
        first -= 1
    return first


def _leads(clause: str) -> bool:
    """True for a clause that says when, on what occasion or by whom the next clause is done."""
    if len(clause) <= SHORT and timing_of(clause).evidence is Evidence.HARD:
        return True
    return bool(_PREFACE.search(clause)) and not _NO_PREFACE.search(clause) and not _PURPOSE.search(clause)


def _reach_on(sentence: Sentence, at: int) -> int:
    """Index of the last clause of the promise: a plan is made, and the next clause says for whom (对…)."""
    following = sentence.clauses[at + 1 : at + 2]
    if sentence.month is not None or not following or not _OBJECT.search(following[0].text):
        return at
    if timing_of(following[0].text).evidence is not Evidence.NONE or len(following[0].text) > 40:
        return at
    return at if any(deed.words.search(following[0].text) for deed in deeds.DEEDS) else at + 1


def _dated(sentence: Sentence, timing: Timing) -> Timing:
    """Inside a calendar everything is due in its month, but a festival keeps its own day."""
    if sentence.month is None or timing.period == "festival":
        return timing
    dates = (f"month:{sentence.month}",) if sentence.month else ()
    return replace(timing, evidence=Evidence.HARD, period="date", dates=dates)


def _talks_about(clause: str, timing: Timing, sentence: Sentence) -> bool:
    """True for an aim, a purpose or a rule in general: words about deeds that promise none."""
    if _STORY_ALWAYS.search(clause) or (_STORY.search(clause) and _told(clause, timing)):
        return True
    if timing.evidence is Evidence.HARD and timing.period is not None:
        return bool(_PURPOSE.search(clause)) and not timing.times
    if _BACKGROUND.search(clause):
        return True
    if sentence.talk or _AIM.search(sentence.text):
        return True
    if _PURPOSE.search(clause) or (_WISH.search(clause) and timing.evidence is Evidence.NONE):
        return True
    if _MEANS.search(clause):
        return False
    slogan = timing.evidence is Evidence.NONE and _ABSTRACT_LEAD.search(clause)
    return bool(slogan or _ABSTRACT.search(clause))


def _told(clause: str, timing: Timing) -> bool:
    """True where a singular pronoun makes the clause a story: no time, or 我 with a soft word."""
    return timing.evidence is Evidence.NONE or (timing.evidence is Evidence.SOFT and clause.startswith("我"))


def _deed(clause: str, timing: Timing) -> tuple[str, str, str] | None:
    """(kind, usual subject, usual period) of the first row that fits with the evidence at hand."""
    for deed in deeds.DEEDS:
        if _enough(deed.evidence, timing) and deed.words.search(clause):
            return deed.kind, deed.subject, deed.period
    return None


def _plain_task(clause: str, timing: Timing, *, listed: bool) -> tuple[str, str, str] | None:
    """A dated task of no kind of its own: any entry of a calendar, elsewhere a duty with a frequency."""
    if listed:
        return ("other", "tenant", "unstated") if len(clause) > 3 else None
    due = timing.evidence is Evidence.HARD and not timing.only_count
    return ("other", "child", "unstated") if due and _TASK.search(clause) and not _VAGUE.search(clause) else None


def _enough(needs: str, timing: Timing) -> bool:
    if needs == "clock":
        return timing.within_minutes is not None
    if needs in _NEEDED:
        return timing.evidence >= _NEEDED[needs]
    return timing.period == needs


def _period(kind: str, usual: str, timing: Timing) -> str:
    if timing.period is None:
        return usual
    if timing.period == "unstated" and usual == "event":
        return "event"
    return timing.period


def _only_means(sentence: Sentence, at: int, promise: Promise) -> bool:
    """True where 通过… names the way and the next clause the deed itself."""
    following = sentence.clauses[at + 1 : at + 2]
    if not following or not _MEANS.search(sentence.clauses[at].text) or _PURPOSE.search(following[0].text):
        return False
    if promise.timing.evidence is Evidence.SOFT:
        return False
    return _promise_at(sentence, at + 1, at, None) is not None


def _alike(before: Promise, promise: Promise) -> bool:
    """Same deed; what has no kind of its own is alike only where it is counted on the same."""
    return before.kind == promise.kind and (promise.kind != "other" or before.subject == promise.subject)


def _repeats(before: Promise, promise: Promise) -> bool:
    """True where the next clause goes on with the same deed."""
    if not _alike(before, promise) or before.last + 1 != promise.first:
        return False
    if before.sentence.month is not None:
        return True
    if Evidence.NONE in (before.timing.evidence, promise.timing.evidence):
        return promise.timing.evidence is not Evidence.HARD
    return promise.timing == before.timing


def _echoes(before: Promise, promise: Promise) -> bool:
    """True for a second mention of a deed further on in its sentence, without time words of its own."""
    return _alike(before, promise) and promise.timing.evidence is Evidence.NONE


def _without_general(found: list[Promise]) -> list[Promise]:
    """Leave out a deed without time whose details follow at once with one (开通视频，让他们每周…)."""
    kept: list[Promise] = []
    for promise in found:
        before = kept[-1] if kept else None
        wish = _WISH.search(promise.sentence.clauses[promise.last].text)
        if before and wish and before.timing.evidence < promise.timing.evidence is Evidence.HARD:
            kept.pop()
        kept.append(promise)
    return kept
