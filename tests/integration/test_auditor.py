"""The auditor finds whatever is broken, says nothing where nothing is, and can neither change nor read on (R46)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from services.worker.auditor import Auditor
from shared.bootstrap import build
from shared.kernel.database import Database
from shared.kernel.ids import first_id
from shared.kernel.probe import ProbeSent
from shared.kernel.pulse import PARTS
from shared.proofs.audit import PROOFS, given
from shared.proofs.proof import look
from shared.subscriptions import TIMED_TABLES
from tests.integration.sabotages import SABOTAGES
from tests.support import lived
from tests.support.cast import settings_of, shut
from tests.support.casting import build_cast
from tests.support.cluster import Cluster, Urls, dsn
from tests.support.explained import nodes
from tests.support.rows import organisation

SILENCE = 600.0  # the parts have beaten once, when the weeks were over


@pytest.fixture(scope="module")
def lived_through(cluster: Cluster, worker_number: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Urls]:
    """A database of its own in which the cast has lived ten weeks."""
    database = f"hehu_lived_{worker_number}"
    cluster.clone(database)
    urls = cluster.urls(database)
    letters: Path = tmp_path_factory.mktemp("sms") / "sms.jsonl"
    house = build(replace(settings_of(urls), sms_url=f"file:{letters}"))
    lived.live(build_cast(house, urls))
    shut(house)
    yield urls
    cluster.drop(database)


@dataclass(frozen=True)
class Ward:
    """A transaction over the weeks: broken by a superuser, looked at by the auditor, undone in the end."""

    session: Session

    def break_it(self, statement: str) -> None:
        """Whatever a fault, a restore or a hand could do; it must have touched a row."""
        self.session.execute(text("SET LOCAL session_replication_role = replica"))
        assert self.session.execute(text(statement)).rowcount  # type: ignore[attr-defined]  # sabotage writes

    def found(self, *, whole: bool = True) -> set[str]:
        """Names of the checks that find something."""
        self.session.execute(text("SET LOCAL ROLE hehu_auditor"))
        asked = given(silence=SILENCE, whole=whole)
        return {found.check for proof in PROOFS if (found := look(self.session, proof, asked))}


@pytest.fixture(scope="module")
def engine(lived_through: Urls) -> Iterator[Any]:
    made = create_engine(lived_through.superuser)
    yield made
    made.dispose()


@pytest.fixture
def ward(engine: Any) -> Iterator[Ward]:
    with Session(engine) as session:
        yield Ward(session)
        session.rollback()


@pytest.mark.parametrize("whole", [False, True])
def test_r46_nothing_is_found_where_nothing_is_wrong(ward: Ward, whole: bool) -> None:
    assert ward.found(whole=whole) == set()


@pytest.mark.parametrize(("check", "statement"), SABOTAGES.values(), ids=SABOTAGES.keys())
def test_r46_sabotage_is_found(ward: Ward, check: str, statement: str) -> None:
    for part in statement.split(";"):
        ward.break_it(part)

    assert check in ward.found()


def test_r46_no_proof_is_without_its_sabotage() -> None:
    assert {check for check, _ in SABOTAGES.values()} == {proof.name for proof in PROOFS}


def test_r46_what_lies_further_back_is_found_by_looking_at_everything(ward: Ward) -> None:
    ward.break_it("UPDATE occurrence SET ended_at = ended_at - interval '1 year' WHERE state = 'missed'")
    ward.break_it("UPDATE occurrence SET due_at = due_at - interval '1 year' WHERE state = 'missed'")
    ward.break_it("DELETE FROM escalation")

    assert "nobody_called" not in ward.found(whole=False)
    assert "nobody_called" in ward.found(whole=True)


def test_r46_rows_without_their_alarm_are_found_by_their_own_index(ward: Ward) -> None:
    proof = next(proof for proof in PROOFS if proof.name == "alarm_astray")
    look(ward.session, proof, given(silence=SILENCE, whole=False))
    plan = ward.session.execute(text(f"EXPLAIN (FORMAT JSON) {proof.sql}")).scalar_one()
    used = {node["Index Name"] for node in nodes(plan[0]["Plan"]) if "Index Name" in node}

    assert used == {f"ix_{timed.table}_astray" for timed in TIMED_TABLES}


OLD = """
    INSERT INTO event (tenant_id, id, name, version, subject_id, payload, occurred_at)
    VALUES (%s, %s, %s, 1, %s, '{}', now())
"""


def test_r46_a_finding_from_long_ago_keeps_the_auditor_silent_until_it_is_mended(fresh_urls: Urls) -> None:
    with psycopg.connect(dsn(fresh_urls.superuser)) as connection:
        connection.execute("INSERT INTO beat (part) SELECT unnest(%s::text[])", [list(PARTS)])
        tenant, event = organisation(connection, "someone"), first_id(datetime.now(UTC) - timedelta(days=100))
        connection.execute(OLD, [tenant, event, ProbeSent.name, event])
    settings = settings_of(fresh_urls)
    auditor = Auditor(Database(settings.auditor_database_url, info={}), settings)

    before = auditor.round()
    auditor.look_back(PROOFS)
    noticed = [one.check for one in auditor.round()]
    with psycopg.connect(dsn(fresh_urls.superuser)) as connection:
        connection.execute("DELETE FROM event")
    still = [one.check for one in auditor.round()]
    auditor.look_back(PROOFS)

    assert before == []
    assert noticed == still == ["unheard"]
    assert auditor.round() == []
    auditor.database.close()


SECRETS = {
    "child": "name",
    "occurrence": "excuse",
    "escalation": "note",
    "incident_step": "person_reached",
    "plan_item": "quote",
    "care_record": "note",
    "incident": "account",
    "notice": "params",
    "delivery": "params",
    "copied_message": "params",
    "membership": "name",
    "person": "phone",
    "audit_entry": "detail",
}


@pytest.mark.parametrize(("table", "column"), SECRETS.items())
def test_r46_the_auditor_reads_no_names_and_no_words_about_a_child(
    lived_through: Urls, table: str, column: str
) -> None:
    with psycopg.connect(dsn(lived_through.auditor)) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(f"SELECT {column} FROM {table}".encode())


def test_r46_the_auditor_writes_nothing(lived_through: Urls) -> None:
    with psycopg.connect(dsn(lived_through.auditor)) as connection:
        connection.execute("SET TRANSACTION READ WRITE")

        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("UPDATE occurrence SET alert_at = NULL")
