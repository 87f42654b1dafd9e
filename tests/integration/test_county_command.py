"""`hehu county`: a real installation begins with it, and whoever is locked out comes back by it."""

import pytest
from sqlalchemy import select

from services.ops.main import main
from shared.bootstrap import build
from shared.kernel.clock import app_now
from shared.organisations.models import Organisation
from shared.people import invitation_usecases as invitations
from shared.people import reset_usecases as resets
from tests.faults.fleet import cast_in
from tests.support.cast import new_phone, settings_of
from tests.support.cluster import Urls


@pytest.fixture
def environment(fresh_urls: Urls, monkeypatch: pytest.MonkeyPatch) -> Urls:
    for name, value in fresh_urls.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HEHU_FIELD_KEYS", settings_of(fresh_urls).field_keys)
    monkeypatch.setenv("HEHU_PUBLIC_URL", "https://hehu.example.cn")
    return fresh_urls


def test_the_printed_link_opens_the_county_to_its_administrator(environment, capsys):
    assert main(["county", "create", "清溪县", "--admin", "138 1234-5678"]) == 0

    name, link, _ = capsys.readouterr().out.splitlines()
    assert name == "清溪县留守儿童关爱服务办公室"
    assert link.startswith("https://hehu.example.cn/o/")
    slug, _, token = link.removeprefix("https://hehu.example.cn/o/").split("/")
    house = build(settings_of(environment))
    with house.app.transaction(None) as session:
        office = session.scalars(select(Organisation).where(Organisation.slug == slug)).one()
    with house.app.transaction(office.id) as session:
        assert invitations.invitation_of(session, token, now=app_now(session)).phone == "13812345678"
    house.app.close()


def test_a_second_county_of_that_name_is_one_line_and_exit_code_2(environment, capsys):
    assert main(["county", "create", "清溪县", "--admin", "13812345678"]) == 0
    capsys.readouterr()

    assert main(["county", "create", "清溪县", "--admin", "13812345678"]) == 2

    assert capsys.readouterr().err == "hehu: 已经有叫“清溪县”的县了。\n"


@pytest.mark.parametrize("phone", ["12345", "23812345678", "1381234567八"])
def test_a_wrong_number_is_refused_before_anything_is_written(environment, capsys, phone):
    assert main(["county", "create", "清溪县", "--admin", phone]) == 2

    assert "11 digits" in capsys.readouterr().err


def test_a_link_to_a_new_password_is_printed_for_who_has_a_seat(environment, capsys):
    house = build(settings_of(environment))
    cast = cast_in(house, environment)
    phone = cast.phone(cast.school.teacher)

    assert main(["county", "password", phone]) == 0
    link, told = capsys.readouterr().out.splitlines()
    assert main(["county", "password", new_phone()]) == 2

    slug, _, token = link.removeprefix("https://hehu.example.cn/o/").split("/")
    assert slug == cast.school.slug
    assert told == f"for {phone}, once, within 24 hours"
    with cast.school.transaction() as session:
        assert resets.reset_of(session, token, now=app_now(session)).person_id == cast.school.teacher.person_id
    house.app.close()
