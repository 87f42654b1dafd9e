"""Language and print size: Chinese first, kept in a cookie and, once logged in, with the person."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, Response, request
from flask_babel import Babel
from flask_login import current_user

from .place import cookie_name, is_api, is_https
from .spoken import init_words

CHINESE, ENGLISH = "zh_Hans", "en"
LANGUAGES = {CHINESE: "中文", ENGLISH: "English"}
LANGUAGE_COOKIE, PRINT_COOKIE = "hehu_language", "hehu_print"
A_YEAR = timedelta(days=365)
babel = Babel()


def init_locale(app: Flask) -> None:
    """Choose the language of each request."""
    app.config.setdefault("BABEL_DEFAULT_LOCALE", CHINESE)
    app.config.setdefault("BABEL_DEFAULT_TIMEZONE", "Asia/Shanghai")
    babel.init_app(app, locale_selector=language)
    init_words(app)


def language() -> str:
    """The language of this request: programs say it by header, people by the switch; otherwise Chinese."""
    if is_api():
        return ENGLISH if request.accept_languages.best_match(["zh", "en"], "zh") == "en" else CHINESE
    chosen = request.cookies.get(cookie_name(LANGUAGE_COOKIE))
    if chosen not in LANGUAGES and current_user.is_authenticated:
        chosen = current_user.person.language
    return chosen if chosen in LANGUAGES else CHINESE


def large_print() -> bool:
    """Whether this person reads large print."""
    chosen = request.cookies.get(cookie_name(PRINT_COOKIE))
    if chosen is None and current_user.is_authenticated:
        return bool(current_user.person.large_print)
    return chosen == "large"


def remember(response: Response, name: str, value: str) -> None:
    """Keep a choice in this browser."""
    response.set_cookie(
        cookie_name(name), value, max_age=A_YEAR, secure=is_https(), httponly=True, samesite="Lax", path="/"
    )
