"""`hehu reactions`: what is parked in any organisation is listed and done again."""

import json
from uuid import uuid4

import psycopg
import pytest

from services.ops.main import main
from shared.kernel.events import record
from shared.kernel.probe import ProbeSent
from tests.support.cast import settings_of
from tests.support.cluster import Urls, dsn

ERROR = "ValueError: nothing\n to hold on to"


@pytest.fixture
def environment(urls: Urls, monkeypatch: pytest.MonkeyPatch) -> Urls:
    for name, value in urls.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HEHU_FIELD_KEYS", settings_of(urls).field_keys)
    return urls


def park(cast, company):
    """A parked reaction of that organisation."""
    probe = uuid4()
    with company.transaction() as session:
        record(session, ProbeSent(probe_id=probe, at=cast.now()))
    query = (
        "UPDATE reaction r SET state = 'parked', attempts = 5, last_error = %s FROM event e "
        "WHERE e.id = r.event_id AND e.subject_id = %s RETURNING r.id"
    )
    with psycopg.connect(dsn(cast.urls.superuser)) as connection:
        row = connection.execute(query, [ERROR, probe]).fetchone()
        assert row is not None
        return str(row[0])


def state(cast, reaction_id):
    with psycopg.connect(dsn(cast.urls.backup)) as connection:
        row = connection.execute("SELECT state, attempts FROM reaction WHERE id = %s", [reaction_id]).fetchone()
        return tuple(row or ())


def test_what_is_parked_in_any_organisation_is_listed(environment, cast, capsys):
    ours, theirs = park(cast, cast.school), park(cast, cast.stranger)

    assert main(["reactions", "parked", "--json"]) == 0

    listed = {one["id"]: one for one in json.loads(capsys.readouterr().out)}
    assert listed[ours]["organisation"] == cast.school.slug
    assert listed[theirs]["organisation"] == cast.stranger.slug
    assert (listed[ours]["reactor"], listed[ours]["event"]) == ("answer_probe", "probe.sent")
    assert (listed[ours]["attempts"], listed[ours]["last_error"]) == (5, ERROR)
    assert listed[ours]["since"].endswith("+08:00")


def test_the_list_for_people_has_a_line_for_each(environment, cast, capsys):
    ours = park(cast, cast.school)

    assert main(["reactions", "parked"]) == 0

    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith(ours))
    assert line.endswith("5 attempts  ValueError: nothing to hold on to")


def test_several_are_replayed_once_and_audited_where_they_belong(environment, cast, capsys):
    ours, theirs = park(cast, cast.school), park(cast, cast.stranger)

    assert main(["reactions", "replay", ours, theirs, ours]) == 0

    assert capsys.readouterr().out.startswith("2 open again")
    assert state(cast, ours) == state(cast, theirs) == ("open", 0)
    with psycopg.connect(dsn(cast.urls.backup)) as connection:
        query = "SELECT tenant_id, detail FROM audit_entry WHERE action = 'reaction.replay' AND subject_id = ANY(%s)"
        rows = sorted(connection.execute(query, [[ours, theirs]]).fetchall())
    assert rows == [(one, {"way": "command line"}) for one in sorted([cast.school.id, cast.stranger.id])]
    cast.run_reactions()
    assert state(cast, ours)[0] == "done"


def test_an_unknown_id_is_named_and_nothing_is_replayed(environment, cast, capsys):
    ours, unknown = park(cast, cast.school), str(uuid4())

    assert main(["reactions", "replay", ours, unknown]) == 2

    error = capsys.readouterr().err
    assert unknown in error
    assert ours not in error
    assert error.count("\n") == 1
    assert state(cast, ours) == ("parked", 5)


@pytest.mark.parametrize("arguments", [["not-an-id"], []])
def test_wrong_input_is_one_line_and_exit_code_2(environment, capsys, arguments):
    assert main(["reactions", "replay", *arguments]) == 2

    assert capsys.readouterr().err.count("\n") == 1
