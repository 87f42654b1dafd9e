"""marshmallow's own English messages, said in our words: one table, wherever a schema was made."""

from __future__ import annotations

import re

from shared.kernel.errors import N_

from .spoken import gettext

_CHECK = N_("这一项不对，请检查。")
_CHOOSE = N_("请从列表里选择。")
_MOMENT = N_("请填写日期和时间，例如 2026年9月1日 14:30。")
_DAY = N_("请填写日期，例如 2026年9月1日。")
_TIME = N_("请填写时间，例如 14:30。")
_NUMBER = N_("请填写数字。")
_SPAN = N_("请填写时长。")
_WEB = N_("请填写网址，以 https:// 开头。")
_IP = N_("请填写 IP 地址。")
_BETWEEN = N_("要在 {min} 和 {max} 之间。")
_UNFIT = N_("不能用这个值。")

TABLE: dict[str, str] = {
    "Missing data for required field.": N_("请填写这一项。"),
    "Field may not be null.": N_("请填写这一项。"),
    "Invalid value.": _CHECK,
    "Invalid input.": _CHECK,
    "Invalid type.": _CHECK,
    "Invalid input type.": _CHECK,
    "Unknown field.": N_("没有这一项。"),
    "Not a valid list.": _CHOOSE,
    "Not a valid tuple.": _CHOOSE,
    "Not a valid string.": N_("请填写文字。"),
    "Not a valid utf-8 string.": N_("有无法识别的字符，请重新填写。"),
    "Not a valid UUID.": _CHOOSE,
    "Not a valid number.": _NUMBER,
    "Number too large.": N_("数字太大。"),
    "Not a valid integer.": N_("请填写整数。"),
    "Special numeric values (nan or infinity) are not permitted.": _NUMBER,
    "Not a valid boolean.": N_("请选择是或否。"),
    "Not a valid datetime.": _MOMENT,
    "Not a valid naive datetime.": _MOMENT,
    "Not a valid aware datetime.": _MOMENT,
    "Not a valid date.": _DAY,
    "Not a valid time.": _TIME,
    "Not a valid period of time.": _SPAN,
    '"{input}" cannot be formatted as a datetime.': _MOMENT,
    '"{input}" cannot be formatted as a date.': _DAY,
    '"{input}" cannot be formatted as a time.': _TIME,
    "{input} cannot be formatted as a timedelta.": _SPAN,
    "Not a valid mapping type.": _CHECK,
    "Not a valid URL.": _WEB,
    "Not a valid email address.": N_("请填写电子邮箱，例如 name@example.cn。"),
    "Not a valid IP address.": _IP,
    "Not a valid IPv4 address.": _IP,
    "Not a valid IPv6 address.": _IP,
    "Not a valid IP interface.": _IP,
    "Not a valid IPv4 interface.": _IP,
    "Not a valid IPv6 interface.": _IP,
    "Must be one of: {choices}.": _CHOOSE,
    "One or more of the choices you made was not in: {choices}.": _CHOOSE,
    "One or more of the choices you made was in: {values}.": _UNFIT,
    "Must be equal to {other}.": N_("要等于 {other}。"),
    "String does not match expected pattern.": N_("格式不对，请检查。"),
    "Shorter than minimum length {min}.": N_("至少要 {min} 个字。"),
    "Longer than maximum length {max}.": N_("最多 {max} 个字。"),
    "Length must be between {min} and {max}.": N_("要 {min} 到 {max} 个字。"),
    "Length must be {equal}.": N_("要正好 {equal} 个字。"),
    "Must be greater than or equal to {min} and less than or equal to {max}.": _BETWEEN,
    "Must be greater than {min} and less than or equal to {max}.": _BETWEEN,
    "Must be greater than or equal to {min} and less than {max}.": _BETWEEN,
    "Must be greater than {min} and less than {max}.": _BETWEEN,
    "Must be greater than or equal to {min}.": N_("不能小于 {min}。"),
    "Must be greater than {min}.": N_("要大于 {min}。"),
    "Must be less than or equal to {max}.": N_("不能大于 {max}。"),
    "Must be less than {max}.": N_("要小于 {max}。"),
}


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)
    pieces = [f"(?P<{part}>.*)" if odd % 2 else re.escape(part) for odd, part in enumerate(parts)]
    return re.compile("".join(pieces), re.S)


# In the order of the table: the longer sentences of Range stand before those they begin like.
PATTERNS = [(_pattern(template), msgid) for template, msgid in TABLE.items() if "{" in template]


def in_our_words(said: str) -> str:
    """A sentence of a schema in the language of this request; our own sentences are only translated."""
    if msgid := TABLE.get(said):
        return str(gettext(msgid))
    for pattern, template in PATTERNS:
        if found := pattern.fullmatch(said):
            return str(gettext(template)).format(**found.groupdict())
    return str(gettext(said))
