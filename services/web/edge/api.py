"""The frame of the API: blueprints of an organisation or an area, lists, and keys of POSTs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

import marshmallow as ma
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask, request
from flask_smorest import Api, Blueprint

from .api_document import EXTENSION, NAME, PAGE_OF, SECURITY, Names
from .arguments import FORM_DATA, MULTIPART, StrictParser
from .csrf import csrf
from .idempotency import idempotent
from .limits import API, api_caller, limiter
from .paging import Page, paged

View = TypeVar("View", bound=Callable[..., Any])
PREFIX = "/api/v1"


class Problem(ma.Schema):
    """RFC 9457."""

    type = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    code = ma.fields.String(required=True, metadata={"description": "stable"})
    detail = ma.fields.String(required=True)
    request_id = ma.fields.String(required=True)
    errors = ma.fields.Dict(metadata={"description": "sentences by field"})


class Resource(Blueprint):  # type: ignore[misc]  # flask-smorest has no types
    """A flask-smorest blueprint whose POSTs are idempotent and whose lists are `{items, total}` with `Link`."""

    ARGUMENTS_PARSER = StrictParser()
    DEFAULT_LOCATION_CONTENT_TYPE_MAPPING: dict[str, str] = {
        **Blueprint.DEFAULT_LOCATION_CONTENT_TYPE_MAPPING,
        MULTIPART: FORM_DATA,
    }

    def add_url_rule(self, rule: str, endpoint: Any = None, view_func: Any = None, *args: Any, **kw: Any) -> None:
        """Guard POSTs; take the address with and without a slash at its end."""
        rule = rule.rstrip("/")  # the other way round, a wrong method without the slash would be a 404
        kw.setdefault("strict_slashes", False)
        if "POST" in kw.get("methods", ()):
            view_func = idempotent(view_func)
        super().add_url_rule(rule, endpoint, view_func, *args, **kw)

    # The library has no types; these say what its decorators do to a view: nothing that its callers notice.

    def get(self, rule: str, **options: Any) -> Callable[[View], View]:
        """A GET."""
        return cast(Callable[[View], View], super().get(rule, **options))

    def post(self, rule: str, **options: Any) -> Callable[[View], View]:
        """A POST, idempotent by its key."""
        return cast(Callable[[View], View], super().post(rule, **options))

    def patch(self, rule: str, **options: Any) -> Callable[[View], View]:
        """A PATCH."""
        return cast(Callable[[View], View], super().patch(rule, **options))

    def delete(self, rule: str, **options: Any) -> Callable[[View], View]:
        """A DELETE."""
        return cast(Callable[[View], View], super().delete(rule, **options))

    def arguments(self, schema: Any, **options: Any) -> Callable[[View], View]:
        """The body (or `location=` "query", "multipart" for files), checked; the view's first argument."""
        return cast(Callable[[View], View], super().arguments(schema, **options))

    def response(self, status: int, schema: Any = None, **options: Any) -> Callable[[View], View]:
        """What the view's return value is written as."""
        return cast(Callable[[View], View], super().response(status, schema, **options))

    def lists(self, item: type[ma.Schema]) -> Callable[[View], View]:
        """The view returns a Page or a list; the answer is one page of it."""

        def decorate(view: View) -> View:
            @wraps(view)
            def listed(*args: Any, **kwargs: Any) -> Any:
                found = view(*args, **kwargs)
                page = found if isinstance(found, Page) else paged(found)
                return {"items": page.items, "total": page.total}, 200, {"Link": links(page)}

            return cast(View, self.response(200, page_of(item))(listed))

        return decorate


def org_blueprint(name: str, title: str) -> Resource:
    """Resources at /api/v1/orgs/<org>/<name>."""
    return Resource(NAME + name, name, url_prefix=f"{PREFIX}/orgs/<org>/{name}", description=title)


def area_blueprint(name: str, title: str) -> Resource:
    """Resources at /api/v1/areas/<area>/<name>."""
    return Resource(f"{NAME}area_{name}", name, url_prefix=f"{PREFIX}/areas/<area>/{name}", description=title)


def page_of(item: type[ma.Schema]) -> type[ma.Schema]:
    """The schema `{items: [item], total}`."""
    members: dict[str, Any] = {
        "items": ma.fields.List(ma.fields.Nested(item), required=True),
        "total": ma.fields.Integer(required=True),
    }
    return type(f"{PAGE_OF}{item.__name__}", (ma.Schema,), members)


def links(page: Page[Any]) -> str:
    """RFC 8288 relations of one page of a list."""
    numbers = {"first": 1, "last": page.pages}
    if page.page > 1:
        numbers["prev"] = min(page.page - 1, page.pages)
    if page.page < page.pages:
        numbers["next"] = page.page + 1
    return ", ".join(f'<{_address(number)}>; rel="{rel}"' for rel, number in numbers.items())


def _address(number: int) -> str:
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "page"]
    return f"{request.path}?{urlencode([*kept, ('page', number)])}"


class _Api(Api):  # type: ignore[misc]  # flask-smorest has no types
    ERROR_SCHEMA = Problem

    def _register_error_handlers(self) -> None:
        """None: errors leave by services.web.edge.errors."""


def init_api(app: Flask, blueprints: Iterable[Resource]) -> None:
    """Register the resources; none needs a CSRF token, since no browser sends keys by itself."""
    app.config.update(
        API_TITLE="呵护 Hehu",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=None,  # our own two routes serve the document, in pages/api_docs.py
        API_SPEC_OPTIONS={"security": [{SECURITY: []}], "servers": [{"url": "/"}]},
    )
    api = _Api(app, spec_kwargs={"marshmallow_plugin": MarshmallowPlugin(schema_name_resolver=Names())})
    api.spec.components.security_scheme(SECURITY, {"type": "http", "scheme": "bearer", "bearerFormat": "hehu_…"})
    app.extensions[EXTENSION] = api
    for blueprint in blueprints:
        csrf.exempt(blueprint)
        limiter.shared_limit(API, scope="api", key_func=api_caller)(blueprint)
        api.register_blueprint(blueprint)
