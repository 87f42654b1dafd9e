"""From the values of a roster's row to facts of a child: our codes for its words, its class, its people.  Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from shared.organisations.lines import grade_of

from .facts import CONTACT_FIELDS, Fact
from .roster import Row, Value

# What is kept as it stands; the rest is translated below, and what no table has a place for is named to the person.
KEPT_AS_IS = (
    "name", "birth_date", "ethnic_group", "student_no", "id_no", "home_address", "family_phone", "left_behind",
    "study_level", "hobbies", "family_situation", "remark",
)  # fmt: skip
OTHER_NAMES = {
    "parent_names": "parent_name",
    "work_place": "parent_work_place",
    "employer": "parent_employer",
    "employer_address": "parent_employer_address",
    "employer_phone": "parent_employer_phone",
}
TRANSLATED = (
    "sex", "boarding", "hukou_kind", "away_reason", "guardianship_grade", "grade", "school_grade", "class_name",
    "villager_group", "seq", "age",
)  # fmt: skip
SEXES = {"男": "male", "女": "female"}
_HUKOU = (("urban", re.compile(r"城|非农|居民")), ("rural", re.compile(r"农")), ("none", re.compile(r"无|未")))
_GRADES = (("good", re.compile(r"^(?:较好|好|良好|优)")), ("poor", re.compile(r"差")), ("fair", re.compile(r"一般|中")))
_AWAY = (
    ("both_unable", re.compile(r"(?:双方|均|都|父母).{0,4}(?:无|没有|丧失)(?:监护|能力)")),
    ("one_away_other_unable", re.compile(r"一方|(?:父亲?|母亲?)(?:单方)?外出")),
    ("both_away", re.compile(r"双方|父母.{0,4}(?:均|都|同时)?.{0,2}(?:外出|务工|打工)|(?:均|都)外出")),
)
_GRANDPARENTS = re.compile(r"祖|爷|奶|外公|外婆|姥|公公|婆婆")
_NUMERALS = {numeral: number for number, numeral in enumerate("零一二三四五六七八九十")}
_NUMBER_OF_CLASS = re.compile(r"[(（]?(\d{1,3}|[一二三四五六七八九十]{1,3})[)）]?班?$")
_GROUP = re.compile(r"^第?(\d{1,3}|[一二三四五六七八九十]{1,3})(?:村民|居民)?小?组$")
_LONGEST_UNIT = 40


def facts_of(row: Row, *, organisation_kind: str, no_guardian: bool) -> dict[str, Fact]:
    """The facts that the row states; a blank cell states nothing and takes nothing away."""
    said = row.values
    facts: dict[str, Fact] = {name: said.get(name) for name in KEPT_AS_IS}
    facts |= {name: said.get(name) for name in CONTACT_FIELDS}
    facts |= {ours: said.get(theirs) for theirs, ours in OTHER_NAMES.items()}
    facts |= {"sex": SEXES.get(_text(said, "sex")), "boarding": _yes_no(said.get("boarding"))}
    facts["hukou_kind"] = _code(_HUKOU, _text(said, "hukou_kind"))
    facts["guardianship_grade"] = _code(_GRADES, _text(said, "guardianship_grade"))
    facts["school_grade"] = said.get("school_grade") or said.get("grade")
    facts["unit"] = _unit(said, organisation_kind)
    facts |= _care(said, no_guardian=no_guardian)
    _keep_words(facts, said)
    facts = {name: _fitting(name, value) for name, value in facts.items()}
    return {name: value for name, value in facts.items() if value is not None and value != ""}


def _fitting(name: str, value: Fact) -> Fact:
    if name.endswith("_age"):
        return value if isinstance(value, int) and 0 < value < 150 else None
    return value


def _care(said: Mapping[str, Value], *, no_guardian: bool) -> dict[str, Fact]:
    if no_guardian:
        return {"no_guardian": True, "carer_kind": "none"}
    if not said.get("guardian_name"):
        return {}
    relation = _text(said, "guardian_relation")
    kind = "grandparents" if _GRANDPARENTS.search(relation) else "relatives_friends"
    own_parent = re.fullmatch(r"(?:父|母|爸|妈)(?:亲|爸|妈|子|女)?|父母|父女|父子|母女|母子", relation)
    return {"no_guardian": False, "carer_kind": kind if relation and not own_parent else None}


def _keep_words(facts: dict[str, Fact], said: Mapping[str, Value]) -> None:
    """Words that fit no code go to the remarks, so that nothing of a row is lost."""
    words = _text(said, "away_reason")
    facts["away_reason"] = _code(_AWAY, words)
    if words and not facts["away_reason"]:
        before = _text(facts, "remark")
        facts["remark"] = f"{before}；外出情况：{words}" if before else f"外出情况：{words}"


def _unit(said: Mapping[str, Value], organisation_kind: str) -> str | None:
    if organisation_kind in ("school", "kindergarten"):
        name, grade = _text(said, "class_name"), _text(said, "grade")
        if name and grade and grade_of(name) is None and grade_of(grade) is not None:
            name = f"{grade}{name}"
    elif organisation_kind in ("village", "community"):
        name = _text(said, "villager_group")
    else:
        return None
    name = " ".join(name.split())
    return name if 0 < len(name) <= _LONGEST_UNIT else None


def unit_key(name: str) -> tuple[int | None, int] | str:
    """The same for 四（2）班, 四年级2班 and 402班, and for 三组 and 第3组; the name itself where it has no number."""
    plain = unicodedata.normalize("NFKC", name).replace(" ", "")
    if group := _GROUP.match(plain):
        return None, _number(group[1])
    grade = grade_of(plain)
    found = _NUMBER_OF_CLASS.search(plain)
    if grade is None or found is None or (found.start() == 0 and not found[1].isdigit()):
        return plain
    return grade, _number(found[1][1:] if found[1].isdigit() and len(found[1]) == 3 else found[1])


def _number(text: str) -> int:
    if text.isdigit():
        return int(text)
    tens, _, ones = text.partition("十")
    if "十" not in text:
        return _NUMERALS[text[-1]]
    return (_NUMERALS[tens] if tens else 1) * 10 + (_NUMERALS[ones] if ones else 0)


def _code(table: tuple[tuple[str, re.Pattern[str]], ...], text: str) -> str | None:
    return next((code for code, pattern in table if pattern.search(text)), None) if text else None


def _yes_no(value: Value) -> str | None:
    return None if not isinstance(value, bool) else "yes" if value else "no"


def _text(said: Mapping[str, Fact], name: str) -> str:
    value = said.get(name)
    return value if isinstance(value, str) else ""


def not_kept(fields: Mapping[str, str]) -> list[str]:
    """The heads of columns that were understood and have no place in a child's file yet (field → head)."""
    known = {*KEPT_AS_IS, *CONTACT_FIELDS, *OTHER_NAMES, *TRANSLATED}
    return [head for field, head in fields.items() if field not in known]
