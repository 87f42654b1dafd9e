"""What is unique in the whole installation tells nobody whether somebody else has it already (R11).

What must tell: the link of an invitation asks for a first password or for the one there is (its holder is whom it
was sent to), and the address of a second organisation of the same name gets a number (names of offices are public).
"""

import random
import re
import time
from collections.abc import Callable
from statistics import median
from uuid import uuid4

import psycopg
import pytest
from werkzeug.test import TestResponse

from shared.kernel.clock import app_now, db_now
from shared.people import invitation_usecases as invitations
from shared.people import sessions
from tests.support.cast import Cast, new_phone
from tests.support.cluster import Urls, dsn
from tests.web.forms import post_form
from tests.web.matrix import masked
from tests.web.scripts import Script

UNIQUE_EVERYWHERE = {
    "area: parent_id, name",  # of one county's own tree
    "area: slug",
    "organisation: area_id, name",
    "organisation: slug",
    "county_term: area_id, starts_on",
    "person: phone",
    "login_session: token_hash",  # random
}
NOT_BY_TENANT = """
    SELECT c.relname || ': ' || string_agg(a.attname, ', ' ORDER BY k.n) FROM pg_index i
      JOIN pg_class c ON c.oid = i.indrelid AND c.relnamespace = 'public'::regnamespace
      JOIN unnest(i.indkey) WITH ORDINALITY AS k (num, n) ON true
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.num
     WHERE i.indisunique AND NOT i.indisprimary GROUP BY c.relname, i.indexrelid
    HAVING NOT 'tenant_id' = ANY(array_agg(a.attname))
"""
OTHERWISE = re.compile(r'1[3-9]\d{9}|"expires_at": ?"[^"]+"|status/[\w-]{32}')
PAIRS = 1000


def test_r11_what_is_unique_everywhere_is_on_the_list(urls: Urls) -> None:
    with psycopg.connect(dsn(urls.backup)) as connection:
        assert {row[0] for row in connection.execute(NOT_BY_TENANT)} == UNIQUE_EVERYWHERE


def said(answer: TestResponse) -> tuple[int, str, list[str]]:
    """An answer without numbers, tokens and ids."""
    return answer.status_code, OTHERWISE.sub("", masked(answer.text)), sorted({name for name, _ in answer.headers})


def taken_and_free(cast: Cast) -> tuple[str, str]:
    """A number by which a stranger logs in, and nobody's."""
    return cast.phone(cast.stranger.teacher), new_phone()


def test_r11_an_invitation_does_not_tell_whether_the_number_is_known(cast: Cast) -> None:
    browser, page = cast.client(cast.school.admin), f"/o/{cast.school.slug}/members/"
    typed = {"name": "新老师", "roles": ["mentor"]}

    answers = [post_form(browser, f"{page}invite", typed | {"phone": phone}) for phone in taken_and_free(cast)]

    assert {answer.status_code for answer in answers} == {303}
    assert said(answers[0]) == said(answers[1])
    assert browser.get(page).text.count("新老师") >= 2  # both wait


def test_r11_a_program_that_invites_is_not_told_either(cast: Cast) -> None:
    script = Script(cast, cast.school, "members:write")
    body = {"name": "新老师", "roles": ["mentor"]}

    def post(phone: str) -> TestResponse:
        headers = script.headers | {"Idempotency-Key": str(uuid4())}
        return script.client.post(f"{script.base}/members", json=body | {"phone": phone}, headers=headers)

    known, unknown = (said(post(phone)) for phone in taken_and_free(cast))
    assert known == unknown
    assert known[0] == 201


def test_r11_the_log_in_does_not_tell(cast: Cast) -> None:
    answers = [
        said(post_form(cast.client(), "/log-in", {"phone": phone, "password": "not this one"}))
        for phone in taken_and_free(cast)
    ]

    assert answers[0] == answers[1]


def test_r11_an_application_does_not_tell(cast: Cast) -> None:
    answers = []
    for phone in taken_and_free(cast):
        typed = {
            "kind": "school",
            "name": f"小学{phone}",
            "area_id": str(cast.areas["柳河乡"]),
            "contact_name": "申请人",
        }
        answers.append(post_form(cast.client(), f"/sign-up/{cast.county.slug}", typed | {"contact_phone": phone}))

    assert said(answers[0])[0] == 303
    assert said(answers[0]) == said(answers[1])


def test_r11_a_county_is_not_told_of_another_countys_people(cast: Cast) -> None:
    browser, page = cast.client(cast.county.admin), f"/o/{cast.county.slug}/members/reset"

    answers = [said(post_form(browser, page, {"phone": phone})) for phone in taken_and_free(cast)]

    assert answers[0] == answers[1]
    assert answers[0][0] == 422


@pytest.mark.full
@pytest.mark.beside
@pytest.mark.timeout(1800)  # two thousand passwords are looked at
@pytest.mark.parametrize("way", ["invite", "log in"])
def test_r11_the_time_an_answer_takes_does_not_tell(cast: Cast, way: str) -> None:
    phones: dict[bool, Callable[[], str]] = {True: lambda: cast.phone(cast.stranger.teacher), False: new_phone}
    taken: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(PAIRS):
        for known in random.sample([True, False], 2):
            phone = phones[known]()
            started = time.perf_counter()
            WAYS[way](cast, phone)
            taken[known].append((time.perf_counter() - started) * 1000)

    difference = abs(median(taken[True]) - median(taken[False]))
    print(f"{way}: medians {median(taken[True]):.2f} and {median(taken[False]):.2f} ms")
    assert difference <= 2


def invite(cast: Cast, phone: str) -> None:
    """And take it back."""
    with cast.school.transaction() as session:
        who, by, now = "新老师", cast.school.admin, app_now(session)
        invitations.invite(session, phone=phone, name=who, roles=["mentor"], unit_id=None, by=by, now=now)
        session.rollback()


def log_in(cast: Cast, phone: str) -> None:
    """With a wrong password."""
    with cast.house.app.transaction(None) as session:
        sessions.log_in(session, phone, "not this one", device="test", now=db_now(session))


WAYS = {"invite": invite, "log in": log_in}
