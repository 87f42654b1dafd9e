"""Names who acts, and decides what a promise is counted on."""

import re

from .lexicon import people

_NAMES = "|".join(
    sorted({name for row in people.DOERS for name in row.split("、")}, key=lambda name: (-len(name), name))
)
# The doer stands first in the clause or behind 由; a short description may stand before its name.
# Up to six characters may describe a doer; a verb, a preposition or a word of time among them may not.
_STOP = r"，、。的要应每将对为与给在由向建立成组织督促评选时底年月周期把让使得了解做到开展举办进行加强查指结合以用就"
_BEFORE = rf"[^{_STOP}]{{0,6}}的?"
_DOER = re.compile(
    r"^(?:要求|由|请|让|并|组织|邀请|安排|动员|督促|各位|全体|今年|每月|每学期|每周|[年月日]){0,2}"
    rf"(?P<doer>{_BEFORE}(?:{_NAMES})(?:[、和及与]{_BEFORE}(?:{_NAMES})){{0,3}}(?:领导)?)"
    r"(?=$|[^们的会室之、]|们(?!的))"
)
_BY = re.compile(rf"由(?P<doer>[^，。由]{{0,8}}(?:{_NAMES})(?:[、和及][^，。]{{0,6}}(?:{_NAMES}))?)")
_STAFF_EACH = re.compile(people.STAFF_EACH)
_CARER_EACH = re.compile(people.CARER_EACH)
_QUOTA = re.compile(people.QUOTA)
_STAFF = re.compile(people.STAFF)
_CLASS = re.compile(people.CLASS)
_CHILD = re.compile(people.CHILD)
_GUARDIAN = re.compile(people.GUARDIAN)
_ON_PARENTS = re.compile(people.ON_PARENTS)
_MAY_BE_CLASS = ("activity", "class_meeting", "leading_group", "census", "letter", "other")

_TO_SCHOOL = re.compile(people.TO_SCHOOL)


def doer_of(words: str) -> str | None:
    """The words for who acts, exactly as they stand in `words`; None where nobody is named."""
    found = _BY.search(words) or _DOER.search(words)
    return found["doer"].strip() if found else None


def subject_of(kind: str, usual: str, words: str, *, listed: bool) -> str:
    """What is counted: the usual subject of the deed unless the words move it (`listed`: in a calendar)."""
    if kind == "pairing":
        return _of_pairing(usual, words)
    if kind in _MAY_BE_CLASS and usual != "facility" and _CLASS.search(words):
        return "class"
    if kind == "class_meeting" and listed:
        return "tenant"
    if kind == "inspection":
        return "child" if (not listed and _CHILD.search(words)) or "效果" in words else usual
    if kind == "appraisal":
        return "staff" if _STAFF.search(words) else usual
    if kind == "pledge":
        return "guardian" if _GUARDIAN.search(words) and not _STAFF.search(words) else usual
    if kind == "dossier" and listed and ("整理" in words or "清理" in words):
        return "tenant"
    if kind == "call" and _TO_SCHOOL.search(words):
        return "guardian"
    return "guardian" if kind in ("call", "talk", "letter", "video") and _ON_PARENTS.search(words) else usual


def _of_pairing(usual: str, words: str) -> str:
    """Each teacher takes n children: the teacher is counted; a corps of helpers is one for the organisation."""
    if _STAFF_EACH.search(words):
        return "staff"
    if _QUOTA.search(words):
        return "carer" if _CARER_EACH.search(words) else "staff"
    return "tenant" if "队伍" in words else usual
