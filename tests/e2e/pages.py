"""Which pages somebody can reach: those of the route table without ids, and what their links lead to."""

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from flask import Flask
from markupsafe import Markup
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from services.web.edge.access import Access, declared, routes
from shared.people.rules import Actor
from tests.support.cast import Cast, Company

HREF = re.compile(r'<a [^>]*href="(/[^"#]*)"')
SAME_PAGE = {"page", "week", "group", "unread", "q"}  # asking for these changes what is listed, not how it looks

NO_PAGE = {  # answers for programs, and downloads
    *("site.healthz", "site.readyz", "site.metrics", "site.favicon", "site.robots"),
    *("api_docs.openapi", "imports.empty", "imports.failed"),
}
BY_BUTTON = {  # what the answer to a form leads to
    "plans.show": ("plans.before_activation", "/activation"),
    "incidents.show": ("incidents.closing", "/close"),
}


@dataclass(frozen=True)
class Look:
    """A kind of page: its endpoint, and which questions its address asks."""

    endpoint: str
    asks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """One page of that kind, as it is sent."""

    look: Look
    path: str
    transferred: int  # bytes of HTML, compressed
    text: str


def pages_for(app: Flask) -> list[tuple[Rule, Access]]:
    """What is asked for by GET and not entered by a key."""
    found = [(rule, access) for rule, method, access in routes(app) if method == "GET" and access]
    return [(rule, access) for rule, access in found if access.kind != "scope"]


def reachable(cast: Cast, app: Flask, actor: Actor | None = None, company: Company | None = None) -> Iterator[Found]:
    """Every kind of page that `actor` gets to, each once; the links of a page are followed as they turn up."""
    browser, seen = cast.client(actor), set()
    waiting = list(starts(cast, app, actor, company))
    while waiting:
        path = waiting.pop(0)
        look = look_of(app, path)
        if look is None or look in seen or look.endpoint in NO_PAGE:
            continue
        seen.add(look)
        answer = browser.get(path, headers={"Accept-Encoding": "gzip"})
        if answer.status_code in (302, 303):
            waiting.append(answer.location)
        else:
            page = gzip.decompress(answer.data).decode()
            yield Found(look, path, len(answer.data), page)
            waiting += links_of(page)
            waiting += behind_buttons(app, actor, path, look)


def starts(cast: Cast, app: Flask, actor: Actor | None, company: Company | None) -> Iterator[str]:
    """Addresses that need no id: of this person's organisation, of the house, and for nobody the public ones."""
    values = {"org": company.slug, "county": cast.county.slug} if company else {"county": cast.county.slug}
    for rule, access in pages_for(app):
        may = not access.rights or any(map(actor.may, access.rights)) if actor else access.kind == "public"
        may = may and (actor is None or access.kind != "public")  # they come to the public ones by links
        if may and rule.arguments <= set(values):
            built = rule.build(values, append_unknown=False)
            if built is not None:
                yield str(built[1])


def look_of(app: Flask, path: str) -> Look | None:
    """The kind of page at an address; None where there is no page."""
    parts = urlsplit(path)
    try:
        endpoint, _ = app.url_map.bind("localhost").match(parts.path)
    except HTTPException:
        return None
    return Look(endpoint, tuple(sorted({name for name, _ in parse_qsl(parts.query)} - SAME_PAGE)))


def links_of(page: str) -> list[str]:
    """Where a page's links lead."""
    return [Markup(link).unescape() for link in HREF.findall(page)]


def behind_buttons(app: Flask, actor: Actor | None, path: str, look: Look) -> list[str]:
    """Pages that no link leads to, as far as the person may open them."""
    endpoint, rest = BY_BUTTON.get(look.endpoint, (None, ""))
    access = declared(app, endpoint, "GET") if endpoint else None
    return [path + rest] if access and actor and any(map(actor.may, access.rights)) else []
