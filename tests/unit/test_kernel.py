"""Settings, secrets, and what leaves for logs and Sentry."""

import base64
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.crypto import FieldCrypto, Undecipherable
from shared.kernel.event_types import Event, event, revive
from shared.kernel.ids import derived_id, first_id, new_id
from shared.kernel.settings import Settings, SettingsError
from shared.kernel.telemetry import scrub


def keys(*numbers: int) -> FieldCrypto:
    return FieldCrypto({number: bytes([number]) * 32 for number in numbers})


def test_all_faults_of_the_settings_are_named_at_once() -> None:
    environ = {"HEHU_REDIS_URL": "http://x", "HEHU_SECRET_KEY": "short", "HEHU_LEASE_SECONDS": "-1"}

    with pytest.raises(SettingsError) as raised:
        Settings.from_env(environ, need=("database_url",))

    assert [fault.split(":")[0].split(" ")[0] for fault in raised.value.faults] == [
        "HEHU_DATABASE_URL",
        "HEHU_LEASE_SECONDS",
        "HEHU_REDIS_URL",
        "HEHU_SECRET_KEY",
    ]


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("s" * 40 + "\n", encoding="utf-8")

    assert Settings.from_env({"HEHU_SECRET_KEY_FILE": str(path)}).secret_key == "s" * 40


def test_a_database_address_names_its_driver() -> None:
    found = Settings.from_env({"HEHU_DATABASE_URL": "postgresql://hehu_app@host/hehu"})

    assert found.database_url == "postgresql+psycopg://hehu_app@host/hehu"


def test_settings_are_read_back_from_the_variables_they_say_themselves_in() -> None:
    told = Settings(redis_url="redis://host/0", lease_seconds=2.5, web_port=8001, webhook_local=True)

    assert Settings.from_env(told.environment()) == told


@given(st.text())
def test_a_sealed_field_opens_in_its_own_row_alone(plain: str) -> None:
    row = uuid4()
    sealed = keys(1).encrypt(plain, place="child.id_no", row=row)

    assert keys(1).decrypt(sealed, place="child.id_no", row=row) == plain
    for place, other in (("child.phone", row), ("child.id_no", uuid4())):
        with pytest.raises(Undecipherable):
            keys(1).decrypt(sealed, place=place, row=other)


def test_old_values_stay_readable_after_a_new_key_and_hashes_stay_the_same() -> None:
    row = uuid4()
    sealed = keys(1).encrypt("x", place="p", row=row)

    assert keys(1, 2).decrypt(sealed, place="p", row=row) == "x"
    assert keys(1, 2).encrypt("x", place="p", row=row)[1] == 2
    assert keys(1).keyed_hash("x", purpose="person") == keys(1, 2).keyed_hash("x", purpose="person")
    assert keys(1).keyed_hash("x", purpose="person") != keys(1).keyed_hash("x", purpose="other")


@pytest.mark.parametrize("text", ["", "1", "1:abc", "0:" + base64.b64encode(b"k" * 32).decode(), "x:y"])
def test_wrong_field_keys_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        FieldCrypto.from_text(text)


def test_ids_sort_by_time_and_derived_ids_repeat() -> None:
    first, second = new_id(), new_id()

    assert first < second
    assert derived_id(first, "b") == derived_id(first, "b") != derived_id(second, "b")


def test_no_derived_id_lies_before_a_moment() -> None:
    """The auditor looks at what comes after one: of a thousand ids without that bit, six would never be looked at."""
    ids = [derived_id(new_id(), number) for number in range(1000)]

    assert min(ids) > first_id(datetime(2200, 1, 1, tzinfo=UTC))


def test_nothing_private_reaches_a_log() -> None:
    said = scrub({"phone": "13900001111", "at": "tel 13900001111, id 990101201501010011", "deep": [{"name": "x"}]})

    assert said == {"phone": "[hidden]", "at": "tel [hidden], id [hidden]", "deep": [{"name": "[hidden]"}]}


def test_an_event_of_an_older_or_newer_release_is_still_understood() -> None:
    @event("trial.kept", subject="thing_id")
    class Kept(Event):
        thing_id: object
        added_later: int = 7

    known = Kept(at=None, thing_id="a")  # type: ignore[arg-type]  # only the payload matters here

    revived = revive("trial.kept", {"thing_id": "a", "dropped": 1}, id=known.id, at=known.at, actor_id=None)

    assert revived == known
