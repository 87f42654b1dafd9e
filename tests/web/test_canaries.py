"""Every text of every organisation carries a mark of its own, and nobody ever reads another's (R8)."""

import hashlib
import logging
import re
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import redis
from flask import Flask
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import text
from structlog.testing import capture_logs
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from services.web.edge.access import routes
from services.worker.broker import build_broker
from shared.kernel.reactions import QUEUES
from shared.organisations.models import Area
from shared.people.rules import Actor
from tests.e2e.pages import reachable
from tests.e2e.scene import inhabit
from tests.faults.scale import FULL
from tests.support.cast import Cast, Company
from tests.support.cluster import Cluster, dsn
from tests.support.ringing import ring_once
from tests.support.rows import CHECKS, insert, tenant_tables, values_for
from tests.web.matrix import TYPED, address, item_arguments, org_routes, site_in, table_of
from tests.web.scripts import Script, stock

MARK = re.compile(r"q[0-9a-f]{12}q")
COLUMNS = """
    SELECT column_name, data_type FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name = %s AND data_type IN ('text', 'jsonb', 'bytea')
"""
# Codes, hashes and addresses: another word there and the own pages no longer know what to say.  These are marked in
# rows of their own, at organisations in which nobody reads here.
NAMES_OF_CODES = """
    action answer away_reason boarding body_hash bureau_kind carer_kind category channel child_filter doer_role
    exit_reason file_hash guardianship_grade holiday hukou_kind id_no_hash key key_hash kind level link method
    owner_role period period_source person_key queue reactor risk_level role roster_kind school_grade scope settled_key
    sex stage state status status_token_hash study_level subject subject_kind tell token_hash url why event.name
    copied_message.kind
"""
CODES = set(NAMES_OF_CODES.split())
OPEN_JSON = {"params", "detail", "payload"}
READERS = [("county", "admin"), ("education", "head"), ("school", "admin"), ("school", "teacher")] + FULL * [
    ("county", "officer"),
    ("civil_affairs", "recipient"),
    ("township", "supervisor"),
    ("school", "proxy_parent"),
    ("village", "child_director"),
]
SILENT = ("kindergarten", "community", "stranger")
BODY_IDS = ("child_id", "membership_id", "doer_id", "unit_id", "occurrence_id")
REPORT = {"category": "accident", "account": "摔伤。"}
SCRIPTS = ("county", "school")


def mark(tenant: UUID, table: str, column: str) -> str:
    """What the texts of this column carry in this organisation; as `MARKED` makes it."""
    return f"q{hashlib.md5(f'{tenant}.{table}.{column}'.encode()).hexdigest()[:12]}q"


def columns_of(connection: psycopg.Connection[Any], table: str) -> dict[str, str]:
    """Column → type, of everything that can hold a word."""
    return dict(connection.execute(COLUMNS, [table]).fetchall())


def plant(connection: psycopg.Connection[Any], tenants: list[UUID]) -> None:
    """Mark every free text there is, and every open set of values."""
    for table in tenant_tables():
        for column, kind in columns_of(connection, table).items():
            if not {column, f"{table}.{column}"} & CODES and (kind == "text" or column in OPEN_JSON):
                for tenant in tenants:
                    mark_column(connection, tenant, table, column, kind)


def mark_column(connection: psycopg.Connection[Any], tenant: UUID, table: str, column: str, kind: str) -> None:
    """The same mark in each row of the organisation, once."""
    new = "{column} || %(new)s" if kind == "jsonb" else "coalesce({column}, '') || %(new)s"
    query = f"UPDATE {{table}} SET {{column}} = {new} WHERE tenant_id = %(tenant)s"
    query += " AND position(%(own)s IN coalesce({column}::text, '')) = 0"
    own = mark(tenant, table, column)
    names = {"table": sql.Identifier(table), "column": sql.Identifier(column)}
    given = {"tenant": tenant, "own": own, "new": Jsonb({own: own}) if kind == "jsonb" else own}
    connection.execute(sql.SQL(query).format(**names), given)


def fill_marked(connection: psycopg.Connection[Any], tenant: UUID) -> None:
    """A row in every table with nothing but marks in it."""
    connection.execute("SET session_replication_role = replica")
    for table in tenant_tables():
        checked = " ".join(definition for (definition,) in connection.execute(CHECKS, [table]))
        marks: dict[str, Any] = {}
        for column, kind in columns_of(connection, table).items():
            own = mark(tenant, table, column)
            if column not in checked:
                marks[column] = {"text": own, "jsonb": Jsonb({own: own}), "bytea": own.encode()}[kind]
        with suppress(psycopg.errors.UniqueViolation):  # of some there is one at most
            insert(connection, table, values_for(connection, table, tenant, id=uuid4(), **marks))
    connection.execute("SET session_replication_role = DEFAULT")


@dataclass
class Marked:
    """A county in which every text is marked, and where whose mark came from; `heard` is what was logged."""

    cast: Cast
    app: Flask
    sms: Path
    whose: dict[str, tuple[UUID, str, str]]
    heard: list[Any]
    rows: dict[tuple[str, str], UUID] = field(default_factory=dict)

    def foreign(self, text: str, company: Company | None) -> set[str]:
        """Tables and columns of others that can be read in `text`."""
        found = (self.whose[one] for one in MARK.findall(text) if one in self.whose)
        return {f"{table}.{column}" for tenant, table, column in found if company is None or tenant != company.id}

    def row_of(self, company: Company, argument: str) -> UUID:
        """A row of the organisation, for an argument of an address."""
        at = company.slug, table_of(argument)
        if at not in self.rows:
            query = sql.SQL("SELECT id FROM {} WHERE tenant_id = %s ORDER BY created_at LIMIT 1")
            with psycopg.connect(dsn(self.cast.urls.backup)) as connection:
                row = connection.execute(query.format(sql.Identifier(at[1])), [company.id]).fetchone()
            self.rows[at] = row[0] if row else UUID(int=7)
        return self.rows[at]


@pytest.fixture(scope="module")
def marked(cluster: Cluster, worker_number: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marked]:
    """Three weeks of a county, marked before and after, and three organisations with marks in every column."""
    sms, name = tmp_path_factory.mktemp("sms") / "sent.jsonl", f"hehu_canaries_{worker_number}"
    with site_in(cluster, name, worker_number, sms_url=f"file:{sms}") as (cast, app), listening() as heard:
        companies = [one for one in vars(cast).values() if isinstance(one, Company)]
        tenants = [one.id for one in companies]
        with closing(psycopg.connect(dsn(cast.urls.superuser), autocommit=True)) as connection:
            plant(connection, tenants)
            inhabit(cast)
            stock(cast, cast.stranger)
            cast.run_reactions()
            plant(connection, tenants)
            for silent in SILENT:
                fill_marked(connection, getattr(cast, silent).id)
            whose = {mark(*at): at for at in places(connection, tenants)}
        app.config["WTF_CSRF_ENABLED"] = False
        yield Marked(cast, app, sms, whose, heard)


def places(connection: psycopg.Connection[Any], tenants: list[UUID]) -> list[tuple[UUID, str, str]]:
    """Every organisation, table and column that may hold a mark."""
    columns = {table: columns_of(connection, table) for table in tenant_tables()}
    return [(tenant, table, column) for tenant in tenants for table in columns for column in columns[table]]


@contextmanager
def listening() -> Iterator[list[Any]]:
    """Every line that is logged, by either of the two ways there are."""

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append({"line": self.format(record)})

    ear = Ear()
    logging.getLogger().addHandler(ear)
    with capture_logs() as heard:
        yield heard
    logging.getLogger().removeHandler(ear)


def text_of(answer: TestResponse) -> str:
    """What can be read in an answer, headers and packed sheets too."""
    packed = [answer.data]
    if answer.data.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(answer.data)) as sheets:
            packed = [sheets.read(name) for name in sheets.namelist()]
    return str(answer.headers) + b" ".join(packed).decode(errors="replace")


def asked_for(marked: Marked, company: Company, actor: Actor) -> Iterator[str]:
    """Every page that somebody gets to by links, and every route with the rows of others."""
    yield from (found.text for found in reachable(marked.cast, marked.app, actor, company))
    browser, others = marked.cast.client(actor), [getattr(marked.cast, name) for name in SILENT]
    for number, (rule, method, _) in enumerate(org_routes(marked.app)):
        path = address(rule, company.slug, partial(marked.row_of, others[number % len(others)]))
        sent = TYPED | {"form_token": uuid4().hex} if method == "POST" else None
        yield text_of(browser.open(path, method=method, data=sent))


@pytest.mark.full
@pytest.mark.parametrize(("place", "who"), READERS)
def test_r08_nobody_reads_a_text_of_another_organisation(marked: Marked, place: str, who: str) -> None:
    company: Company = getattr(marked.cast, place)

    texts = list(asked_for(marked, company, company.members[who]))

    assert [fault for text in texts for fault in marked.foreign(text, company)] == []
    assert any(MARK.search(text) for text in texts)  # so marks can be seen at all


@pytest.mark.full
@pytest.mark.parametrize("place", SCRIPTS)
def test_r08_no_program_reads_a_text_of_another_organisation(marked: Marked, place: str) -> None:
    company: Company = getattr(marked.cast, place)
    script, texts = Script(marked.cast, company), []
    for rule, method, access in routes(marked.app):
        if access is not None and access.kind == "scope":
            for whose in (company, marked.cast.stranger, marked.cast.kindergarten):
                path = api_address(marked, rule, company, whose)
                headers = script.headers | {"Idempotency-Key": uuid4().hex}
                body = {"version": 1} | {name: str(marked.row_of(whose, name)) for name in BODY_IDS}
                given: dict[str, Any] = {} if method == "GET" else {"json": body}
                texts.append(text_of(script.client.open(path, method=method, headers=headers, **given)))

    assert [fault for text in texts for fault in marked.foreign(text, company)] == []
    assert any(MARK.search(text) for text in texts)


def api_address(marked: Marked, rule: Rule, company: Company, whose: Company) -> str:
    """The address of a resource at the company, about a row of `whose`."""
    with marked.cast.house.app.transaction(None) as session:
        area = session.get_one(Area, whose.area_id).slug
    values: dict[str, Any] = {name: marked.row_of(whose, name) for name in item_arguments(rule)}
    built = rule.build({"org": company.slug, "area": area} | values, append_unknown=False)
    assert built is not None
    return str(built[1]) + "?page_size=100"


@pytest.mark.full
def test_r08_the_queue_and_the_limits_hold_no_text(marked: Marked) -> None:
    broker, script = build_broker(marked.cast.house.settings), Script(marked.cast, marked.cast.school)
    script.post("incidents", REPORT | {"child_ids": [str(marked.row_of(marked.cast.school, "child_id"))]})
    rung = sum(ring_once(marked.cast.house, broker, queue) for queue in QUEUES)

    with redis.Redis.from_url(marked.cast.urls.redis) as client:
        held = [(key, client.dump(key)) for key in client.scan_iter()]
        client.flushdb()
    broker.close()

    assert rung > 0
    assert len(held) > rung / 100
    assert marked.foreign(str(held), None) == set()


@pytest.mark.full
def test_r08_messages_to_telephones_hold_no_text(marked: Marked) -> None:
    script = Script(marked.cast, marked.cast.school)
    script.post("incidents", REPORT | {"child_ids": [str(marked.row_of(marked.cast.school, "child_id"))]})
    marked.cast.advance(minutes=5)
    marked.cast.sweep()
    marked.cast.run_reactions()

    sent = marked.sms.read_text()

    assert sent.count("\n") > 0
    assert marked.foreign(sent, None) == set()


@pytest.mark.full
def test_r08_what_is_logged_holds_no_text(marked: Marked) -> None:
    school = marked.cast.school
    browser, script = marked.cast.client(school.admin), Script(marked.cast, school)
    child = marked.row_of(school, "child_id")
    for body in ({"json": {"name": ["x"]}}, {"data": b"\xff\xfe"}, {"data": {"name": "\x00"}}):
        browser.post(f"/o/{school.slug}/children/{child}/edit", **body)
        script.client.patch(f"{script.base}/children/{child}", headers=script.headers, **body)
    with school.transaction() as session:
        session.execute(
            text("UPDATE reaction SET state = 'open', attempts = 0, reactor = reactor || id WHERE state = 'done'")
        )
    marked.cast.run_reactions()

    assert len(marked.heard) > 0
    assert marked.foreign(str(marked.heard), None) == set()
