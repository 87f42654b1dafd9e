"""Words, days and numbers in the language of the request, looked up once for each request.

Flask-Babel chooses the language and loads the catalogue; asking it again for each of a page's hundred words would
cost more than drawing the page.  What a word or day is in a language is kept from page to page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

import flask_babel
from babel import dates, numbers
from flask import Flask, g
from markupsafe import Markup, escape

from shared.kernel.clock import CHINA

FORMS_KEPT = 5000  # of words, of days, of numbers as they are written: the same in every organisation


@dataclass(frozen=True)
class Spoken:
    """A language with its catalogue."""

    language: str
    chinese: bool
    catalogue: Any


def init_words(app: Flask) -> None:
    """Templates say `_` and `ngettext` by these; Flask-Babel must have come before."""
    environment: Any = app.jinja_env
    environment.install_gettext_callables(_of_catalogue, _of_number, newstyle=True)
    environment.globals["_"] = _drawn  # one call where Jinja's own takes three


def spoken() -> Spoken:
    """That of this request."""
    found: Spoken | None = g.get("spoken")
    if found is None:
        language = str(flask_babel.get_locale())
        g.spoken = found = Spoken(language, language.startswith("zh"), flask_babel.get_translations())
    return found


def in_chinese() -> bool:
    """Whether this request is answered in Chinese."""
    return spoken().chinese


def _drawn(text: str, **places: object) -> Markup:
    """`_` of templates, all of it escaped: a template may say what somebody typed, too."""
    said = _markup(text, spoken().language)
    return said % places if places else said


def _of_catalogue(text: str) -> str:
    return _word(text, spoken().language)


def _of_number(one: str, many: str, number: int) -> str:
    return str(spoken().catalogue.ungettext(one, many, number))


def gettext(text: str, **places: object) -> str:
    """A msgid in the language of the request, its places filled."""
    said = _of_catalogue(text)
    return said % places if places else said


def ngettext(one: str, many: str, number: int, **places: object) -> str:
    """The same for a number; `%(num)s` is the number itself."""
    return _of_number(one, many, number) % ({"num": number} | places)


def written_day(day: date, pattern: str) -> str:
    """A day by a pattern of CLDR."""
    return _day(day, pattern, spoken().language)


def written_moment(moment: datetime, pattern: str) -> str:
    """A moment in Asia/Shanghai by a pattern of CLDR, to the minute."""
    local = moment.astimezone(CHINA).replace(tzinfo=None, second=0, microsecond=0)
    return _moment(local, pattern, spoken().language)


def written_span(span: timedelta) -> str:
    """3小时前."""
    return dates.format_timedelta(span, add_direction=True, locale=spoken().language)


def written_number(number: float) -> str:
    """1,234."""
    return _number(number, spoken().language)


@lru_cache(FORMS_KEPT)
def _word(text: str, _language: str) -> str:
    return str(spoken().catalogue.ugettext(text))


@lru_cache(FORMS_KEPT)
def _markup(text: str, language: str) -> Markup:
    return escape(_word(text, language))


@lru_cache(FORMS_KEPT)
def _day(day: date, pattern: str, language: str) -> str:
    return dates.format_date(day, pattern, locale=language)


@lru_cache(FORMS_KEPT)
def _moment(local: datetime, pattern: str, language: str) -> str:
    return dates.format_datetime(local, pattern, tzinfo=UTC, locale=language)


@lru_cache(FORMS_KEPT)
def _number(number: float, language: str) -> str:
    return numbers.format_decimal(number, locale=language)
