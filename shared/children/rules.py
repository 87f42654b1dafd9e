"""When a child's file is complete, and what a resident number says.  Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from shared.kernel.errors import N_

from . import identity
from .facts import Fact

# Any one of the facts of a line fills it.
_PARENTS_PHONE = ("parent_phone", "father_phone", "mother_phone", "parent_employer_phone", "family_phone")
_ADDRESS = ("home_address", "guardian_address")
_CHILD = (("name",), ("sex",), ("birth_date",), ("id_no",))
REQUIRED: dict[str, tuple[tuple[str, ...], ...]] = {
    "school": (*_CHILD, ("unit",), _ADDRESS, _PARENTS_PHONE),
    "kindergarten": (*_CHILD, ("unit",), _ADDRESS, _PARENTS_PHONE),
    "village": (*_CHILD, ("unit",), _PARENTS_PHONE),
    "community": (*_CHILD, ("unit",), _ADDRESS, _PARENTS_PHONE),
    "bureau": (*_CHILD, _PARENTS_PHONE),
}
# Of a child whose parents are away, also who looks after it (M53).
REQUIRED_OF_LEFT_BEHIND = (("guardian_name",), ("guardian_phone",))
FAULTS = {
    identity.Fault.LENGTH: N_("身份证号应为 18 位，请按证件核对。"),
    identity.Fault.CHECKSUM: N_("身份证号不对，请按证件逐位核对，可能有一位录错。"),
    identity.Fault.BIRTH_DATE: N_("身份证号里的出生日期不存在，请按证件核对。"),
    identity.Fault.FUTURE: N_("身份证号里的出生日期还没有到，请按证件核对。"),
}
SEX_CODES = {identity.Sex.MALE: "male", identity.Sex.FEMALE: "female"}
OLDEST = 100  # years: further back a date is a slip of the pen


def missing(organisation_kind: str, facts: Mapping[str, Fact]) -> list[str]:
    """The facts without which a file is not complete, in the order of the form (N02); [] when it is."""
    wanted = REQUIRED.get(organisation_kind, ())
    if facts.get("left_behind"):
        wanted += REQUIRED_OF_LEFT_BEHIND
    return [line[0] for line in wanted if not any(facts.get(name) for name in line)]


def read_number(number: str, facts: Mapping[str, Fact], *, today: date) -> tuple[dict[str, Fact], dict[str, list[str]]]:
    """Birth date and sex that a number says, and what is wrong with it or at odds with what was typed."""
    found = identity.check(number, as_of=today)
    if isinstance(found, identity.Fault):
        return {}, {"id_no": [FAULTS[found]]}
    said: dict[str, Fact] = {"birth_date": found.birth_date, "sex": SEX_CODES[found.sex]}
    wrong = {name: [AT_ODDS[name]] for name, value in said.items() if facts.get(name) not in (None, value)}
    return said, wrong


AT_ODDS = {
    "birth_date": N_("和身份证号里的出生日期不一样，请核对。"),
    "sex": N_("和身份证号里的性别不一样，请核对。"),
}


def faults_of(facts: Mapping[str, Fact], *, today: date) -> dict[str, list[str]]:
    """What cannot be, whatever was typed elsewhere."""
    faults: dict[str, list[str]] = {}
    born = facts.get("birth_date")
    if isinstance(born, date) and not (today.year - OLDEST <= born.year and born <= today):
        faults["birth_date"] = [N_("出生日期不能晚于今天，也不能早于一百年前。")]
    if facts.get("is_key") and not facts.get("key_reason"):
        faults["key_reason"] = [N_("请写明为什么重点关注。")]
    if facts.get("no_guardian") and facts.get("guardian_name"):
        faults["no_guardian"] = [N_("已填写监护人，就不能再选无人照料；请核实后改其中一项。")]
    return faults
