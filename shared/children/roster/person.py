"""Who the child of a row is: name, resident number, birth date and sex, and whether they agree."""

from __future__ import annotations

from datetime import date

from shared.children import identity
from shared.children.roster import cells, dates, numbers
from shared.children.roster.draft import Draft
from shared.children.roster.grid import as_text

_SEXES = {
    "男": "男", "男性": "男", "男孩": "男", "男生": "男", "m": "男", "male": "男",
    "女": "女", "女性": "女", "女孩": "女", "女生": "女", "f": "女", "female": "女",
}  # fmt: skip
_OVER_AGE = 16
_FIRST_YEAR = 1950  # no child on a list was born before


def read_name(draft: Draft) -> None:
    """姓名, or an error when it is blank."""
    read_person(draft, "name")
    if not draft.text("name"):
        draft.flag("name_missing", "name")


def read_person(draft: Draft, field: str) -> None:
    """The name of the child, of a parent or of the guardian."""
    text, repairs = cells.clean(draft.cell(field), field)
    name, more = cells.person(text)
    draft.values[field] = None if field == "name" and cells.is_dash(name) else name or None
    if name:
        draft.repaired(repairs | more, field, name)
        if cells.looks_like_formula(name):
            draft.flag("formula_text", field, value=name)


def read_id(draft: Draft, as_of: date) -> None:
    """身份证号: a sound number, a warning when blank, an error otherwise."""
    if draft.column("id_no") is None:
        return
    found = numbers.read_id(draft.cell("id_no"))
    draft.values["id_no"] = None if found.lost else found.text or None
    if not any(c.isdigit() for c in found.text):
        draft.values["id_no"] = None
        draft.flag("id_missing", "id_no")
        if found.text:  # 未上户口: said in the cell itself
            draft.note(f"身份证号：{found.text}")
        return
    if found.lost:  # even when what is left happens to fit its check character
        draft.flag("id_digits_lost", "id_no")
        return
    draft.repaired(found.repairs, "id_no", found.text)
    checked = identity.check(found.text, as_of=as_of)
    if isinstance(checked, identity.Resident):
        draft.resident = checked
    else:
        _flag_id(draft, checked, found.text)


def _flag_id(draft: Draft, fault: identity.Fault, number: str) -> None:
    if fault is identity.Fault.LENGTH:
        draft.flag("id_length", "id_no")
    elif fault is identity.Fault.CHECKSUM:
        draft.flag("id_digits_lost" if numbers.collapsed(number) else "id_checksum", "id_no")
    elif dates.parse(draft.cell("birth_date")).days:
        draft.flag("id_birth_mismatch", "birth_date")
    else:  # the check character fits a day that never was or is still to come
        draft.flag("id_checksum", "id_no")


def read_birth_date(draft: Draft, as_of: date) -> None:
    """出生日期, with the resident number as the judge where the cell leaves a doubt."""
    cell = draft.cell("birth_date")
    text = as_text(cell)
    known = draft.resident.birth_date if draft.resident else None
    draft.values["birth_date"] = known
    if not text or cells.is_dash(text):
        return
    found = dates.parse(cell)
    _, repairs = cells.clean(cell)
    sensible = tuple(day for day in found.days if day.year >= _FIRST_YEAR and day <= as_of)
    if found.months:
        _judge_month(draft, found, known)
    elif known and found.days:
        _judge_day(draft, found, known, repairs)
    elif len(sensible) == 1:
        draft.values["birth_date"] = sensible[0]
        _mended(draft, found, repairs, sensible[0])
    else:
        draft.flag("date_ambiguous" if len(sensible) > 1 else "date_unreadable", "birth_date", value=known)


def _judge_day(draft: Draft, found: dates.Reading, known: date, repairs: set[str]) -> None:
    if known in found.days:
        _mended(draft, found, repairs, known)
    else:
        draft.values["birth_date"] = found.days[0]
        draft.flag("id_birth_mismatch", "birth_date")


def _judge_month(draft: Draft, found: dates.Reading, known: date | None) -> None:
    """A month or a year alone: right as far as it goes, or at odds with the number."""
    agrees = known and any(known.year == year and month in (0, known.month) for year, month in found.months)
    if known and not agrees:
        draft.flag("id_birth_mismatch", "birth_date")
    else:
        draft.flag("date_ambiguous", "birth_date", value=known)


def _mended(draft: Draft, found: dates.Reading, repairs: set[str], day: date) -> None:
    if found.repair:
        repairs = (repairs | {found.repair}) - {"whitespace"}
    draft.repaired(repairs, "birth_date", day)


def read_sex(draft: Draft) -> None:
    """性别; the number decides and a different answer is remarked."""
    text, repairs = cells.clean(draft.cell("sex"))
    said = _SEXES.get(text.lower())
    known = str(draft.resident.sex) if draft.resident else None
    draft.values["sex"] = known or said
    if said and known and said != known:
        draft.flag("sex_mismatch", "sex", value=known)
    elif said:
        draft.repaired(repairs, "sex", said)


def judge_age(draft: Draft, as_of: date) -> None:
    """A child registered as left-behind who is sixteen on the day of the check is refused (over_age)."""
    born = draft.values.get("birth_date")
    if draft.failed or draft.values.get("left_behind") is not True or not isinstance(born, date):
        return
    if identity.age_on(as_of, born) >= _OVER_AGE:
        draft.flag("over_age", "birth_date", "id_no", "name")
