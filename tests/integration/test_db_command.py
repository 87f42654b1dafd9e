"""`hehu db`: roles for an outside server, migration, and the check that models and database agree."""

import psycopg
import pytest

from services.ops.main import main
from tests.support.cluster import Urls, dsn


@pytest.fixture
def environment(fresh_urls: Urls, monkeypatch: pytest.MonkeyPatch) -> Urls:
    for name, value in fresh_urls.environment().items():
        monkeypatch.setenv(name, value)
    return fresh_urls


def test_a_migrated_database_agrees_with_the_models_and_the_declared_policies(environment, capsys):
    assert main(["db", "check"]) == 0

    assert "agree" in capsys.readouterr().out


def test_a_table_without_its_policies_is_found(environment, capsys):
    with psycopg.connect(dsn(environment.superuser)) as connection:
        connection.execute("ALTER TABLE child NO FORCE ROW LEVEL SECURITY")
        connection.execute("CREATE TABLE forgotten (id int)")

    assert main(["db", "check"]) == 1

    said = capsys.readouterr().out
    assert "child" in said
    assert "forgotten" in said


def test_a_column_the_models_do_not_know_is_found(environment, capsys):
    with psycopg.connect(dsn(environment.superuser)) as connection:
        connection.execute("ALTER TABLE child ADD COLUMN nickname text")

    assert main(["db", "check"]) == 1

    assert "nickname" in capsys.readouterr().out


def test_upgrading_twice_changes_nothing(environment, capsys):
    assert main(["db", "upgrade"]) == 0
    assert main(["db", "upgrade"]) == 0

    assert "is at revision" in capsys.readouterr().out


def test_the_printed_roles_run_on_a_server_and_keep_the_passwords_of_the_settings(environment, capsys):
    assert main(["db", "roles"]) == 0

    printed = capsys.readouterr().out
    with psycopg.connect(dsn(environment.superuser)) as connection:
        connection.execute(printed.encode())
    psycopg.connect(dsn(environment.app)).close()
