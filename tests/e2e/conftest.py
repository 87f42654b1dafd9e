"""One browser and one inhabited county for the files of this folder."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from services.web.app import create_app
from services.web.db import db
from tests.e2e.browser import running_browser, served, skip_if_told
from tests.e2e.scene import Scene, inhabit
from tests.support.cast import house_of, shut
from tests.support.casting import build_cast
from tests.support.cluster import Cluster, forget_tries


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser; ends with the file, because its event loop would be in the way of others."""
    skip_if_told()
    with running_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def scene(cluster: Cluster, worker_number: int) -> Iterator[Scene]:
    """A served county in the middle of a term, in a database of its own."""
    skip_if_told()
    database = f"hehu_pages_{worker_number}"
    cluster.clone(database)
    urls = cluster.urls(database, worker_number)
    forget_tries(urls)
    house = house_of(urls)
    app = create_app(house)
    app.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=False)
    cast = build_cast(house, urls, lambda: app)
    try:
        inhabit(cast)
        with served(app) as address:
            yield Scene(cast, app, address)
    finally:
        with app.app_context():
            db.engine.dispose()
        shut(house)
        cluster.drop(database)
