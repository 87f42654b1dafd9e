"""What can be fetched by an address alone, and what lies in a cache: nobody meets another organisation's there."""

import ast
import json
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import redis

from services.web.edge.access import routes
from services.worker.broker import build_broker
from shared.kernel.reactions import QUEUES, How
from tests.support.cast import Cast, Company
from tests.support.cluster import project_root
from tests.support.joining import invite, reset_token, start_reset, token_of
from tests.support.ringing import ring_once
from tests.web.matrix import address, masked
from tests.web.scripts import Script, stock

MARK = "q0lantern0q"
ROWS = f"{MARK},女,2099-05-06,{MARK},三年级一班\n,男,2016-03-08,{MARK},三年级一班\n"  # one warned of, one wrong
BAD_ROSTER = f"姓名,性别,出生日期,家庭住址,班级\n{ROWS}".encode()
FILES = {"/o/<org>/imports/template.xlsx", "/o/<org>/imports/<uuid:import_id>/failed.xlsx"}
NEIGHBOURS = 30
WAYS_OUT = ("..", "%2e%2e", "..%2f..", "%2e%2e%5c..", ".%00.", "....//..", "%252e%252e", "\\..\\..")
WANTED = ("app.py", "templates/base.html", "../pyproject.toml", "etc/passwd", ".env", "wsgi.py", "../../etc/passwd")
UUIDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# Every key there may be.  Of an organisation they hold its id and ids of its reactions; of people, nothing.
KEYS = {
    r"dramatiq:[a-z]+(\.DQ|\.XQ)?(\.msgs)?",
    r"dramatiq:__(acks__|heartbeats__)(\.[0-9a-f-]+(\.[a-z]+(\.DQ)?)?)?",
    r"LIMITS:LIMITER/hehu/\d{1,3}(\.\d{1,3}){3}/[a-z_.]+/\d+/\d+/(minute|hour)",
    r"LIMITS:LIMITER/hehu/[0-9a-f]{64}/api/\d+/\d+/minute",
}
# What processes keep between requests, and why nobody's rows are in it.
CACHES = {
    "services/web/edge/spoken.py": "a day, a moment or a number in the words of a language",
    "shared/children/pinyin.py": "the sound of a character",
    "shared/children/roster/meaning.py": "whether a word is the head of a column",
    "shared/kernel/crash.py": "a setting",
    "shared/kernel/event_types.py": "the fields of an event's class",
    "shared/people/kept.py": "the statement of a read, without the values it is asked with",
    "shared/people/passwords.py": "the list of common passwords, and a hash of nothing",
}
CACHING = {"cache", "lru_cache"}


def staged(cast: Cast, company: Company) -> str:
    """A roster in hand of which a row is wrong, and comes back as a file."""
    sent = {"data": {"file": (BytesIO(BAD_ROSTER), "roster.csv")}, "content_type": "multipart/form-data"}
    return str(Script(cast, company).post("imports", **sent)["id"])


def neighbours(number: str) -> Iterator[str]:
    """Ids that somebody might guess who knows this one."""
    known = UUID(number).int
    for step in range(1, NEIGHBOURS):
        yield str(UUID(int=known + step))
        yield str(UUID(int=known ^ 1 << step))


def guesses(cast: Cast, held: str) -> Iterator[str]:
    """The true address of another's file, the same under one's own name, its neighbours, and ways out of a folder."""
    app = cast.make_app()
    by_import = [rule for rule, method, _ in routes(app) if "import_id" in rule.arguments and method == "GET"]
    ids = [held, *neighbours(held)]
    for rule in by_import:
        for org in (cast.school.slug, cast.stranger.slug):
            first = address(rule, org, lambda _name: held)
            yield from (first.replace(held, one) for one in ids)
    for folder in ("/static", f"/o/{cast.stranger.slug}/imports", "/o"):
        yield from (f"{folder}/{way}/{wanted}" for way in WAYS_OUT for wanted in WANTED)
        yield from (f"{folder}/{wanted}" for wanted in WANTED)


def test_r13_nobody_fetches_a_file_by_guessing_its_address(cast: Cast) -> None:
    held, unknown = staged(cast, cast.school), str(uuid4())
    browser, script = cast.client(cast.stranger.admin), Script(cast, cast.stranger)
    own = cast.client(cast.school.admin).get(f"/o/{cast.school.slug}/imports/{held}/failed.xlsx")
    addresses = [*guesses(cast, held)]

    def fetch(path: str) -> Any:
        return script.client.get(path, headers=script.headers) if "/api/" in path else browser.get(path)

    assert own.status_code == 200
    for path in addresses:
        answer = fetch(path)
        assert answer.status_code in {401, 403, 404, 308, 400}, path
        assert "Content-Disposition" not in answer.headers
        assert MARK not in answer.text
        if held in path:
            assert same(answer, fetch(path.replace(held, unknown))), path
    print(f"{len(addresses)} addresses")
    assert len(addresses) >= 500


def same(one: Any, other: Any) -> bool:
    return (one.status_code, masked(one.text)) == (other.status_code, masked(other.text))


def test_r13_a_file_is_known_to_this_test_and_kept_by_no_browser_or_proxy(cast: Cast) -> None:
    held, browser = staged(cast, cast.school), cast.client(cast.school.admin)
    found = {rule.rule for rule, method, _ in routes(cast.make_app()) if method == "GET" and is_file(rule.rule)}

    assert found == FILES
    for path in found:
        answer = browser.get(path.replace("<org>", cast.school.slug).replace("<uuid:import_id>", held))
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Disposition"].startswith("attachment")


def is_file(path: str) -> bool:
    return "." in path.rsplit("/", 1)[-1].replace("<", "") and path.startswith("/o/")


@pytest.mark.parametrize("link", ["join", "reset"])
def test_r13_a_link_with_a_token_opens_nothing_at_another_organisation(cast: Cast, link: str) -> None:
    tokens = {"join": lambda: token_of(cast, invite(cast)), "reset": lambda: reset_of_the_teacher(cast)}
    token, unknown = tokens[link](), "x" * 43
    nobody, form = cast.client(), {"new_password": "seven lanterns above the door", "name": "某某"}

    at_home = nobody.get(f"/o/{cast.school.slug}/{link}/{token}")
    elsewhere = [f"/o/{org}/{link}" for org in (cast.stranger.slug, cast.village.slug, cast.county.slug)]

    assert at_home.status_code == 200
    for place in elsewhere:
        assert same(nobody.get(f"{place}/{token}"), nobody.get(f"{place}/{unknown}"))
        assert nobody.get(f"{place}/{token}").status_code == 404
        assert same(nobody.post(f"{place}/{token}", data=form), nobody.post(f"{place}/{unknown}", data=form))
    assert same(at_home, nobody.get(f"/o/{cast.school.slug}/{link}/{token}")), "it was used up elsewhere"


def reset_of_the_teacher(cast: Cast) -> str:
    return str(reset_token(cast, cast.school, start_reset(cast, cast.school.teacher)))


def test_r13_an_answer_kept_for_a_repeat_is_given_to_its_own_organisation_alone(cast: Cast) -> None:
    key = str(uuid4())
    answers: list[Any] = []
    for company in (cast.school, cast.stranger):
        script, child = Script(cast, company), next(iter(company.children.values()))
        body = {"category": "accident", "child_ids": [str(child)], "account": MARK if not answers else "别的"}
        headers = {**script.headers, "Idempotency-Key": key}
        answers.append(script.client.post(f"{script.base}/incidents", headers=headers, json=body))

    assert [answer.status_code for answer in answers] == [201, 201]
    assert len({json.loads(answer.data)["id"] for answer in answers}) == 2
    assert MARK not in answers[1].text


def test_r13_no_key_of_redis_holds_more_than_ids(cast: Cast) -> None:
    browser = cast.client(cast.school.admin)
    held = staged(cast, cast.school)
    browser.get(f"/o/{cast.school.slug}/imports/{held}")
    stock(cast, cast.school)
    form = {"phone": cast.phone(cast.school.head), "password": MARK, "csrf_token": ""}
    cast.client().post("/log-in", data=form)
    broker = build_broker(cast.house.settings)
    for queue in QUEUES:
        ring_once(cast.house, broker, queue)

    with redis.Redis.from_url(cast.urls.redis, decode_responses=True) as client:
        everything = {key: whole(client, key) for key in client.scan_iter()}
    assert {key.partition(":")[0] for key in everything} == {"dramatiq", "LIMITS"}
    for key, value in everything.items():
        assert any(re.fullmatch(pattern, key) for pattern in KEYS), key
        assert not left_over(value), (key, left_over(value))


def whole(client: Any, key: str) -> str:
    """What lies under a key, as text."""
    kind = client.type(key)
    reads = {"string": client.get, "hash": client.hvals, "list": lambda one: client.lrange(one, 0, -1)}
    reads |= {"set": client.smembers, "zset": lambda one: client.zrange(one, 0, -1)}
    return str(reads[kind](key))


ENVELOPE = "queue_name|actor_name|args|kwargs|options|redis_message_id|message_id|message_timestamp|react|call"


def left_over(value: str) -> str:
    """What is neither an id, nor a number, nor the envelope of a message."""
    words = [ENVELOPE, *QUEUES, *How, r"[\d\s\[\]{}:,.'\"]+"]
    return re.sub("|".join(words), "", UUIDS.sub("", value))


def test_r13_what_a_process_keeps_between_requests_is_on_the_list() -> None:
    root = project_root()
    files = [file for folder in ("shared", "services/web", "services/worker") for file in (root / folder).rglob("*.py")]

    assert {str(file.relative_to(root)) for file in files if keeps(file)} == set(CACHES)


def keeps(file: Path) -> bool:
    """Whether this file makes a cache."""
    named = {node.id for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Name)}
    return bool(named & CACHING)
