"""Who may call a route: declared at the route, enforced before it, and missing declarations stop the start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from flask import Flask, request
from werkzeug.routing import Rule

if TYPE_CHECKING:
    from shared.people.rules import Right

View = TypeVar("View", bound=Callable[..., Any])
Kind = Literal["public", "signed_in", "member", "rights", "scope"]
ATTRIBUTE = "hehu_access"
AUTOMATIC = frozenset({"HEAD", "OPTIONS"})  # answered by Flask itself, with the declaration of GET


@dataclass(frozen=True)
class Access:
    """One declaration; `rights` means any of them."""

    kind: Kind
    rights: tuple[Right, ...] = ()
    scope: str = ""


class Undeclared(RuntimeError):
    """Some routes do not say who may call them; the application must not start."""


def _declare(view: View, access: Access) -> View:
    setattr(view, ATTRIBUTE, access)
    return view


def access(*rights: Right) -> Callable[[View], View]:
    """Members of the organisation of the path who hold any of `rights`."""
    if not rights:
        raise TypeError("access() needs a right; use @member for every member")
    return lambda view: _declare(view, Access("rights", rights=rights))


def member(view: View) -> View:
    """Any member of the organisation of the path."""
    return _declare(view, Access("member"))


def signed_in(view: View) -> View:
    """Anybody logged in; no organisation is bound."""
    return _declare(view, Access("signed_in"))


def public(view: View) -> View:
    """Everybody."""
    return _declare(view, Access("public"))


def api_scope(scope: str) -> Callable[[View], View]:
    """An API key of the organisation of the path that carries `scope`."""
    return lambda view: _declare(view, Access("scope", scope=scope))


def declared(app: Flask, endpoint: str, method: str) -> Access | None:
    """The declaration of one route and method, or None."""
    view: Any = app.view_functions[endpoint]
    if view_class := getattr(view, "view_class", None):
        name = "get" if method == "HEAD" else method.lower()
        view = getattr(view_class, name, None)
    found = getattr(view, ATTRIBUTE, None)
    return found if isinstance(found, Access) else None


def current_access() -> Access | None:
    """What the route of this request declares; None where there is no route (404, 405)."""
    from flask import current_app  # the proxy shadows the parameter name `app` of the functions above

    if request.endpoint is None:
        return None
    return declared(current_app, request.endpoint, request.method)


def routes(app: Flask) -> Iterator[tuple[Rule, str, Access | None]]:
    """Every (rule, method, declaration) of the application."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - AUTOMATIC):
            yield rule, method, declared(app, rule.endpoint, method)


def refuse_undeclared(app: Flask) -> None:
    """Raise Undeclared naming all routes without a declaration, and those whose path cannot carry theirs."""
    faults = []
    for rule, method, found in routes(app):
        place = f"{method} {rule.rule} ({rule.endpoint})"
        if found is None:
            faults.append(f"{place}: add @access(...), @member, @signed_in, @public or @api_scope(...)")
        elif found.kind in ("member", "rights") and not {"org", "area"} & set(rule.arguments):
            faults.append(f"{place}: needs <org> or <area> in its path")
        elif rule.rule.startswith("/api/") and found.kind not in ("scope", "public"):
            faults.append(f"{place}: the API is entered by keys; use @api_scope(...)")
    if faults:
        raise Undeclared("routes that do not say who may call them:\n  " + "\n  ".join(faults))
