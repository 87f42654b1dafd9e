"""The board of an area: an office sees the sums of its own line, and nobody's name."""

import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, select, update

from services.web.db import db
from services.web.edge.login import key_hash
from shared.children.identity_rows import keep_identity
from shared.children.models import Child
from shared.kernel.ids import new_id
from shared.kernel.models import ApiKey
from shared.organisations.models import Area, Organisation, Supervision
from shared.rollups.models import OrgFact
from shared.rollups.usecases import recompute
from tests.support.cast import Cast, Company
from tests.support.cluster import dsn
from tests.web.test_house import MASKED

CARE = ("school", "kindergarten", "village", "community")


@pytest.fixture
def counted(cast: Cast) -> Cast:
    """Everybody's figures are computed; the school has 743 pupils, 122 of them left behind."""
    cast.run_reactions()
    with cast.school.transaction() as session:
        session.execute(update(Organisation).where(Organisation.id == cast.school.id).values(pupils_total=743))
        enrol(session, 122 - 3)
    for name in (*CARE, "stranger"):
        with getattr(cast, name).transaction() as session:
            recompute(session, now=cast.now())
    return cast


def enrol(session: Any, how_many: int) -> None:
    children = [Child(id=new_id(), name="某某", pinyin="moumou", left_behind=True) for _ in range(how_many)]
    session.add_all(children)
    keep_identity(session, [child.id for child in children])


def address(cast: Cast, area: str) -> str:
    with cast.house.app.transaction(None) as session:
        return f"/c/{session.get_one(Area, cast.areas[area]).slug}/"


def headline(page: str) -> dict[str, str]:
    """Label → value of the figures on top."""
    found = re.findall(r'stat-label">(?:<a[^>]*>)?([^<]+).*?stat-value">([^<]+)', page, re.S)
    return {label: value.strip() for label, value in found}


def rows_of(page: str, section: str) -> list[tuple[str, list[str]]]:
    """(first cell, other cells) of the table in a section."""
    part = (
        page.split(f'aria-labelledby="{section}"')[1].split("</section>")[0].split('<table class="table figures">')[-1]
    )
    rows = re.findall(r'<tr>\s*<th scope="row">(.*?)</th>(.*?)</tr>', part, re.S)
    return [(re.sub("<.*?>", "", head), re.findall(r">([^<>]*)</td>", cells)) for head, cells in rows]


def test_122_of_743_shows_16_4_per_cent(counted: Cast) -> None:
    page = counted.client(counted.county.officer).get(address(counted, "清溪县")).text

    assert headline(page)["留守学生占比"] == "16.4 %"
    assert "截至" in page


def test_the_sums_are_those_of_the_database(counted: Cast) -> None:
    page = counted.client(counted.county.officer).get(address(counted, "清溪县")).text

    query = """
        SELECT count(*) FROM child c JOIN child_identity i USING (tenant_id, id)
         WHERE c.status = 'active' AND c.left_behind AND i.counts_here AND c.tenant_id = ANY(%s)
    """
    with psycopg.connect(dsn(counted.urls.backup)) as connection:
        row = connection.execute(query, [[getattr(counted, name).id for name in CARE]]).fetchone()
    assert row is not None
    assert headline(page)["留守儿童"] == str(row[0])


@pytest.mark.parametrize("section", ["places", "kinds"])
def test_the_parts_add_up_to_the_foot(counted: Cast, section: str) -> None:
    page = counted.client(counted.county.officer).get(address(counted, "清溪县")).text

    *parts, (foot, sums) = rows_of(page, section)

    assert foot == "合计"
    for column in (0, 1, 2, 5, 6, 7, 8):
        assert sum(int(cells[column]) for _, cells in parts) == int(sums[column])


def test_no_childs_name_is_on_the_board(counted: Cast) -> None:
    page = counted.client(counted.county.officer).get(address(counted, "清溪县")).text

    page += counted.client(counted.county.officer).get(address(counted, "清溪县") + "orgs/").text

    for name in CARE:
        assert not [child for child in getattr(counted, name).children if child in page]


def test_the_chart_has_its_table(counted: Cast) -> None:
    page = counted.client(counted.county.officer).get(address(counted, "清溪县")).text

    chart = page.split("<figure")[1].split("</figure>")[0]
    assert "<svg" in chart
    assert "<table" in chart


def test_a_township_opens_its_own_area_and_no_wider_one(counted: Cast) -> None:
    browser = counted.client(counted.township.supervisor)

    own, wider = browser.get(address(counted, "云岭镇") + "orgs/"), browser.get(address(counted, "清溪县"))

    assert (own.status_code, wider.status_code) == (200, 404)
    assert counted.school.name in own.text


def test_a_bureau_sees_its_own_line_alone(counted: Cast) -> None:
    page = counted.client(counted.education.head).get(address(counted, "清溪县") + "orgs/").text

    assert counted.school.name in page
    assert counted.kindergarten.name in page
    assert counted.village.name not in page


def test_a_stranger_gets_what_nobody_has(counted: Cast) -> None:
    browser = counted.client(counted.stranger.head)
    browser.get("/help")

    foreign, missing = browser.get(address(counted, "清溪县")), browser.get("/c/there-is-no-such-area/")

    assert foreign.status_code == missing.status_code == 404
    assert MASKED.sub("", foreign.text) == MASKED.sub("", missing.text)


def test_the_menu_leads_an_official_to_the_own_area(counted: Cast) -> None:
    browser = counted.client(counted.county.officer)

    answer = browser.get(f"/o/{counted.county.slug}/board/")

    assert answer.status_code == 303
    assert answer.location.endswith(address(counted, "清溪县"))


def test_a_head_of_a_school_has_no_board(counted: Cast) -> None:
    answer = counted.client(counted.school.head).get(address(counted, "云岭镇"))

    assert answer.status_code == 404


def test_a_silent_organisation_is_named(counted: Cast) -> None:
    with counted.village.transaction() as session:
        organisation = session.get_one(Organisation, counted.village.id)
        organisation.created_at = counted.now().replace(year=2025)
    browser, url = counted.client(counted.county.officer), address(counted, "清溪县")

    board, silent = browser.get(url).text, browser.get(f"{url}orgs/?show=silent").text

    assert headline(board)["30 天没有记录"] == "1"
    assert counted.village.name in silent
    assert counted.school.name not in silent


@pytest.mark.parametrize("query", ["kind=%00", "kind=moon", "show=%FF", "page=-1", "page=99"])
def test_nonsense_in_the_address_is_no_fault(counted: Cast, query: str) -> None:
    answer = counted.client(counted.county.officer).get(f"{address(counted, '清溪县')}orgs/?{query}")

    assert answer.status_code == 200


def test_a_page_stays_small(counted: Cast) -> None:
    more_organisations(counted, 20)
    browser, url = counted.client(counted.county.officer), address(counted, "清溪县")

    for page in (url, url + "orgs/"):
        assert len(gzip.compress(browser.get(page).data)) < 15_000


def test_one_administrator_of_an_empty_area_is_told_why(counted: Cast) -> None:
    page = counted.client(counted.county.officer).get(address(counted, "大坪村")).text

    assert "还没有由您单位分管的单位" in page


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements the web sends."""
    sent: list[str] = []

    def keep(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", keep)
    yield sent
    event.remove(db.engine, "before_cursor_execute", keep)


def more_organisations(cast: Cast, how_many: int) -> None:
    with cast.house.app.transaction(None) as session:
        for number in range(how_many):
            slug = f"more-{number}-{cast.county.slug}"
            row = Organisation(id=new_id(), slug=slug, kind="village", name=f"村{number}", area_id=cast.areas["大坪村"])
            session.add(row)
            session.flush()
            session.add(Supervision(superior_id=cast.county.id, subordinate_id=row.id, line="county"))


def test_fifty_organisations_cost_no_more_queries_than_five(counted: Cast) -> None:
    browser, url = counted.client(counted.county.officer), address(counted, "清溪县")
    app = counted.make_app()
    with app.app_context(), statements() as few:
        browser.get(url), browser.get(url + "orgs/")
    more_organisations(counted, 50)

    with app.app_context(), statements() as many:
        page = browser.get(url).text, browser.get(url + "orgs/").text

    assert len(few) == len(many)
    assert rows_of(page[0], "kinds")[2][1][0] == "51"


def key_of(company: Company, *scopes: str) -> dict[str, str]:
    """An API key as its header."""
    secret = "hehu_" + new_id().hex
    with company.transaction() as session:
        session.add(ApiKey(name="script", prefix=secret[:9], key_hash=key_hash(secret), scopes=list(scopes)))
    return {"Authorization": f"Bearer {secret}"}


def test_a_script_reads_the_same_sums(counted: Cast) -> None:
    url = "/api/v1/areas" + address(counted, "清溪县").removeprefix("/c") + "rollups"
    headers = key_of(counted.county, "rollups:read")

    answer = counted.client().get(url, headers=headers)
    lines: Any = counted.client().get(f"{url}/orgs?page_size=100", headers=headers).json

    board: Any = answer.json
    metrics = {metric["code"]: metric["value"] for metric in board["metrics"]}
    assert (answer.status_code, metrics["left_behind_share"]) == (200, 16.4)
    assert sum(line["figures"]["counted"] for line in lines["items"]) == board["total"]["counted"]
    assert {line["name"] for line in lines["items"]} >= {getattr(counted, name).name for name in CARE}


def test_a_key_of_another_county_opens_nothing(counted: Cast) -> None:
    url = "/api/v1/areas" + address(counted, "清溪县").removeprefix("/c") + "rollups"

    answer = counted.client().get(url, headers=key_of(counted.stranger, "rollups:read"))

    assert answer.status_code == 404


def test_the_policy_alone_keeps_other_organisations_sums_away(counted: Cast) -> None:
    with counted.education.transaction() as session:
        seen = set(session.scalars(select(OrgFact.tenant_id)))

    assert seen == {counted.school.id, counted.kindergarten.id}
