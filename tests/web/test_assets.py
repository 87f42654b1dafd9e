"""What the browser is sent: how much of it, from where, and nothing inline."""

import re
import secrets
from hashlib import sha256
from pathlib import Path

import brotli
import pytest

from services.web import assets
from services.web.navigation import MENU
from shared.organisations.models import Area

WEB = Path(assets.__file__).parent
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
FIRST_PAGE, LATER_PAGE = 60 * 1024, 15 * 1024
SUM = re.compile(r"^\| (\S+) \| \S+ \| \S+ \| `([0-9a-f]{64})` \|$", re.M)
ICON = re.compile(r"""icon\(["']([\w-]+)["']|icon=["']([\w-]+)["']""")


def test_the_first_page_is_small(cast):
    page = cast.client().get("/")

    files = sum(len(brotli.compress(assets.contents()[name])) for name in page_files(page.text))

    assert files + len(brotli.compress(page.data)) <= FIRST_PAGE
    assert len(page.data) <= LATER_PAGE


def test_a_site_of_many_counties_names_a_few_of_them(cast):
    with cast.house.app.transaction(None) as session:
        session.add_all(Area(kind="county", name=f"测试县{n}", slug=secrets.token_hex(6)) for n in range(5))

    page = cast.client().get("/")

    assert len(page.data) <= LATER_PAGE
    assert re.search(r"本站服务：([^、]+、){2}[^、]+等</p>", page.text)


def page_files(text):
    """Plain names of the static files a page asks for."""
    names = re.findall(r"/static/([\w.-]+)\.[0-9a-f]{12}(\.\w+)", text)
    plain = {stem + suffix for stem, suffix in names}
    return [name for name in assets.contents() if Path(name).name in plain]


def test_static_files_are_kept_for_ever_under_the_name_of_their_content(cast):
    browser = cast.client()
    address = re.findall(r'/static/app\.[^"]+', browser.get("/").text)[0]

    with browser.get(address, headers={"Accept-Encoding": "br"}) as answer:
        assert answer.headers["Content-Encoding"] == "br"
        assert "immutable" in answer.headers["Cache-Control"]


def test_vendored_files_are_what_the_list_says():
    found = SUM.findall((WEB / "static/vendor/VENDORED.md").read_text())
    listed = {name: total for name, total in found if not name.startswith("(")}  # (…): what it was made from
    here = {name: WEB / "static/vendor" / name for name in listed}

    assert {name: sha256(path.read_bytes()).hexdigest() for name, path in here.items()} == listed
    assert len(here) == 3


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_carry_nothing_inline(path):
    text = path.read_text(encoding="utf-8")

    assert not re.search(r"\sstyle=|\son\w+=\"|hx-on|javascript:|<style", text)
    assert not re.search(r"<script(?![^>]*src=)", text)


def test_every_icon_in_use_is_in_the_sprite():
    known = set((WEB / "static/icons.txt").read_text().split())
    used = {name for path in TEMPLATES for pair in ICON.findall(path.read_text(encoding="utf-8")) for name in pair}

    assert (used | {entry.icon for entry in MENU}) - {""} <= known
    assert set(re.findall(r'<symbol id="([\w-]+)"', (WEB / "static/icons.svg").read_text())) == known
