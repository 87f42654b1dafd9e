"""What pages and API say, over real HTTP: the county's board, and every organisation's lists against its rows."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from services.ops.check.browser import Browser, Page, api
from services.ops.demo_data.founding import Company
from services.ops.simulate.installation import Installation, environment
from services.ops.stack import answers, free_port
from shared.kernel.errors import DomainError
from shared.organisations.rules import KIND_TITLES, Kind
from shared.people import key_usecases
from shared.rollups.metrics import METRIC_OF, Figures, shown
from shared.rollups.queries import OF_THE_FACT

from .books import Books, Finding

START_SECONDS = 60.0
MOST_HEADS = 20  # an address may log in sixty times a quarter of an hour
HERE = "本级单位"
HEADLINES = (
    *("left_behind", "left_behind_share", "dossier_rate", "pairing_rate", "visits_completion", "visits_missed"),
    *("missed_red", "no_guardian", "incidents_open", "steps_breached"),
)
SUMS = f"""
    SELECT count(*) AS organisations, count(f.as_of) AS reported,
           coalesce(sum(f.left_behind) FILTER (WHERE f.pupils_total IS NOT NULL), 0) AS known_left_behind,
           {", ".join(f"coalesce(sum(f.{name}), 0) AS {name}" for name in OF_THE_FACT)}
      FROM supervision s LEFT JOIN org_fact f ON f.tenant_id = s.subordinate_id WHERE s.line = 'county'
"""
# A key stands for nobody in particular: what is protected is not among what it is shown.
LISTED = """
    SELECT o.slug,
           (SELECT count(*) FROM notice x WHERE x.tenant_id = o.id AND x.kind NOT LIKE 'incident.protective%') AS inbox,
           (SELECT count(*) FROM delivery x WHERE x.tenant_id = o.id AND x.kind NOT LIKE 'incident.protective%')
           AS deliveries,
           (SELECT count(*) FROM incident x WHERE x.tenant_id = o.id AND NOT x.protective) AS incidents,
           (SELECT count(*) FROM care_record x WHERE x.tenant_id = o.id) AS records,
           (SELECT count(*) FROM occurrence x WHERE x.tenant_id = o.id) AS occurrences,
           (SELECT count(*) FROM occurrence x WHERE x.tenant_id = o.id AND x.state = 'missed') AS missed,
           (SELECT count(*) FROM child x WHERE x.tenant_id = o.id AND x.status = 'active') AS children
      FROM organisation o
"""
LISTS = {
    "inbox": "inbox/?",
    "deliveries": "deliveries/?",
    "incidents": "incidents/?",
    "records": "records/?",
    "occurrences": "occurrences/?",
    "missed": "occurrences/?state=missed&",
    "children": "children/?",
}
SCOPES = [f"{name}:read" for name in LISTS if name != "missed"]
INBOXES = """
    SELECT m.tenant_id, m.id, p.phone, count(n.id) AS told, count(n.id) FILTER (WHERE n.read_at IS NULL) AS unread
      FROM membership m JOIN person p ON p.id = m.person_id
      LEFT JOIN notice n ON n.tenant_id = m.tenant_id AND n.recipient_id = m.id
     GROUP BY m.tenant_id, m.id, p.phone
"""


def check(books: Books) -> Finding:
    """Every figure of the board, on the page and over the API; every list's length; the inboxes of some heads."""
    with web(books.made) as address:
        board, wrong = _board(books, address)
        lists, others = _lists(books, address)
        inboxes, more = _inboxes(books, address)
    said = f"{board} figures of the board on page and API, {lists} lists and {inboxes} inboxes as long as their rows"
    return Finding(said, {"board": board, "lists": lists, "inboxes": inboxes}, (*wrong, *others, *more))


@contextmanager
def web(made: Installation) -> Iterator[str]:
    """`hehu web` over the installation, as long as somebody asks; its address."""
    port = free_port()
    given = environment(made.settings, ["database_url"]) | {
        "HEHU_WEB_PORT": str(port),
        "HEHU_PUBLIC_URL": f"http://localhost:{port}",
    }
    with (made.folder / "web.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.ops.main", "web"], env=given, stdout=log, stderr=log
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise DomainError("simulate.web", "the web does not start")
            time.sleep(0.05)
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait()


def _key(company: Company, scopes: Sequence[str]) -> str:
    administrator = next(iter(company.members))
    with company.acting(administrator) as (session, by):
        return key_usecases.issue(session, name="simulate", scopes=scopes, by=by)[1]


def _board(books: Books, address: str) -> tuple[int, list[str]]:
    """SQL's sums, the API's and the page's."""
    county = books.county
    found: dict[str, Any] = api(address, f"/areas/{county.area}/rollups/", _key(county.office, ["rollups:read"]))
    sums, wrong = books.one(SUMS), []
    wrong += [
        f"{name} is {found['total'][name]} by the API and {value} by its rows"
        for name, value in sums.items()
        if found["total"][name] != value
    ]
    for parts in ("by_place", "by_kind"):
        added = {name: sum(part["figures"][name] for part in found[parts]) for name in sums}
        wrong += [f"{parts} does not add up: {name}" for name in sums if added[name] != found["total"][name]]
    browser = Browser(address)
    browser.log_in(county.officer.phone, county.officer.password)
    words = browser.get(f"/c/{county.area}/").words
    wanted = list(_words_of_board(found))
    wrong += [f"the board does not say “{said}”" for said in wanted if said not in words]
    return len(sums) * 3 + len(wanted), wrong


def _words_of_board(found: dict[str, Any]) -> Iterator[str]:
    """What must stand on the page: the headlines, and a line for each place and kind."""
    total = Figures(**found["total"])
    for code in HEADLINES:
        yield f"{METRIC_OF[code].title} {shown(METRIC_OF[code], total)}"
    for part in found["by_place"]:
        yield _line(part["name"] or HERE, Figures(**part["figures"]))
    for part in found["by_kind"]:
        yield _line(KIND_TITLES[Kind(part["name"])], Figures(**part["figures"]))


def _line(name: str, of: Figures) -> str:
    rates = [shown(METRIC_OF[code], of) for code in ("dossier_rate", "pairing_rate")]
    numbers = [f"{number:,}" for number in (of.organisations, of.left_behind, of.counted)]
    visits = [f"{number:,}" for number in (of.visits_due, of.visits_done, of.visits_late, of.visits_missed)]
    return " ".join([name, *numbers, *rates, *visits, shown(METRIC_OF["visits_completion"], of)])


def _lists(books: Books, address: str) -> tuple[int, list[str]]:
    rows = {row["slug"]: row for row in books.rows(LISTED)}
    wrong = []
    for company in books.county.care:
        key, slug = _key(company, SCOPES), company.row.slug
        for name, path in LISTS.items():
            total = api(address, f"/orgs/{slug}/{path}page_size=1", key)["total"]
            if total != rows[slug][name]:
                wrong.append(f"{name} of {slug}: {total} by the API, {rows[slug][name]} by rows")
    return len(LISTS) * len(books.county.care), wrong


def _inboxes(books: Books, address: str) -> tuple[int, list[str]]:
    rows = {(row["tenant_id"], row["phone"]): row for row in books.rows(INBOXES)}
    heads = [(company, company.members["head"]) for company in books.county.care[:MOST_HEADS]]
    wrong = []
    for company, head in heads:
        browser = Browser(address)
        browser.log_in(head.phone, head.password)
        page, row = browser.get(f"{company.path}inbox/"), rows[company.row.id, head.phone]
        for pattern, name in ((r"共 ([\d,]+) 条", "told"), (r"有 ([\d,]+) 条未读", "unread")):
            if (number := _number(page, pattern)) != row[name]:
                wrong.append(f"the inbox of {company.row.slug} says {number} {name}, its rows {row[name]}")
    return len(heads), wrong


def _number(page: Page, pattern: str) -> int:
    found = re.search(pattern, page.words)
    return int(found[1].replace(",", "")) if found else 0
