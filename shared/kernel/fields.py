"""Fields that several rooms' schemas share: a line, a paragraph, a mobile number."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import fields, validate

from .errors import N_

# No control character, NUL (which PostgreSQL refuses) among them; and, where there must be text, blanks in front of
# the first sign that is none.  Each sign is looked at once: `.*\\S.*` would take hours for a megabyte of it.
# U+0085 and U+FEFF are blanks to one of Python and JavaScript alone: no text needs them, so both refuse them.
_LINE = r"^[^\S\x00-\x1f\x7f-\x9f\ufeff]*[^\s\x00-\x1f\x7f-\x9f\ufeff][^\x00-\x1f\x7f-\x9f\ufeff]*$"
_BAD = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff"
_PARAGRAPH = rf"^[^{_BAD}]*$"
_FILLED = rf"^[^\S{_BAD}]*[^\s{_BAD}][^{_BAD}]*$"
_MOBILE = re.compile(r"^(?:\+86|0086)?(1[3-9]\d{9})$", re.ASCII)
_NOISE = re.compile(r"[\s\-‐-―－()（）]+")
UNREADABLE = N_("有无法识别的字符，请重新填写。")


class _Text(fields.String):
    """A string without blanks at its ends; half characters (lone surrogates) are refused."""

    def __init__(self, pattern: str, *, shortest: int, longest: int, **options: Any) -> None:
        self.may_be_blank = shortest == 0
        checks: list[validate.Validator] = [validate.Length(max=longest), validate.Regexp(pattern, error=UNREADABLE)]
        if shortest:
            checks.append(validate.Length(min=shortest))
        super().__init__(validate=checks, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
            raise self.make_error("invalid_utf8")
        if not (self.may_be_blank or text.strip()):
            raise self.make_error("required")
        self._validate(text)  # as the document says it: with its blanks
        return text.strip()


class Line(_Text):
    """One line of text of at most `longest` characters."""

    def __init__(self, *, longest: int = 100, **options: Any) -> None:
        super().__init__(_LINE, shortest=1, longest=longest, **options)


class Paragraph(_Text):
    """Several lines of text of at most `longest` characters."""

    def __init__(self, *, longest: int = 2000, shortest: int = 0, **options: Any) -> None:
        super().__init__(_FILLED if shortest else _PARAGRAPH, shortest=shortest, longest=longest, **options)


class Mobile(fields.String):
    """A Chinese mobile number, stored as its 11 digits; blanks, hyphens and +86 may be pasted along."""

    default_error_messages = {"mobile": N_("请填写 11 位手机号，例如 13812345678。")}

    def __init__(self, **options: Any) -> None:
        options.setdefault("metadata", {"format": "mobile", "pattern": r"^1[3-9][0-9]{9}$", "maxLength": 11})
        super().__init__(**options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        found = _MOBILE.match(_NOISE.sub("", text))
        if found is None:
            raise self.make_error("mobile")
        return found[1]
