"""What the walls between organisations cost: the hottest statements of pages and programs among 200 organisations."""

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from statistics import quantiles
from time import perf_counter
from typing import Any

import psycopg
import pytest
from sqlalchemy import event

from services.web.db import db
from services.web.edge.access import routes
from tests.support.cast import Cast
from tests.support.cluster import Cluster, Urls, dsn
from tests.support.crowd import crowd_in
from tests.support.explained import nodes
from tests.support.rows import tenant_tables
from tests.web.matrix import Scene, address, scene_in
from tests.web.scripts import Script

ORGANISATIONS, HOTTEST, RUNS = 200, 20, 20
SLOWEST_MS, TIMES = 50, 1.2
LARGE = "SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > 10000"
SCANS = {"Index Scan", "Index Only Scan", "Bitmap Index Scan"}


@dataclass
class Heard:
    """A statement with one set of its values, and how long it took in all."""

    values: Any = None
    seconds: float = 0.0
    longest: float = 0.0


@dataclass
class Ear:
    """Hears what the application asks its database."""

    statements: dict[str, Heard] = field(default_factory=lambda: defaultdict(Heard))

    @contextmanager
    def at(self, engine: Any) -> Iterator[None]:
        event.listen(engine, "before_cursor_execute", self.before)
        event.listen(engine, "after_cursor_execute", self.after)
        yield
        event.remove(engine, "before_cursor_execute", self.before)
        event.remove(engine, "after_cursor_execute", self.after)

    def before(self, connection: Any, *_: Any) -> None:
        connection.info["began"] = perf_counter()

    def after(self, connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        took, heard = perf_counter() - connection.info["began"], self.statements[statement]
        heard.seconds += took
        if took > heard.longest:  # the values that asked for most
            heard.longest, heard.values = took, values

    def hottest(self) -> list[tuple[str, Any]]:
        """The reads of organisations' rows that took most time in all."""
        tables = re.compile(rf"\b(FROM|JOIN)\s+({'|'.join(tenant_tables())})\b")
        reads = [
            (heard.seconds, statement, heard.values)
            for statement, heard in self.statements.items()
            if re.match(r"\s*(SELECT|WITH)", statement)
            and tables.search(statement)
            and not re.search(WRITES, statement)
        ]
        return [(statement, values) for _, statement, values in sorted(reads, key=lambda one: -one[0])[:HOTTEST]]


WRITES = r"\b(INSERT|UPDATE|DELETE|FOR SHARE|FOR KEY SHARE|FOR NO KEY)\b"


@pytest.fixture(scope="module")
def crowded(cluster: Cluster, worker_number: int) -> Iterator[Scene]:
    with scene_in(cluster, f"hehu_crowd_{worker_number}", worker_number) as scene:
        with closing(psycopg.connect(dsn(scene.cast.urls.superuser), autocommit=True)) as connection:
            crowd_in(connection, organisations=ORGANISATIONS, beside=scene.cast.school.id)
            floors(connection, scene.cast)
        yield scene


def floors(connection: psycopg.Connection[Any], cast: Cast) -> None:
    """For hehu_backup, each table once more, with the filter written out instead of a policy."""
    connection.execute("CREATE SCHEMA floor; GRANT USAGE ON SCHEMA floor TO hehu_backup")
    for table in tenant_tables():
        rows = f"SELECT * FROM public.{table} WHERE tenant_id = '{cast.school.id}'::uuid"
        connection.execute(
            f"CREATE VIEW floor.{table} AS {rows}; GRANT SELECT ON floor.{table} TO hehu_backup".encode()
        )


def open_everything(scene: Scene) -> Ear:
    """Every page and every resource of a school with 2,000 children, by the office, a teacher and a program."""
    school, ear = scene.cast.school, Ear()
    script = Script(scene.cast, school)
    browsers = [scene.cast.client(member) for member in (school.admin, school.teacher, school.head)]
    found = [rule for rule, method, _ in routes(scene.app) if method == "GET" and "org" in rule.arguments]
    paths = [address(rule, school.slug, lambda name: scene.own.get(name, scene.own["child_id"])) for rule in found]
    with scene.app.app_context():
        engine = db.engine
    with ear.at(engine):
        for path in paths:
            if path.startswith("/api/"):
                script.client.get(path, headers=script.headers)
            for browser in browsers if path.startswith("/o/") else ():
                browser.get(path)
    return ear


def explained(connection: psycopg.Connection[Any], statement: str, values: Any) -> Any:
    row = connection.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}".encode(), values).fetchone()
    assert row is not None
    return row[0][0]


@contextmanager
def asking(urls: Urls, cast: Cast) -> Iterator[tuple[psycopg.Connection[Any], psycopg.Connection[Any]]]:
    """The application behind its wall, and hehu_backup with the filter written out."""
    with (
        psycopg.connect(dsn(urls.app), autocommit=True) as walled,
        psycopg.connect(dsn(urls.backup), autocommit=True) as floor,
    ):
        walled.execute("SELECT set_config('hehu.tenant', %s, false)", [str(cast.school.id)])
        floor.execute("SET search_path = floor, public")
        yield walled, floor


@pytest.mark.full
@pytest.mark.alone
@pytest.mark.timeout(300)
def test_r15_among_200_organisations_the_wall_costs_next_to_nothing(crowded: Scene) -> None:
    """All together take a fifth more at most, and none takes 50 ms.

    The bar is a fifth for each.  It does not hold for each: a filter written out tells the planner whose rows these
    are, and it counts on that organisation's own figures; the wall's look-up does not, and it counts on an average.
    """
    urls, hottest = crowded.cast.urls, open_everything(crowded).hottest()
    with psycopg.connect(dsn(urls.superuser)) as connection:
        large = {row[0] for row in connection.execute(LARGE)}

    wrong: list[str] = []
    sums = [0.0, 0.0]
    with asking(urls, crowded.cast) as (walled, floor):
        for statement, values in hottest:
            plan = explained(walled, statement, values)["Plan"]
            ours, theirs = costs(walled, floor, statement, values)
            print(f"{ours:8.2f} ms {theirs:8.2f} ms {re.sub(chr(10), ' ', statement)[:100]}")
            sums = [sums[0] + ours, sums[1] + theirs]
            wrong += [f"{fault}: {statement[:300]}" for fault in faults(plan, large, ours)]

    assert len(hottest) == HOTTEST
    assert sums[0] <= TIMES * sums[1], sums
    assert not wrong, "\n\n".join(wrong)


def costs(walled: Any, floor: Any, statement: str, values: Any) -> tuple[float, float]:
    """p95 of both in milliseconds, in turn; a second and a third look where the first says too much."""
    try:
        explained(floor, statement, values)
    except psycopg.errors.GroupingError:  # grouped by a key, which a view has none of: its time alone is looked at
        floor = walled
    for _ in range(3):
        both = [[explained(one, statement, values)["Execution Time"] for one in (walled, floor)] for _ in range(RUNS)]
        ours, theirs = (quantiles(taken, n=20)[18] for taken in zip(*both, strict=True))
        if ours <= theirs * TIMES and ours <= SLOWEST_MS:
            break
    return ours, theirs


def faults(plan: Any, large: set[str], ours: float) -> Iterator[str]:
    """What R15 does not allow."""
    every = list(nodes(plan))
    if not any(node.get("Parent Relationship") == "InitPlan" for node in every):
        yield "the organisation is not looked up once, before"
    for node in every:
        if node.get("Relation Name") in large and node["Node Type"] == "Seq Scan":
            yield f"reads all of {node['Relation Name']}"
        if node["Node Type"] in SCANS and is_of(node, large) and "tenant_id" not in node.get("Index Cond", ""):
            yield f"{node['Index Name']} without tenant_id"
    if ours > SLOWEST_MS:
        yield f"{ours:.1f} ms"


def is_of(node: Any, tables: set[str]) -> bool:
    return any(node.get("Relation Name") == table or table in node["Index Name"] for table in tables)
