"""What templates know: filters for days and numbers, the menu, the switches, the one-time token of forms."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Flask, g, request
from markupsafe import Markup, escape

from services.web import navigation
from shared.kernel.clock import CHINA

from . import locale
from .idempotency import new_token
from .spoken import in_chinese, spoken, written_day, written_moment, written_number, written_span

SHOWN_TAIL = 4
CHINESE_DAY, CHINESE_MOMENT = "y年M月d日", "y年M月d日 HH:mm"


def init_view(app: Flask) -> None:
    """Give the templates their words."""
    for name, function in FILTERS.items():
        app.jinja_env.filters[name] = function
    app.jinja_env.globals.update(form_token=new_token, page_url=page_url)  # what macros know: they are made once
    app.context_processor(_context)


def _context() -> dict[str, Any]:
    return {
        "nonce": g.get("nonce", ""),
        "htmx": request.headers.get("HX-Request") == "true",
        "organisation": g.get("organisation"),
        "area": g.get("area"),
        "actor": g.get("actor"),
        "language": spoken().language,
        "languages": locale.LANGUAGES,
        "large_print": locale.large_print(),
        "menu": navigation.links,
        "menu_bottom": navigation.BOTTOM,
        "search_url": navigation.search_url,
        "request_id": g.get("request_id", ""),
    }


def page_url(number: int) -> str:
    """This address with another `page`."""
    arguments = [(name, value) for name, value in request.args.items(multi=True) if name != "page"]
    return f"{request.path}?{urlencode([*arguments, ('page', number)])}"


def day(value: date | datetime | None) -> str:
    """2026年11月21日."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.astimezone(CHINA).date()
    return written_day(value, CHINESE_DAY if in_chinese() else "d MMMM y")


def moment(value: datetime | None) -> str:
    """2026年11月21日 14:05, in Asia/Shanghai."""
    if value is None:
        return ""
    return written_moment(value, CHINESE_MOMENT if in_chinese() else "d MMMM y, HH:mm")


def ago(value: datetime | None, now: datetime | None = None) -> Markup | str:
    """3小时前, with the moment itself on hover and for readers."""
    if value is None:
        return ""
    span = value - (now or datetime.now(UTC))  # only wording; rules use the clock of the database
    said = written_span(span)
    stamp, whole = value.isoformat(), moment(value)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(stamp, whole, said)


def number(value: float | int | None) -> str:
    """1,234; nothing for None."""
    return "" if value is None else written_number(value)


def masked(value: str | None) -> str:
    """All but the last four characters hidden."""
    if not value:
        return ""
    return "*" * max(0, len(value) - SHOWN_TAIL) + value[-SHOWN_TAIL:]


def lines(value: str | None) -> Markup:
    """Text with its line breaks kept."""
    return Markup("<br>").join(escape(line) for line in (value or "").splitlines())


FILTERS = {"day": day, "moment": moment, "ago": ago, "number": number, "masked": masked, "lines": lines}
