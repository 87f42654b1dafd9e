"""Named days of a plan as people type them: 6月1日、中秋节、10月 and back.  Pure."""

from __future__ import annotations

import re

from shared.kernel.errors import N_

from .calendar import is_date_code

FESTIVALS: tuple[tuple[str, str], ...] = (
    (N_("元旦"), "01-01"),
    (N_("春节"), "lunar:01-01"),
    (N_("元宵节"), "lunar:01-15"),
    (N_("妇女节"), "03-08"),
    (N_("清明节"), "qingming"),
    (N_("劳动节"), "05-01"),
    (N_("青年节"), "05-04"),
    (N_("儿童节"), "06-01"),
    (N_("端午节"), "lunar:05-05"),
    (N_("建党节"), "07-01"),
    (N_("建军节"), "08-01"),
    (N_("教师节"), "09-10"),
    (N_("中秋节"), "lunar:08-15"),
    (N_("国庆节"), "10-01"),
    (N_("重阳节"), "lunar:09-09"),
    (N_("腊八节"), "lunar:12-08"),
)
OTHER_NAMES = {"六一": "06-01", "五一": "05-01", "五四": "05-04", "七一": "07-01", "八一": "08-01", "三八": "03-08"}
OTHER_NAMES |= {"十一": "10-01", "除夕": "lunar:12-30", "七夕": "lunar:07-07", "元旦节": "01-01"}
NAMES = dict(FESTIVALS) | {name.rstrip("节"): code for name, code in FESTIVALS} | OTHER_NAMES
TITLES = {code: name for name, code in reversed(FESTIVALS)}

_SEPARATORS = re.compile(r"[\s,，、;；和及]+")
_DAY = re.compile(r"(\d{1,2})\s*(?:月|[-./])\s*(\d{1,2})\s*[日号]?")
_LUNAR = re.compile(r"(?:农历|lunar:)(\d{1,2})\s*(?:月|-)\s*(\d{1,2})\s*[日号]?")
_MONTH = re.compile(r"(?:month:)?(\d{1,2})月?份?")


def read_dates(typed: str) -> tuple[list[str], list[str]]:
    """(codes, words that name no day), each once, in the order typed."""
    codes: list[str] = []
    unknown: list[str] = []
    for word in _SEPARATORS.split(typed.strip()):
        if word:
            code = _code(word)
            (codes if code else unknown).append(code or word)
    return list(dict.fromkeys(codes)), unknown


def _code(word: str) -> str | None:
    if word in NAMES:
        return NAMES[word]
    for pattern, form in ((_LUNAR, "lunar:{:02}-{:02}"), (_DAY, "{:02}-{:02}"), (_MONTH, "month:{}")):
        if found := pattern.fullmatch(word):
            code = form.format(*(int(number) for number in found.groups()))
            return code if is_date_code(code) else None
    return word if is_date_code(word) else None


def type_date(code: str) -> str:
    """A code as the form shows it, so that reading it again gives the code: 儿童节, 10月, 农历3月3日."""
    if code in TITLES:
        return TITLES[code]
    if code.startswith("month:"):
        return f"{int(code[6:])}月"
    month, day = (int(part) for part in code.removeprefix("lunar:").split("-"))
    return f"{'农历' if code.startswith('lunar:') else ''}{month}月{day}日"
