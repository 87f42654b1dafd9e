"""A real browser, and the application on a port of this machine, for tests that look at pages as people do."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright
from werkzeug.serving import make_server

from shared.people.rules import Actor
from tests.support.cast import Cast

NO_BROWSER = "HEHU_NO_BROWSER"
NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ["--lang=zh-CN", "--no-sandbox", "--disable-background-networking", "--disable-dev-shm-usage"]
PHONE, NARROW, DESK = 360, 320, 1280  # CSS pixels
HEIGHT = 740


def skip_if_told() -> None:
    """Skip where HEHU_NO_BROWSER=1 says that there is none; without it a missing browser is a failure."""
    if os.environ.get(NO_BROWSER) == "1":
        pytest.skip(f"{NO_BROWSER}=1: no page was looked at in a browser")


def _executable(playwright: Playwright) -> str:
    found = next(filter(None, map(shutil.which, NAMES)), None) or playwright.chromium.executable_path
    if not Path(found).exists():
        pytest.fail(f"no browser: run `make setup`, or set {NO_BROWSER}=1 to leave the pages unseen")
    return found


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_executable(playwright), args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address at which the application answers meanwhile."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def window(
    browser: Browser, address: str, cast: Cast, actor: Actor | None = None, *, script: bool = True, width: int = PHONE
) -> Iterator[BrowserContext]:
    """A fresh window on the site, `actor` logged in; `script=False` switches JavaScript off."""
    context = browser.new_context(
        base_url=address, java_script_enabled=script, viewport={"width": width, "height": HEIGHT}, locale="zh-CN"
    )
    if actor is not None:
        name = cast.make_app().config["SESSION_COOKIE_NAME"]
        cookie = cast.client(actor).get_cookie(name)
        assert cookie is not None
        context.add_cookies([{"name": name, "value": cookie.value, "url": address}])
    yield context
    context.close()
