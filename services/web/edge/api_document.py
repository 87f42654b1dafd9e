"""The OpenAPI 3.1 document: what the library draws up, with our problems, keys and links put in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from itertools import count
from typing import Any

from apispec.ext.marshmallow.common import make_schema_key, resolve_schema_instance
from flask import current_app

from shared.kernel.errors import N_

from .access import routes
from .errors import PROBLEM
from .idempotency import HEADER, KEY_PATTERN, LONGEST
from .paging import LARGEST, LAST_PAGE, SIZE

EXTENSION = "hehu_api"
SECURITY = "key"
NAME = "api_"  # pages and resources of one room may not share a blueprint name
PAGE_OF = "PageOf"  # begins the names of schemas of lists
FILES = "text/csv, application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"  # rosters alone are sent so
SLUG = "^[a-z0-9-]{1,60}$"
METHODS = ("get", "post", "put", "patch", "delete")
PAGE_PARAMETERS = [
    {"in": "query", "name": "page", "schema": {"type": "integer", "minimum": 1, "maximum": LAST_PAGE, "default": 1}},
    {
        "in": "query",
        "name": "page_size",
        "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST, "default": SIZE},
    },
]
KEY_PARAMETER = {
    "in": "header",
    "name": HEADER,
    "required": True,
    "description": "重发时用同一个值，不会重复登记。Repeat it when sending again; nothing is recorded twice.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": KEY_PATTERN},
}
PROBLEMS = {
    400: N_("正文读不懂，或者没有 Idempotency-Key"),
    401: N_("没有带密钥"),
    403: N_("密钥没有这个范围；code 是 scope.missing"),
    404: N_("没有这样的内容，或者它属于别的单位"),
    409: N_("格式没有错，但不合规则；code 说明是哪一条，errors 说明是哪一项"),
    413: N_("正文太大"),
    415: N_("正文不是这里要的类型"),
    422: N_("参数或正文不合格式，errors 按项说明；或者 Idempotency-Key 已用于另一份正文"),
    429: N_("太频繁了，过 Retry-After 秒再来"),
}
LINK = {
    "description": "RFC 8288: first, prev, next, last",
    "required": True,
    "schema": {"type": "string"},
}
RETRY = {"description": "seconds", "required": True, "schema": {"type": "integer", "minimum": 1}}


class Names:
    """A name in the document for each schema: two rooms may both have a `Note`, and one may be written two ways."""

    def __init__(self) -> None:
        self.given: dict[Any, str] = {}

    def __call__(self, schema: Any) -> str:
        instance = resolve_schema_instance(schema)
        key = make_schema_key(instance)
        if key not in self.given:
            base = type(instance).__name__.removesuffix("Schema") or "Schema"
            taken = set(self.given.values())
            numbered = (f"{base}{number}" for number in count(2))
            self.given[key] = base if base not in taken else next(one for one in numbered if one not in taken)
        return self.given[key]


def document() -> dict[str, Any]:
    """The document of this application."""
    whole: dict[str, Any] = deepcopy(current_app.extensions[EXTENSION].spec.to_dict())
    for tag in whole.get("tags", []):
        tag["name"] = _plain(tag["name"])
    scopes = _scopes()
    for path, methods in whole["paths"].items():
        for parameter in methods.get("parameters", []):
            if parameter["name"] in ("org", "area"):
                parameter["schema"] |= {"format": "slug", "pattern": SLUG}
        for method in METHODS:
            if method in methods:
                methods[method]["security"] = [{SECURITY: [scopes[method, path]]}]
                _mend(method, methods[method])
    components = whole["components"]
    components.pop("headers", None)  # the library's pages; ours are in Link
    components["responses"] = {_name(status): _problem(status) for status in PROBLEMS}
    components["schemas"].pop("PaginationMetadata", None)
    components["schemas"].pop("Error", None)
    for schema in components["schemas"].values():
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)  # unknown fields are refused, and none is sent
    return whole


def _scopes() -> dict[tuple[str, str], str]:
    """(method, path as the document writes it) → the scope that a key needs."""
    found = ((method.lower(), rule.rule, access) for rule, method, access in routes(current_app) if access)
    return {(method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path)): access.scope for method, path, access in found}


def _mend(method: str, operation: dict[str, Any]) -> None:
    operation["tags"] = [_plain(tag) for tag in operation.get("tags", [])]
    if method == "post":
        operation.setdefault("parameters", []).append(deepcopy(KEY_PARAMETER))
    is_list = PAGE_OF in str(operation["responses"].get("200", ""))
    if is_list:
        operation.setdefault("parameters", []).extend(deepcopy(PAGE_PARAMETERS))
    answers = {status: answer for status, answer in operation["responses"].items() if str(status).startswith("2")}
    if is_list:
        answers["200"]["headers"] = {"Link": LINK}
    refusals = {
        str(status): {"$ref": f"#/components/responses/{_name(status)}"} for status in _refusals(method, operation)
    }
    operation["responses"] = answers | refusals


def _refusals(method: str, operation: dict[str, Any]) -> Iterator[int]:
    """The statuses that an operation can answer with when it does not do what it is asked."""
    has_body, has_key = "requestBody" in operation, _has(operation, HEADER)
    takes = {parameter["in"] for parameter in operation.get("parameters", []) if "in" in parameter}
    if has_body or has_key:
        yield 400
    yield from (401, 403, 404)
    if method != "get":
        yield 409
    if has_body:
        yield from (413, 415)
    if has_body or has_key or "query" in takes:
        yield 422
    yield 429


def _has(operation: dict[str, Any], name: str) -> bool:
    return any(parameter.get("name") == name for parameter in operation.get("parameters", []))


def _problem(status: int) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": PROBLEMS[status],
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status == 429:
        answer["headers"] = {"Retry-After": RETRY}
    return answer


def _name(status: int) -> str:
    return f"Problem{status}"


def _plain(name: str) -> str:
    return name.removeprefix(NAME).replace("area_", "areas/")
