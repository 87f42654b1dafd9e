"""`hehu doctor` finds what is wrong with an installation, says what to do, and gives no secret away."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from services.ops.main import main
from shared.kernel.clock import app_now
from shared.kernel.events import record
from shared.kernel.ids import new_id
from shared.kernel.probe import ProbeSent
from shared.kernel.pulse import PARTS
from shared.kernel.settings import Settings
from tests.support.cast import house_of, settings_of
from tests.support.cluster import Urls, dsn
from tests.support.rows import organisation

Report = dict[str, dict[str, str]]
ALIVE = "INSERT INTO beat (part) SELECT unnest(%s::text[])"


@pytest.fixture
def settings(fresh_urls: Urls, tmp_path: Path) -> Settings:
    """A sound installation, all of whose parts have just shown themselves."""
    with psycopg.connect(dsn(fresh_urls.superuser)) as connection:
        connection.execute(ALIVE, [list(PARTS)])
    return replace(settings_of(fresh_urls), sms_url=f"file:{tmp_path / 'sms'}", heartbeat_url="https://dog.example/1")


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, Report, str]]:
    """The doctor's exit code, its lines by what they are about, and all it printed."""

    def ask(settings: Settings, **environment: str) -> tuple[int, Report, str]:
        given = {
            f"HEHU_{name.upper()}": str(getattr(settings, name))
            for name in Settings.__dataclass_fields__
            if not isinstance(getattr(settings, name), bool)
        }
        for name, value in (given | environment).items():
            monkeypatch.setenv(name, value)
        code = main(["doctor", "--json"])
        printed = capsys.readouterr()
        lines = json.loads(printed.out)["lines"]
        return code, {line["about"]: line for line in lines}, printed.out + printed.err

    return ask


def failed(report: Report) -> set[str]:
    return {about for about, line in report.items() if line["verdict"] == "FAIL"}


def secrets_of(settings: Settings) -> list[str]:
    """What must not be printed, whatever happens: keys, and the passwords in addresses."""
    names = [name for name in Settings.__dataclass_fields__ if name.endswith(("database_url", "redis_url"))]
    passwords = [str(make_url(getattr(settings, name)).password) for name in names]
    return [settings.secret_key, settings.field_keys[2:], *passwords]


def test_nothing_fails_in_a_sound_installation(settings, ask, capsys):
    code, report, printed = ask(settings)
    code_for_people = main(["doctor"])

    lines = capsys.readouterr().out.splitlines()
    assert failed(report) == set()
    assert (code, code_for_people) == (0, 0)
    assert {"Redis policy", "policies", "migrations", "hehu clock", "hehu worker", "storage"} <= set(report)
    assert len(lines) == len(report)
    assert all(line.startswith(("ok ", "warn ")) for line in lines)
    assert [secret for secret in secrets_of(settings) if secret in printed] == []


# What is broken together → what must be said to fail.
BROKEN: dict[str, tuple[list[str], set[str]]] = {
    "work": (
        [
            "UPDATE clock_offset SET ahead = '1 day'",
            "UPDATE beat SET at = now() - interval '1 hour' WHERE part = 'sweeper'",
            "DELETE FROM beat WHERE part = 'worker:alarm'",
            "UPDATE reaction SET state = 'parked' WHERE ctid = '(0,1)'",
            "UPDATE reaction SET lease_until = now() - interval '1 hour' WHERE ctid = '(0,2)'",
            "UPDATE reaction SET created_at = now() - interval '1 hour' WHERE ctid = '(0,3)'",
            "DELETE FROM event WHERE id = (SELECT event_id FROM reaction WHERE ctid = '(0,4)')",
        ],
        {
            *("clock of promises", "hehu clock", "hehu worker", "parked reactions", "stuck leases"),
            *("oldest open reaction, queue default", "proof parked", "proof lease_stuck", "proof orphaned"),
        },
    ),
    "rights and revision": (
        [
            "ALTER TABLE notice NO FORCE ROW LEVEL SECURITY",
            "UPDATE alembic_version SET version_num = '0000'",
            "GRANT CREATE ON SCHEMA public TO hehu_app",
        ],
        {"policies", "migrations", "database as hehu_app"},
    ),
    "shape": (["ALTER TABLE occurrence DROP COLUMN excuse"], {"shape"}),
}


@pytest.mark.parametrize(("statements", "fails"), BROKEN.values(), ids=BROKEN)
def test_what_is_broken_is_named_with_what_to_do(settings, fresh_urls, ask, statements, fails):
    send_probes(fresh_urls, 4)
    with psycopg.connect(dsn(fresh_urls.superuser)) as connection:
        connection.execute("SET session_replication_role = replica")
        for statement in statements:
            connection.execute(statement.encode())

    code, report, printed = ask(settings)

    assert code == 1
    assert failed(report) == fails
    assert all(report[about]["to_do"] for about in fails)
    assert [secret for secret in secrets_of(settings) if secret in printed] == []


def send_probes(urls: Urls, count: int) -> None:
    """Something to react to, in an organisation of its own."""
    with psycopg.connect(dsn(urls.superuser)) as connection:
        tenant = organisation(connection, "someone")
    house = house_of(urls)
    for _ in range(count):
        with house.app.transaction(tenant) as session:
            record(session, ProbeSent(at=app_now(session), probe_id=new_id()))
    house.app.close()


def test_weak_secrets_and_missing_gateways_are_named(settings, ask):
    weak = replace(settings, secret_key="a" * 40, field_keys=f"1:{'A' * 43}=", sms_url="", heartbeat_url="")
    _, report, printed = ask(weak, HEHU_PUBLIC_URL="http://hehu.example")

    assert failed(report) == {"secret key", "field keys", "public address"}
    assert {report[about]["verdict"] for about in ("messages", "heartbeat")} == {"warn"}
    assert "a" * 40 not in printed


def test_servers_that_are_away_are_named_without_their_passwords(settings, ask):
    away = replace(
        settings,
        database_url="postgresql://hehu_app:wing-and-prayer@127.0.0.1:1/x",
        redis_url="redis://:tin-roof@127.0.0.1:1",
    )
    code, report, printed = ask(away)

    assert code == 1
    assert failed(report) == {"database as hehu_app", "Redis"}
    assert "wing-and-prayer" not in printed
    assert "tin-roof" not in printed


def test_all_wrong_settings_are_said_at_once_and_none_is_quoted(settings, ask):
    wrong = {"HEHU_SECRET_KEY": "hush", "HEHU_FIELD_KEYS": "tell-nobody", "HEHU_AUDIT_SECONDS": "-1"}
    code, _, printed = ask(settings, **wrong)

    assert code == 1
    assert all(name in printed for name in wrong)
    assert "hush" not in printed
    assert "tell-nobody" not in printed
