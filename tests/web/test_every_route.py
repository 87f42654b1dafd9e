"""Every route of the map: who gets in, what every answer carries, how foreign and missing look (R7, R49)."""

import re
from uuid import UUID, uuid4

import pytest
from werkzeug.routing import IntegerConverter, UnicodeConverter, UUIDConverter

from services.web.edge.access import routes

CHANGING = {"POST", "PUT", "PATCH", "DELETE"}
MASKED = re.compile(
    r'01[0-9a-f]{30}|nonce-[\w-]+|nonce="[^"]+"|"inlineScriptNonce":"[^"]+"|csrf" content="[^"]+"'
    r'|name="(csrf_token|form_token|next)" value="[^"]*"'
)


def address(rule, **given):
    """The rule with `given` and made-up arguments, the same each time."""
    values = dict(given)
    for name, converter in rule._converters.items():
        kinds = {UUIDConverter: UUID(int=7), IntegerConverter: 7}
        values.setdefault(name, kinds.get(type(converter), "made-up"))
    built = rule.build(values, append_unknown=False)
    return built[1]


def ask(browser, rule, method, **given):
    """One request without tokens."""
    return browser.open(address(rule, **given), method=method)


@pytest.fixture
def house_routes(make_app):
    """All of them."""
    return list(routes(make_app()))


def test_every_answer_carries_the_headers(cast, house_routes):
    browser, lacking = cast.client(), []
    for rule, method, _access in house_routes:
        answer = ask(browser, rule, method)
        policy = answer.headers.get("Content-Security-Policy", "")
        good = (
            "nonce-" in policy
            and "frame-ancestors 'none'" in policy
            and answer.headers.get("X-Content-Type-Options") == "nosniff"
            and len(answer.headers.get("X-Request-ID", "")) == 32
            and answer.status_code != 500
        )
        lacking += [] if good else [(method, rule.rule, answer.status_code)]

    assert lacking == []


@pytest.mark.parametrize("who", [None, "teacher"])
def test_an_address_that_no_text_can_have_is_not_found(cast, house_routes, who):
    browser = cast.client(who and cast.school.members[who])
    with_text = [(rule, method) for rule, method, _access in house_routes if named_by_text(rule)]
    found = {
        (rule.rule, method): ask(browser, rule, method, **named_by_text(rule)).status_code for rule, method in with_text
    }

    assert len(found) > 100
    assert set(found.values()) == {404}


def named_by_text(rule):
    """Its arguments that may be any text, each with a NUL in it, which PostgreSQL takes for none."""
    taken = [name for name, converter in rule._converters.items() if type(converter) is UnicodeConverter]
    return dict.fromkeys(taken, "a\0b")


def test_nobody_gets_in_where_somebody_must_be_known(cast, house_routes):
    browser, opened = cast.client(), []
    for rule, method, access in house_routes:
        if access.kind != "public":
            answer = ask(browser, rule, method, org=cast.school.slug)
            to_log_in = answer.status_code == 303 and answer.location.startswith("/log-in")
            opened += [] if to_log_in or answer.status_code == 401 else [(method, rule.rule, answer.status_code)]

    assert opened == []


def test_no_page_changes_anything_without_its_token_or_for_a_foreign_site(cast, house_routes):
    browser, changed = (
        cast.client(cast.school.tenant_admin if "tenant_admin" in cast.school.members else cast.school.head),
        [],
    )
    for rule, method, access in house_routes:
        if method in CHANGING and access.kind != "scope" and "org" in rule.arguments:
            bare = ask(browser, rule, method, org=cast.school.slug)
            changed += [] if bare.status_code in (400, 403, 404) else [(method, rule.rule, bare.status_code)]

    assert changed == []


def test_what_is_foreign_looks_like_what_is_missing(cast, house_routes):
    browser, told = cast.client(cast.stranger.head), []
    browser.get("/help")
    for rule, method, access in house_routes:
        if "org" not in rule.arguments or access.kind not in ("member", "rights"):
            continue
        foreign = ask(browser, rule, method, org=cast.school.slug)
        missing = ask(browser, rule, method, org=f"none-{uuid4().hex[:8]}")
        same = (
            foreign.status_code == missing.status_code == 404
            and MASKED.sub("", foreign.text) == MASKED.sub("", missing.text)
            and set(foreign.headers.keys()) == set(missing.headers.keys())
        )
        told += [] if same else [(method, rule.rule, foreign.status_code, missing.status_code)]

    assert told == []
