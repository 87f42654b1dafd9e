"""Every page that somebody can reach, in a real browser: it fits, and can be read aloud, tapped and quickly sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page

from services.web.edge.headers import PADDING
from shared.people.rules import Actor
from tests.e2e.browser import DESK, HEIGHT, NARROW, PHONE, window
from tests.e2e.pages import NO_PAGE, Found, pages_for, reachable
from tests.e2e.scene import Scene
from tests.support.cluster import dsn

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]  # a person's pages take 20 s on a quiet machine

PEOPLE = [
    ("school", "admin"),
    ("school", "teacher"),
    ("village", "child_director"),
    ("county", "admin"),
    ("county", "officer"),
    ("education", "recipient"),
    (None, None),
]
LARGEST_PAGE = 15 * 1024 + PADDING  # bytes of compressed HTML
LARGEST_FIRST_PAGE = 60 * 1024  # bytes of everything a phone fetches
LEADING_ON = {"board.index", "account.organisations", "sign_up.start"}  # to the one place there is
BY_LETTER = {"joining.join", "joining.reset", "sign_up.status"}  # opened by a link that somebody was sent
STANDARD = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
    "preload": False,
}

FRAME = """() => ({
  h1: document.querySelectorAll('h1').length,
  title: document.title.length > 3,
  lang: document.documentElement.lang,
  main: document.querySelectorAll('main').length,
  wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
})"""
WIDE = """() => {
  const root = document.documentElement, over = root.scrollWidth - root.clientWidth;
  if (over <= 0) return [];
  const beyond = e => e.getBoundingClientRect().right > root.clientWidth + 0.5;
  const out = [...document.querySelectorAll('body *')].filter(beyond);
  return [`${over} px: ` + out.slice(0, 3).map(e => e.tagName + '.' + e.className).join(' ')];
}"""
# Buttons, fields, menus and lines of a list: 44 px.  Links within text: none; any other link: 24 px (WCAG 2.5.8).
BIG = ".button, .tool, button, summary, select, textarea, input, .choice, nav a, .foot a, .todo > a, .menu-list a"
SMALL = """big => {
  const faults = [];
  for (const e of document.querySelectorAll('a[href], button, summary, select, textarea, input, .choice')) {
    if (e.type === 'hidden' || e.closest('.skip') || !e.checkVisibility()) continue;
    if (e.matches('input') && e.closest('label')) continue;
    const own = e.getBoundingClientRect();
    const height = (e.matches('.todo > a') ? e.closest('.todo').getBoundingClientRect() : own).height;
    const text = e.textContent.trim();
    const within = getComputedStyle(e).display === 'inline' && e.parentElement.textContent.trim() !== text;
    const least = e.matches(big) ? 44 : within ? 0 : 24;
    if (height < least - 0.5 || (e.matches(big) && own.width < 24))
      faults.push(`${e.tagName} ${text.slice(0, 20)} ${e.name || ''}: ${Math.round(own.width)}x${Math.round(height)}`);
  }
  return faults;
}"""


@dataclass
class Seen:
    """What all tests of this file have looked at so far."""

    endpoints: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def seen() -> Seen:
    return Seen()


@pytest.fixture(scope="module")
def axe() -> Axe:
    return Axe()


def faults_of(page: Page, found: Found, axe: Axe | None) -> Iterator[str]:
    """What is wrong with one page, in words."""
    with console_of(page) as said:
        yield from _faults_seen(page, found, axe)
    yield from (f"console: {one}" for one in said)
    if found.transferred > LARGEST_PAGE:
        yield f"{found.transferred} bytes of HTML"


@contextmanager
def console_of(page: Page) -> Iterator[list[str]]:
    """What the browser complains of meanwhile."""
    said: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            said.append(message.text)

    page.on("console", listen)
    yield said
    page.remove_listener("console", listen)


def _faults_seen(page: Page, found: Found, axe: Axe | None) -> Iterator[str]:
    page.set_viewport_size({"width": PHONE, "height": HEIGHT})
    answer = page.goto(found.path, wait_until="load")
    if answer is None or answer.status != 200:
        yield f"status {answer and answer.status}"
    frame: dict[str, Any] = page.evaluate(FRAME)
    if (frame["h1"], frame["title"], frame["lang"], frame["main"]) != (1, True, "zh-Hans", 1):
        yield f"frame {frame}"
    yield from (f"small at {PHONE}: {fault}" for fault in page.evaluate(SMALL, BIG))
    if axe is not None:
        yield from (
            f"axe: {one['id']} {one['nodes'][0]['html'][:120]}"
            for one in axe.run(page, options=STANDARD).response["violations"]
        )
    for width in (PHONE, NARROW, DESK):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        yield from (f"too wide at {width}: {fault}" for fault in page.evaluate(WIDE))


@pytest.mark.parametrize(("company", "person"), PEOPLE, ids=lambda value: value or "nobody")
def test_every_page_fits_and_can_be_read_and_tapped(
    scene: Scene, chromium: Browser, axe: Axe, seen: Seen, company: str | None, person: str | None
) -> None:
    place = getattr(scene.cast, company) if company else None
    actor = place.members[person] if place and person else None
    faults = []
    with window(chromium, scene.address, scene.cast, actor) as context:
        page = context.new_page()
        for found in reachable(scene.cast, scene.app, actor, place):
            first = found.look.endpoint not in seen.endpoints
            faults += [f"{found.path}: {fault}" for fault in faults_of(page, found, axe if first else None)]
            seen.endpoints.add(found.look.endpoint)

    assert not faults, "\n".join(faults)


def test_no_page_was_forgotten(scene: Scene) -> None:
    reached: set[str] = set()
    for company, person in PEOPLE:
        place = getattr(scene.cast, company) if company else None
        actor = place.members[person] if place and person else None
        reached |= {found.look.endpoint for found in reachable(scene.cast, scene.app, actor, place)}
    pages = {rule.endpoint for rule, _ in pages_for(scene.app)} - NO_PAGE - BY_LETTER - LEADING_ON

    assert pages - reached == set()


@pytest.mark.full
def test_large_print_and_english_fit_too(scene: Scene, chromium: Browser) -> None:
    school, faults = scene.cast.school, []
    with window(chromium, scene.address, scene.cast, school.admin) as context:
        page = context.new_page()
        page.goto("/help")
        page.get_by_role("button", name="大字版").click()
        page.get_by_role("button", name="English").click()
        for found in reachable(scene.cast, scene.app, school.admin, school):
            page.goto(found.path)
            faults += [f"{found.path}: {fault}" for fault in page.evaluate(WIDE)]
        large = page.evaluate("document.documentElement.className + document.documentElement.lang")

    forget_choices(scene, school.admin)
    assert large == "largeen"
    assert not faults, "\n".join(faults)


def forget_choices(scene: Scene, actor: Actor) -> None:
    """The choice of language and print stays with a person; the next test meets them as before."""
    with psycopg.connect(dsn(scene.cast.urls.superuser)) as connection:
        plain = "UPDATE person SET language = 'zh_Hans', large_print = false WHERE id = %s"
        connection.execute(plain, [actor.person_id])


@pytest.mark.parametrize("path", ["/", "/log-in", "/o/{org}/"])
def test_the_first_page_comes_over_a_slow_line(scene: Scene, chromium: Browser, path: str) -> None:
    school, fetched = scene.cast.school, []
    with window(chromium, scene.address, scene.cast, school.teacher) as context:
        page = context.new_page()
        network = context.new_cdp_session(page)
        network.send("Network.enable")
        network.on("Network.loadingFinished", lambda event: fetched.append(event["encodedDataLength"]))
        page.goto(path.format(org=school.slug), wait_until="networkidle")

    assert 0 < sum(fetched) <= LARGEST_FIRST_PAGE
