"""The people round the child in a row: telephones, parents' work, and who looks after the child."""

from __future__ import annotations

import re

from shared.children.roster import cells, heads, numbers
from shared.children.roster.draft import Draft
from shared.children.roster.grid import as_text
from shared.children.roster.person import read_person
from shared.children.roster.values import NoGuardian

_ALONE = re.compile(
    r"无人(?:照料|照看|照顾|照管|监护|看护|看管|抚养|管)|(?:没有?|无)(?:实际)?监护人(?!.{0,4}能力)|"
    r"独自(?:一人)?(?:居住|生活|在家|留守|一人)|独居|"
    r"(?:一个人|自己)(?:独自)?(?:居住|住|生活|过日子|在家)|自己照顾自己"
)
_NOT_ALONE = re.compile(r"(?:不是|并非|不再|没有|未)(?:独居|独自|无人)|(?:爷爷|奶奶|祖父|祖母|外公|外婆|老人)独居")
_NOBODY_WORDS = "无 没有 无人 没有人 无监护人 没有监护人 本人 自己 孩子本人 孩子自己"
_NOBODY = frozenset(_NOBODY_WORDS.split())
_SITUATION = ("remark", "family_situation", "away_reason", "guardianship_grade")


def read_phone(draft: Draft, field: str) -> None:
    """A telephone column: the first number is the value, a second goes to the remarks."""
    column = draft.column(field)
    cell = draft.cell(field)
    if column is None:
        return
    found = numbers.read_phones(cell)
    draft.values[field] = found.first or None
    if found.fault:
        draft.flag(found.fault, field, value=found.first if found.fault == "phone_multiple" else None)
    else:
        draft.repaired(found.repairs, field, found.first)
    if found.others:
        draft.note(f"{column.title}另有 {'、'.join(found.others)}")
    if found.words:
        draft.note(f"{column.title}：{found.words}")
    if cells.looks_like_formula(as_text(cell)) and not found.first.startswith("+"):
        draft.flag("formula_text", field, value=as_text(cell))


def read_text(draft: Draft, field: str) -> None:
    """Any other column: clean text, kept as it is written."""
    cell = draft.cell(field)
    text, repairs = cells.clean(cell, field)
    if text[:1] in ("'", "’", "‘") and text[1:].isdigit():
        text, repairs = text[1:], repairs | {"id_text_prefix"}
    if isinstance(cell, float) and text:
        repairs = {"text_as_number"}
    draft.values[field] = text or None
    if not text:
        return
    if cells.looks_like_formula(text):
        draft.flag("formula_text", field, value=text)
    draft.repaired(repairs, field, text)


def read_age(draft: Draft, field: str) -> None:
    """An age in full years; what is no number stays text."""
    cell = draft.cell(field)
    text, repairs = cells.clean(cell)
    years = cells.age(text)
    draft.values[field] = text or None if years is None else years
    if years is None:
        return
    if isinstance(cell, str):
        repairs = repairs | {"number_as_text"}
    draft.repaired(repairs, field, years)


def read_flag(draft: Draft, field: str, *, blank_means_no: bool) -> None:
    """是否…: True, False, or None where nothing was collected."""
    column = draft.column(field)
    if column is None:
        return
    cell = draft.cell(field)
    text, _ = cells.clean(cell)
    said = cells.flag(cell)
    if not text and blank_means_no:
        said = False
    if said is None and text and field in ("disabled", "left_behind"):
        said = True  # 肢体残疾三级, 父母均外出: the kind stands where a yes was asked for
        draft.note(f"{column.title}：{text}")
    draft.values[field] = said
    if said is None and text:
        draft.note(f"{column.title}：{text}")


def judge_guardian(draft: Draft) -> None:
    """Whether a left-behind child's guardian is named, missing, or said not to exist."""
    if draft.values.get("left_behind") is not True or draft.column("guardian_name") is None:
        return
    said = draft.text("guardian_name")
    if not _names_nobody(said):
        _judge_guardian_phone(draft)
        return
    draft.values["guardian_name"] = None
    alone = _alone(draft)
    struck_out = bool(said) and (cells.is_dash(said) or said in _NOBODY or _ALONE.search(said) is not None)
    if alone or (struck_out and not _somebody(draft)):
        draft.no_guardian = NoGuardian(draft.grid.name, draft.number, _why(draft, said, alone))
    else:
        draft.flag("guardian_missing", "guardian_name")


def _names_nobody(said: str) -> bool:
    return cells.is_nothing(said) or said in _NOBODY or _ALONE.search(said) is not None


def _judge_guardian_phone(draft: Draft) -> None:
    lost = any(f.code == "phone_digits_lost" and f.field == "guardian_phone" for f in draft.findings)
    if draft.column("guardian_phone") and not draft.values.get("guardian_phone") and not lost:
        draft.flag("guardian_phone_missing", "guardian_phone")


def _somebody(draft: Draft) -> bool:
    """A relation or a number says that there is somebody, though the name is struck out."""
    relation = draft.text("guardian_relation")
    return bool(draft.values.get("guardian_phone")) or not (cells.is_nothing(relation) or relation in _NOBODY)


def _alone(draft: Draft) -> tuple[str, str] | None:
    """The column and the words that say that nobody looks after the child."""
    for field in _SITUATION:
        text = draft.text(field)
        found = _ALONE.search(text)
        if found and not _NOT_ALONE.search(text):
            return field, found[0]
    return None


def _why(draft: Draft, said: str, alone: tuple[str, str] | None) -> str:
    how = "划" if cells.is_dash(said) else "填"
    why = f"监护人{how}“{said}”" if said else "监护人为空"
    column = draft.column(alone[0]) if alone else None
    return f"{why}，{column.title}写明{alone[1]}" if alone and column else why


def read_rest(draft: Draft, done: frozenset[str]) -> None:
    """Every column that has no reader of its own."""
    # 备注 first: telephones add to it what has no place in their own column.
    fields = [column.field for column in draft.heading.columns if column.field not in done]
    fields.sort(key=lambda name: name != "remark")
    for field in fields:
        if field.endswith("_phone"):
            read_phone(draft, field)
        elif field in heads.PERSON_NAMES:
            read_person(draft, field)
        elif field in heads.AGES:
            read_age(draft, field)
        else:
            read_text(draft, field)
